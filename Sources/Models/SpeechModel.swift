import Audio
import FoundationEssentials
import Numerics
import Tensors
import Text

/// A model folder: `config.json`, `vocabulary.json`, `model.safetensors` (and a `README.md`, the model card).
public final class SpeechModel: Sendable {
    /// What stands in `config.json`.
    public struct Description: Codable, Sendable, Equatable {
        /// The version of this layout.
        public var formatVersion = 1
        public var model: ModelConfiguration
        /// The statistics that features are normalised with.
        public var featureNormalization: FeatureNormalization
        /// How the model was trained; nil if that is unknown.
        public var training: TrainingSummary?

        public init(
            model: ModelConfiguration, featureNormalization: FeatureNormalization, training: TrainingSummary? = nil
        ) {
            self.model = model
            self.featureNormalization = featureNormalization
            self.training = training
        }

        /// Reads `config.json` of a model folder.
        ///
        /// - Throws: `ModelError` naming the file and what is wrong with it.
        public init(directory: String) throws {
            var isDirectory = false
            guard FileManager.default.fileExists(atPath: directory, isDirectory: &isDirectory), isDirectory else {
                throw ModelError(
                    "\(directory): no such model folder; name a folder with config.json and model.safetensors")
            }
            self = try SpeechModel.decode("\(directory)/config.json")
            guard formatVersion == 1 else {
                throw ModelError(
                    "\(directory)/config.json: format version \(formatVersion); this program reads version 1: use a newer one"
                )
            }
        }
    }

    /// How a model was trained.
    public struct TrainingSummary: Codable, Sendable, Equatable {
        /// Hours of training data, and its utterances.
        public var hours: Double
        public var utteranceCount: Int
        /// Steps of the optimiser, and passes over the data, when this model was kept.
        public var steps: Int
        public var epochs: Int
        public var devWordErrorRate: Double?
        public var devCharacterErrorRate: Double?
        /// Utterances no longer than this hold 99 % of the audio that it has learned from; nil: not known.
        public var longestUtteranceInSeconds: Double?
        /// How many models' weights were averaged; nil: none were.
        public var averagedModelCount: Int?

        public init(
            hours: Double, utteranceCount: Int, longestUtteranceInSeconds: Double?, steps: Int, epochs: Int,
            devWordErrorRate: Double?, devCharacterErrorRate: Double?
        ) {
            self.hours = hours
            self.utteranceCount = utteranceCount
            self.longestUtteranceInSeconds = longestUtteranceInSeconds
            self.steps = steps
            self.epochs = epochs
            self.devWordErrorRate = devWordErrorRate
            self.devCharacterErrorRate = devCharacterErrorRate
        }
    }

    public let description: Description
    public let vocabulary: Vocabulary
    /// What turns text into the tokens that the network writes.
    public var tokenizer: any Tokenizer { vocabulary }
    public let transformer: SpeechTransformer
    private let frontend: LogMelSpectrogram

    /// The configuration of the network.
    public var configuration: ModelConfiguration { description.model }

    /// A model whose parameters have been initialised by the caller or are about to be.
    ///
    /// - Throws: `ModelError` for a configuration that cannot work.
    public init(_ description: Description, vocabulary: Vocabulary) throws {
        try description.model.validate()
        try description.featureNormalization.validate(melBinCount: description.model.frontend.melBinCount)
        self.description = description
        self.vocabulary = vocabulary
        transformer = SpeechTransformer(description.model, vocabularySize: vocabulary.count)
        frontend = try LogMelSpectrogram(configuration: description.model.frontend)
    }

    /// Reads a model folder.
    ///
    /// - Throws: `ModelError` naming the file and what is wrong with it.
    public convenience init(directory: String) throws {
        let description = try Description(directory: directory)
        let vocabulary: Vocabulary = try Self.decode("\(directory)/vocabulary.json")
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
        try transformer.load(file, path: path)
    }

