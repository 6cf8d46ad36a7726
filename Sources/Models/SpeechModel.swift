import Audio
import Configuration
import FoundationEssentials
import Numerics
import Tensors
import Text

/// A model folder: `config.json`, `vocabulary.json`, `model.safetensors` (and a `README.md`, the model card).
public final class SpeechModel: Sendable {
    public let description: Description
    public let vocabulary: ModelVocabulary
    /// What turns text into the tokens that the network writes.
    public var tokenizer: any Tokenizer { vocabulary.tokenizer }
    /// The tokens of a Whisper model; nil for one that writes characters.
    public var whisper: WhisperTokenizer? { if case .whisper(let tokenizer) = vocabulary { tokenizer } else { nil } }
    /// The characters of a model that writes them; nil for a Whisper model.
    public var characters: Vocabulary? { if case .characters(let vocabulary) = vocabulary { vocabulary } else { nil } }
    /// Encoder and decoder, with all learned values.
    public let network: EncoderDecoder
    package let frontend: LogMelSpectrogram

    /// The configuration of the network.
    public var configuration: ModelConfiguration { description.model }

    /// A model whose parameters have been initialised by the caller or are about to be.
    ///
    /// - Throws: `ModelError` for a configuration that cannot work.
    public init(_ description: Description, vocabulary: ModelVocabulary) throws {
        try description.model.validate()
        try description.featureNormalization.validate(melBinCount: description.model.frontend.melBinCount)
        try description.validateAlignmentHeads()
        try description.validateLanguageModel()
        try description.validateConfidence()
        if case .whisper = vocabulary,
            description.model.encoder.layer == .lstm || description.model.decoder.layer == .lstm
        {
            throw ModelError(
                "model.encoder.layer is \(description.model.encoder.layer.rawValue) and model.decoder.layer is "
                    + "\(description.model.decoder.layer.rawValue), but a Whisper model has no LSTM; put back the configuration that belongs to "
                    + "its weights")
        }
        self.description = description
        self.vocabulary = vocabulary
        network = EncoderDecoder(description.model, vocabularySize: vocabulary.tokenizer.count)
        frontend = try LogMelSpectrogram(configuration: description.model.frontend)
    }

    /// As above, of a model that writes characters.
    public convenience init(_ description: Description, vocabulary: Vocabulary) throws {
        try self.init(description, vocabulary: .characters(vocabulary))
    }

    /// Reads a model folder.
    ///
    /// - Throws: `ModelError` naming the file and what is wrong with it.
    public convenience init(directory: String) throws {
        let description = try Description(directory: directory)
        let vocabulary = try Self.readVocabulary("\(directory)/vocabulary.json")
        do {
            try self.init(description, vocabulary: vocabulary)
        } catch {
            throw ModelError("\(directory)/config.json: \(error)")
        }
        let path = "\(directory)/model.safetensors"
        let file = try SafeTensors(path: path)
        let frontendLine = description.model.frontend.description
        if let written = file.metadata["frontend"], written != frontendLine {
            throw ModelError(
                "\(path): was trained on features \"\(written)\", but config.json says \"\(frontendLine)\"; "
                    + "put back the config.json that belongs to it")
        }
        let networkLine = description.model.networkDescription
        if let written = file.metadata["network"], written != networkLine {
            throw ModelError(
                "\(path): belongs to a network with \(written), but config.json says \(networkLine); put back the "
                    + "config.json that belongs to it")
        }
        if let written = file.metadata["vocabulary"], written != vocabulary.fingerprint {
            throw ModelError(
                "\(path): belongs to another vocabulary.json (fingerprint \(written)) than the one beside it "
                    + "(\(vocabulary.fingerprint)), which would give other characters; put back the vocabulary.json that belongs to "
                    + "it")
        }
        if let written = file.metadata["training"], written != (try description.trainingFingerprint) {
            throw ModelError(
                "\(path): was written at another time of the training than the config.json beside it, whose figures are not those "
                    + "of these weights: asr train was ended while it replaced them; the same command with --resume completes "
                    + "that")
        }
        try network.load(file, path: path)
    }

