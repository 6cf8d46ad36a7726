import Tensors
import Text

extension SpeechModel {
    /// Reads a model: a model folder of this program, or a Whisper model of any layout that `WhisperCheckpoint` reads.
    ///
    /// - Throws: `ModelError`, `TextFileError` or `VocabularyError` naming the file and what is wrong with it.
    public static func read(_ path: String) throws -> SpeechModel {
        guard WhisperCheckpoint.layout(of: path) != nil else { return try SpeechModel(directory: path) }
        return try SpeechModel(WhisperCheckpoint.read(path))
    }

    /// The model of a checkpoint: its values are converted into memory.
    ///
    /// - Throws: `ModelError` for values that are NaN or infinite, or too large for the memory; `VocabularyError`.
    public convenience init(_ checkpoint: WhisperCheckpoint) throws {
        try self.init(checkpoint.description, vocabulary: .whisper(try checkpoint.tokenizer()))
        let parameters = checkpoint.parameters.reduce(into: [:]) { $0[$1.name] = $1 }
        network.parameters.use(
            try network.parameters.parameters.map { target in
                guard let source = parameters[target.name], source.shape == target.shape else {
                    preconditionFailure("SpeechModel: \(target.name) \(target.shape) is not in the checkpoint's table")
                }
                let value: Tensor
                do {
                    value = try Tensor(checked: target.shape)
                } catch {
                    throw ModelError("\(checkpoint.path): \(target.name) of shape \(target.shape): \(error)")
                }
                source.read(into: value.floats)
                guard value.isFinite else {
                    throw ModelError(
                        "\(checkpoint.path): \(target.name) has values that are NaN or infinite; the file is damaged: get it again"
                    )
                }
                return WeightStorage(value)
            })
    }
}
