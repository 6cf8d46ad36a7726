import Audio
import Configuration
import Files
import FoundationEssentials

extension SpeechModel {
    /// What stands in `config.json`.
    ///
    /// Keys of `model` that a file lacks have the default of `ModelConfiguration`: a setting that comes later needs no new
    /// version, as long as its default is what the network did before.
    public struct Description: Codable, Sendable, Equatable {
        /// The version of this layout.
        public var formatVersion = Self.currentVersion
        public var model: ModelConfiguration
        /// The statistics that features are normalised with.
        public var featureNormalization: FeatureNormalization
        /// How the model was trained; nil if that is unknown.
        public var training: TrainingSummary?
        /// Heads of the decoder's cross-attention that follow the audio, as [layer, head] counted from 0, by which words get their
        /// times; nil: those of the last half of the layers.
        public var alignmentHeads: [[Int]]?
        /// How the language model in the folder takes part in a search; nil: with the defaults.
        public var languageModel: LanguageModelSettings?
        /// How far the words that it writes can be trusted; nil: not fitted.
        public var confidence: ConfidenceSettings?

        /// The heads by which words get their times, as [layer, head]: `alignmentHeads`, or all of the last half of the layers.
        public var wordTimeHeads: [[Int]] {
            if let alignmentHeads, !alignmentHeads.isEmpty { return alignmentHeads }
            let count = model.attendingLayerCount
            return (count / 2..<count).flatMap { layer in (0..<model.decoderHeadCount).map { [layer, $0] } }
        }

        /// The layout that this program writes; it reads this one and earlier ones.
        public static let currentVersion = 1

        public init(
            model: ModelConfiguration, featureNormalization: FeatureNormalization, training: TrainingSummary? = nil,
            alignmentHeads: [[Int]]? = nil
        ) {
            self.model = model
            self.featureNormalization = featureNormalization
            self.training = training
            self.alignmentHeads = alignmentHeads
        }

        /// What a key has that `config.json` does not name.
        private struct Defaults: Encodable {
            let formatVersion = 1  // the first, which named it from the beginning
            let model = ModelConfiguration()
        }

        /// Writes it as the `config.json` of a model folder, in place of what is there.
        ///
        /// - Throws: `FileWriteError`.
        public func write(to directory: String) throws {
            try AtomicFile.write(try Self.encoder.encode(self), to: "\(directory)/config.json")
        }

        /// As `config.json` and `vocabulary.json` are written.
        static var encoder: JSONEncoder {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return encoder
        }

        /// Reads `config.json` of a model folder.
        ///
        /// - Throws: `ModelError` naming the file, the line and what is wrong there.
        public init(directory: String) throws {
            var isDirectory = false
            guard FileManager.default.fileExists(atPath: directory, isDirectory: &isDirectory), isDirectory else {
                throw ModelError(
                    "\(directory): no such model folder; name a folder with config.json and model.safetensors")
            }
            do {
                let document = try ConfigurationDocument(path: "\(directory)/config.json")
                // Before anything else: a later layout may have any keys.
                let key = "formatVersion"
                let version = try document.value(Int.self, forKey: key) ?? 1
                if version > Self.currentVersion {
                    throw document.error(
                        "format version \(version); this program reads up to version \(Self.currentVersion): use a newer one",
                        at: key)
                }
                if version < 1 { throw document.error("there is no format version \(version)", at: key) }
                self = try document.decode(Self.self, over: Defaults())
            } catch let error as ConfigurationError {
                throw ModelError("\(error)")
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
}

extension SpeechModel.Description {
    /// Refuses heads that the decoder does not have.
    func validateAlignmentHeads() throws(ModelError) {
        for head in alignmentHeads ?? [] {
            guard head.count == 2, (0..<model.attendingLayerCount).contains(head[0]),
                (0..<model.decoderHeadCount).contains(head[1])
            else {
                throw ModelError(
                    "alignmentHeads has \(head); expected [layer, head], below \(model.attendingLayerCount) and "
                        + "\(model.decoderHeadCount)")
            }
        }
    }
}
