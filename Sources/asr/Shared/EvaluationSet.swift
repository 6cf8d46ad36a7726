import ArgumentParser
import Datasets
import Evaluation
import Numerics

extension Shard: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

/// The labelled utterances that one evaluation transcribes: all of a list, or a shard of it.
struct EvaluationSet {
    /// What is transcribed.
    let manifest: Manifest
    private let shard: Shard?
    /// Places in the whole list, by id.
    private let places: [String: Int]
    /// Fingerprint of the ids and texts of the whole list.
    private let list: String

    /// - Throws: `ManifestError`, and `EvaluationError` for an id that occurs twice: texts are kept by id.
    init(paths: [String], shard: Shard?) throws {
        let all = try Manifest.load(paths: paths)
        var places: [String: Int] = [:]
        var fingerprint = Fingerprint()
        for (place, utterance) in all.utterances.enumerated() {
            if let first = places.updateValue(place, forKey: utterance.id) {
                throw EvaluationError(
                    description: "\(utterance.source): the id \(utterance.id) also occurs at "
                        + "\(all.utterances[first].source); evaluate these one at a time")
            }
            // No byte of UTF-8 is 255: it ends a text.
            for text in [utterance.id, utterance.text] { fingerprint.add(Array(text.utf8) + [255]) }
        }
        self.places = places
        list = fingerprint.description
        self.shard = shard
        guard let shard else {
            manifest = all
            return
        }
        manifest = Manifest(utterances: all.utterances.filter { shard.contains($0.id) })
        printError("shard \(shard): \(manifest.utterances.count) of \(places.count) utterances")
    }

    /// What `asr merge` needs to know of the shard; nil where the whole list was transcribed.
    func shardResult(
        _ result: LabelledEvaluation.Result, name: String, settings: String, normalizer: ScoringOptions
    ) -> ShardResult? {
        guard let shard else { return nil }
        return ShardResult(
            shard: shard.number, count: shard.count, name: name, list: list, utterances: places.count,
            settings: settings, normalizer: normalizer.normalizer.rawValue,
            places: result.records.compactMap { places[$0.id] }, failures: result.failures)
    }
}
