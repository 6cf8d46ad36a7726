import Datasets
import Models
import Tensors
import TestSupport
import Training

/// A tiny Whisper model that training begins with, and made-up speech that it learns from.
struct InitialWhisper {
    let corpus: ToneCorpus
    let path: String
    let model: SpeechModel

    init() throws {
        corpus = try ToneCorpus()
        path = "\(corpus.folder.path)/initial"
        try TinyWhisper.writeModel(to: path)
        model = try SpeechModel(directory: path)
    }

    /// A pass over the speech with these settings, beginning with this model or the one of a folder.
    func configuration(_ overrides: String..., from folder: String? = nil) throws -> TrainingConfiguration {
        var configuration = try TrainingConfiguration.load(
            path: nil, overrides: overrides, initialModel: folder ?? path)
        configuration.data.train = [DataSource(path: corpus.train)]
        configuration.data.dev = [corpus.dev]
        configuration.batches.minimumFrameCount = 5
        if configuration.model.hasCTCOutput { configuration.batches.maximumFramesPerBatch = 250 }
        configuration.evaluation.maximumUtterances = 2
        configuration.stopping.epochs = 1
        return configuration
    }

    /// The parameters of a checkpoint, by name; the model of the folder may still be the initial one.
    func learned(_ name: String, as model: SpeechModel) throws -> [String: [Float]] {
        let store = model.network.parameters
        let flat = Tensor(zeros: [store.flatCount])
        try SafeTensors(path: "\(corpus.folder.path)/\(name)/checkpoint.safetensors").read("parameters", into: flat)
        let values = flat.values
        return store.parameters.reduce(into: [:]) {
            $0[$1.name] = Array(values[$1.offset..<$1.offset + $1.count])
        }
    }
}
