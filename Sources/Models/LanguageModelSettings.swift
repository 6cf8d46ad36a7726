/// How a language model takes part in the search of a recogniser: what `asr tune` finds.
public struct LanguageModelSettings: Codable, Sendable, Equatable {
    /// The share of the language model in the score of a hypothesis.
    public var weight: Float
    /// What each token adds to the score, in nats.
    public var lengthReward: Float
    /// The share of CTC in what the recogniser itself says; nil: as without a language model.
    public var ctcWeight: Float?
    /// The share of the decoder's own language model that is subtracted; nil: 0.
    public var internalWeight: Float?

    public init(weight: Float, lengthReward: Float, ctcWeight: Float?, internalWeight: Float? = nil) {
        self.weight = weight
        self.lengthReward = lengthReward
        self.ctcWeight = ctcWeight
        self.internalWeight = internalWeight
    }

    /// For models that have not been tuned: those of the built-in English model.
    public static let usual = LanguageModelSettings(weight: 0.7, lengthReward: 0.5, ctcWeight: 0.2)
}

extension SpeechModel.Description {
    /// Refuses weights that are no numbers, or outside of their range.
    func validateLanguageModel() throws(ModelError) {
        guard let languageModel else { return }
        for (name, value) in [
            ("weight", languageModel.weight), ("lengthReward", languageModel.lengthReward),
            ("internalWeight", languageModel.internalWeight ?? 0),
        ]
        where !value.isFinite || value.magnitude > 100 {
            throw ModelError("languageModel.\(name) is \(value); it must be from -100 to 100")
        }
        guard (0...1).contains(languageModel.ctcWeight ?? 0) else {
            throw ModelError("languageModel.ctcWeight is \(languageModel.ctcWeight ?? 0); it must be from 0 to 1")
        }
    }
}
