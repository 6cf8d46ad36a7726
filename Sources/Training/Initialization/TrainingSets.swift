import Audio
import Datasets
import Models
import Tensors
import Text

/// Reads what is learned from and what tells how well, as the configuration names them.
struct TrainingSets {
    let configuration: TrainingConfiguration
    /// Keeps the recordings.
    let store: RecordingStore
    /// Tells how long they are.
    let lengths: LengthReader
    let workers: WorkerPool
    let observer: @Sendable (TrainingEvent) -> Void

    /// What is learned from, source by source.
    func trainManifests() throws -> [Manifest] {
        try configuration.data.train.map { source in
            let manifest = try Manifest.load(path: source.path)
            if source.weight != 1 {
                observer(
                    .message(
                        "\(source.path): \(manifest.utterances.count) utterances, each drawn \(source.weight) times per epoch"
                    ))
            }
            return manifest
        }
    }

    /// The dev utterances that are transcribed.
    func devManifest() throws -> Manifest {
        let all = try Manifest.load(paths: configuration.data.dev)
        let limit = configuration.evaluation.maximumUtterances
        guard limit > 0, limit < all.utterances.count else { return all }
        observer(.message("dev: \(limit) of \(all.utterances.count) utterances (evaluation.maximumUtterances)"))
        return all.choice(of: limit, seed: configuration.seed)
    }

    /// The texts of a manifest, its lengths, and its audio when that is needed.
    func data(_ manifest: Manifest, _ what: String, keepsSamples: Bool) throws -> TrainingData {
        let observer = observer
        let data = try TrainingData(
            manifest, frontend: configuration.model.frontend, labelNormalizer: configuration.model.labelNormalizer,
            keepsSamples: keepsSamples, store: store, lengths: lengths, workers: workers,
            progress: { observer(.reading(count: $0, total: $1)) })
        observer(.message("\(what): \(manifest.utterances.count) utterances, \(data.durationInSeconds.rounded()) s"))
        return data
    }

    /// The normalisation that a model of this data has; for a global one audio is read.
    func normalization(_ data: TrainingData) throws -> FeatureNormalization {
        switch configuration.model.featureNormalization {
        case .none: return .none
        case .perUtterance: return .perUtterance
        case .global:
            let observer = observer
            return try data.statistics(
                seed: configuration.seed, workers: workers, progress: { observer(.reading(count: $0, total: $1)) }
            ).normalization
        }
    }
}
