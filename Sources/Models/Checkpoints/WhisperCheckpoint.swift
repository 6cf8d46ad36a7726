/// A Whisper model of somebody else, as it lies on disk: its sizes, its tensors where they lie, its tokens, and what it says of decoding.
///
/// Its files are mapped, not read: a tensor is looked at when it is used. They must not be shortened meanwhile.
public struct WhisperCheckpoint: Sendable {
    /// How Whisper models are kept.
    public enum Layout: String, Sendable, CaseIterable {
        /// `config.json` with `model.safetensors`, its shards, or `pytorch_model.bin`; Hugging Face transformers.
        case huggingFace = "a Hugging Face folder"
        /// `{"dims", "model_state_dict"}`, saved by PyTorch; openai/whisper.
        case openAI = "an OpenAI .pt file"
        /// whisper.cpp.
        case ggml = "a whisper.cpp ggml file"
        /// `model.bin` with `config.json`; CTranslate2, faster-whisper.
        case cTranslate2 = "a CTranslate2 folder"
    }

    /// Where the tokens stand.
    public enum Tokens: Sendable, Equatable {
        /// In files of this folder: `tokenizer.json`, `vocab.json` with `merges.txt`, `vocabulary.json` or `vocabulary.txt`.
        case folder(String)
        /// The bytes of each token of text, in order; those for languages, tasks and times follow and are not there.
        case list([[UInt8]])
        /// Nowhere: they are those of openai/whisper for a vocabulary of this size.
        case none
    }

    public let path: String
    public let layout: Layout
    public let dimensions: WhisperDimensions
    /// By Hugging Face's names, without the prefix `model.`.
    public let tensors: [String: CheckpointTensor]
    public let tokens: Tokens
    public let generation: WhisperGeneration

    /// Puts together what a reader found.
    ///
    /// - Parameters:
    ///   - path: as the user named it
    ///   - file: the file that the tensors are from, for messages
    ///   - name: what the file calls a tensor
    /// - Throws: `ModelError` if a tensor is missing, has another shape, or is one that Whisper does not have.
    init(
        path: String, layout: Layout, dimensions: WhisperDimensions, tensors found: [String: CheckpointTensor],
        tokens: Tokens, generation: WhisperGeneration, file: String, name: (WhisperTensorNames.Row) -> String
    ) throws(ModelError) {
        try dimensions.validate(path: file)
        try generation.validate(vocabularySize: dimensions.vocabularySize, path: path)
        var rest = found
        var tensors: [String: CheckpointTensor] = [:]
        for row in WhisperTensorNames(dimensions).rows {
            guard let tensor = rest.removeValue(forKey: row.huggingFace)?.squeezed(to: row.shape) else {
                throw ModelError(
                    "\(file): has no tensor \(name(row)), which a Whisper model of this size needs; get it again")
            }
            guard tensor.shape == row.shape else {
                throw ModelError(
                    "\(file): tensor \(name(row)) has the shape \(tensor.shape); a Whisper model of this size needs "
                        + "\(row.shape): get it again")
            }
            tensors[row.huggingFace] = tensor
        }
        if let output = rest.removeValue(forKey: WhisperTensorNames.tiedOutput),
            output.shape != [dimensions.vocabularySize, dimensions.modelDimension]
        {
            throw ModelError(
                "\(file): tensor \(WhisperTensorNames.tiedOutput) has the shape \(output.shape); get it again")
        }
        if let unknown = rest.keys.min() {
            throw ModelError("\(file): has a tensor \(unknown), which Whisper does not have; it cannot be read")
        }
        self.path = path
        self.layout = layout
        self.dimensions = dimensions
        self.tensors = tensors
        self.tokens = tokens
        self.generation = generation
    }
}
