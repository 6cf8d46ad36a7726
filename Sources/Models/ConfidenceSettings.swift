import Glibc

/// What is known of a word that was recognised, and tells how far it can be trusted. A surprise is the square root of the negative log
/// probability: 0 for what is sure.
public enum ConfidenceFeature: String, CaseIterable, Codable, Sendable {
    /// The surprise of the decoder at a token of the word, by the mean of its tokens.
    case decoder
    /// The same of the CTC output.
    case ctc
    /// The surprise of the language models at the word.
    case languageModel
    /// The surprise that lies in the share of the word among the texts that the search found, each with its probability.
    case posterior
    /// The logarithm of the number of its letters.
    case letters
    /// One divided by the number of its letters.
    case shortness
    /// The surprise of the decoder at the word before it, and at the one after it.
    case decoderBefore
    case decoderAfter
    /// The same of the language models.
    case languageModelBefore
    case languageModelAfter
    /// How many letters the word before it has, and the one after it.
    case lettersBefore
    case lettersAfter
    /// The surprise of the decoder at a token of the whole text.
    case text
}

/// From what is known of a word to the probability that it is right: a logistic function of a weighted sum, as `asr calibrate` fits it.
public struct ConfidenceSettings: Codable, Sendable, Equatable {
    public var intercept: Double
    /// By the name of the feature; those that are not named have none.
    public var weights: [String: Double]

    public init(intercept: Double, weights: [ConfidenceFeature: Double]) {
        self.intercept = intercept
        self.weights = Dictionary(uniqueKeysWithValues: weights.map { ($0.rawValue, $1) })
    }

    /// The probability that a word is right.
    public func probability(_ values: [ConfidenceFeature: Double]) -> Double {
        // In a fixed order, so that the sum is the same on every run.
        let sum = ConfidenceFeature.allCases.reduce(intercept) { sum, feature in
            sum + (weights[feature.rawValue] ?? 0) * (values[feature] ?? 0)
        }
        return 1 / (1 + exp(-sum))
    }
}

extension SpeechModel.Description {
    /// Refuses weights of what is not known of a word, and such as are no numbers.
    func validateConfidence() throws(ModelError) {
        guard let confidence else { return }
        let names = ConfidenceFeature.allCases.map(\.rawValue)
        for (name, weight) in confidence.weights.sorted(by: { $0.key < $1.key }) {
            guard names.contains(name) else {
                throw ModelError(
                    "confidence.weights has \"\(name)\"; known are \(names.joined(separator: ", ")): asr calibrate writes them"
                )
            }
            if !weight.isFinite { throw ModelError("confidence.weights.\(name) is \(weight); it must be a number") }
        }
        if !confidence.intercept.isFinite {
            throw ModelError("confidence.intercept is \(confidence.intercept); it must be a number")
        }
    }
}