    private static func decode<Value: Decodable>(_ path: String) throws -> Value {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ModelError("\(path): no such file, or it cannot be read; a model folder needs it")
        }
        do {
            return try JSONDecoder().decode(Value.self, from: data)
        } catch let error as DecodingError {
            let places = JSONPlaces(data)
            if let mistake = places.mistake {
                throw ModelError(
                    "\(path):\(mistake.line): not JSON: expected \(mistake.expected) at column \(mistake.column); copy or train "
                        + "the model again")
            }
            let line = places.line(of: error.path).map { ":\($0)" } ?? ""
            throw ModelError("\(path)\(line): \(error.oneLine); copy or train the model again")
        } catch {
            throw ModelError("\(path): \(error)")
        }
    }

    /// The files of the folder, without the model card, by name.
    ///
    /// - Parameters:
    ///   - precision: how the parameters are stored.
    ///   - training: how they were trained; nil: as the description says.
    public func files(precision: ElementType = .float32, training: TrainingSummary? = nil) throws -> [(
        name: String, content: Data
    )] {
        var description = description
        description.training = training ?? description.training
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let tensors = transformer.parameters.parameters.map { ($0.name, $0.value.converted(to: precision)) }
        return [
            ("config.json", try encoder.encode(description)),
            ("vocabulary.json", try encoder.encode(vocabulary)),
            (
                "model.safetensors",
                try SafeTensors.data(
                    tensors,
                    metadata: [
                        "frontend": configuration.frontend.description, "network": configuration.networkDescription,
                        "vocabulary": vocabulary.fingerprint,
                    ])
            ),
        ]
    }

    /// A short name for exactly these parameters and this configuration (FNV-1a of both).
    public var fingerprint: String {
        var fingerprint = Fingerprint()
        for byte in "\(configuration) \(description.featureNormalization)".utf8 { fingerprint.add(UInt64(byte)) }
        for character in vocabulary.characters { fingerprint.add(UInt64(character.value)) }
        let values = transformer.parameters.values
        let floats = values.floats
        for index in 0..<values.count { fingerprint.add(UInt64(floats[index].bitPattern)) }
        return fingerprint.description
    }

    /// The normalised features of a waveform, as the network sees them: [frame, melBin].
    public func features(_ waveform: Waveform) throws -> Spectrogram {
        var spectrogram = try frontend(waveform)
        description.featureNormalization.apply(to: &spectrogram)
        return spectrogram
    }
}

extension SpeechTransformer {
    /// Reads the values of all parameters from a file.
    ///
    /// - Throws: `ModelError` if one is missing or has another shape, or the file has one that the model lacks.
    public func load(_ file: SafeTensors, path: String) throws {
        let names = Set(parameters.parameters.map(\.name))
        if let unknown = file.entries.first(where: { !names.contains($0.name) }) {
            throw ModelError("\(path): has a tensor \(unknown.name) that this configuration does not know")
        }
        // Before memory is taken: a configuration may ask for more than there is.
        for parameter in parameters.parameters { try file.check(parameter.name, shape: parameter.shape) }
        parameters.allocate()
        for parameter in parameters.parameters { try file.read(parameter.name, into: parameter.value) }
    }
}

extension DecodingError {
    /// The keys that lead to what is wrong; elements of lists have their index as key.
    var path: [String] {
        let context: Context? =
            switch self {
            case .keyNotFound(_, let context), .typeMismatch(_, let context), .valueNotFound(_, let context),
                .dataCorrupted(let context):
                context
            @unknown default: nil
            }
        return (context?.codingPath ?? []).map { key in key.intValue.map { "\($0)" } ?? key.stringValue }
    }

    /// What is wrong and where, in one line.
    var oneLine: String {
        func place(_ path: [any CodingKey]) -> String {
            path.isEmpty ? "the top level" : "\"" + path.map(\.stringValue).joined(separator: ".") + "\""
        }
        switch self {
        case .keyNotFound(let key, let context):
            return "\"\((context.codingPath + [key]).map(\.stringValue).joined(separator: "."))\" is missing"
        case .typeMismatch(let type, let context):
            return Self.name(of: type).map { "\(place(context.codingPath)) must be \($0)" }
                ?? "\(place(context.codingPath)): \(context.debugDescription)"
        case .valueNotFound(_, let context):
            return "\(place(context.codingPath)) has no value"
        case .dataCorrupted(let context):
            // A fraction for a whole number comes here, and the decoder does not say where.
            if context.codingPath.isEmpty { return "a number does not fit its place" }
            return "\(place(context.codingPath)): \(context.debugDescription)"
        @unknown default:
            return "\(self)"
        }
    }

    /// A type in words that a reader of JSON knows.
    private static func name(of type: Any.Type) -> String? {
        switch type {
        case is String.Type: "a text"
        case is Bool.Type: "true or false"
        case is Int.Type, is UInt64.Type: "a whole number"
        case is Double.Type, is Float.Type: "a number"
        default:
            if "\(type)".hasPrefix("Array") {
                "a list [...]"
            } else {
                "\(type)".hasPrefix("Dictionary") ? "an object {...}" : nil
            }
        }
    }
}