    /// - Throws: `ModelError` naming the file and, where it can be told, the line.
    private static func readVocabulary(_ path: String) throws -> ModelVocabulary {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ModelError("\(path): no such file, or it cannot be read; a model folder needs it")
        }
        do {
            return try JSONDecoder().decode(ModelVocabulary.self, from: data)
        } catch is DecodingError {
            // The decoder of JSON says what is wrong, but not where.
            do {
                _ = try ConfigurationDocument(path: path).decode(ModelVocabulary.self)
            } catch let placed as ConfigurationError {
                throw ModelError("\(placed); copy or train the model again")
            }
            throw ModelError("\(path): not JSON; copy or train the model again")
        } catch {
            throw ModelError("\(path): \(error)")
        }
    }

    /// The files of the folder, without the model card, by name.
    ///
    /// - Parameters:
    ///   - format: how the parameters are stored.
    ///   - training: how they were trained; nil: as the description says.
    public func files(format: WeightFormat = .float32, training: TrainingSummary? = nil) throws -> [(
        name: String, content: Data
    )] {
        var description = description
        description.training = training ?? description.training
        let encoder = Description.encoder
        let tensors = network.parameters.parameters.map {
            ($0.name, $0.value.converted(to: format == .bfloat16 ? .bfloat16 : .float32))
        }
        // Biases and normalisation are few, and stay as they are; so do the positions of Whisper models, as other programs have them.
        let blocks = network.parameters.parameters.filter {
            $0.hasWeightDecay && $0.shape.count > 1 || whisper == nil && $0.name.hasSuffix(".positions")
        }.map(\.name)
        return [
            ("config.json", try encoder.encode(description)),
            ("vocabulary.json", try encoder.encode(vocabulary)),
            (
                "model.safetensors",
                try SafeTensors.data(
                    tensors, blocks: [.int8, .int8FourBitEmbedding].contains(format) ? Set(blocks) : [],
                    fourBits: format == .int8FourBitEmbedding ? ["decoder.embedding.weight"] : [],
                    metadata: [
                        "frontend": configuration.frontend.description, "network": configuration.networkDescription,
                        "vocabulary": vocabulary.fingerprint, "training": try description.trainingFingerprint,
                    ])
            ),
        ]
    }

    /// A short name for exactly these parameters and what is done with them (FNV-1a of both). A setting that a later program has does
    /// not change it, as long as it has its default.
    public var fingerprint: String {
        var fingerprint = Fingerprint()
        let settings =
            "\(configuration.networkDescription) \(configuration.frontend) \(description.featureNormalization) "
            + "\(configuration.labelNormalizer) \(configuration.language)"
        for byte in settings.utf8 { fingerprint.add(UInt64(byte)) }
        vocabulary.add(to: &fingerprint)
        for parameter in network.parameters.parameters {
            for byte in parameter.name.utf8 { fingerprint.add(UInt64(byte)) }
            let floats = parameter.value.floats
            for index in 0..<parameter.count { fingerprint.add(UInt64(floats[index].bitPattern)) }
        }
        return fingerprint.description
    }

    /// The normalised features of a waveform, as the network sees them: [frame, melBin].
    public func features(_ waveform: Waveform) throws -> Spectrogram {
        var spectrogram = try frontend(waveform)
        description.featureNormalization.apply(to: &spectrogram)
        return spectrogram
    }
}

extension EncoderDecoder {
    /// Takes the values of all parameters from a file: where they lie, as far as they fit.
    ///
    /// - Throws: `ModelError` if one is missing or has another shape, or the file has one that the model lacks.
    public func load(_ file: SafeTensors, path: String) throws {
        let names = Set(parameters.parameters.map(\.name))
        let blockNames = Set(
            file.entries.filter { ["I8", "F4"].contains($0.elementType) }.map { $0.name + SafeTensors.exponentSuffix })
        if let unknown = file.entries.first(where: { !names.contains($0.name) && !blockNames.contains($0.name) }) {
            throw ModelError("\(path): has a tensor \(unknown.name) that this configuration does not know")
        }
        parameters.use(try parameters.parameters.map { try file.weights($0.name, shape: $0.shape) })
    }
}
