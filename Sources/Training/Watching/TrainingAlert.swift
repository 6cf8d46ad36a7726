import Datasets

/// Something in a training run that a user should look at: one line for the log, with what to do.
public struct TrainingAlert: Codable, Sendable, Equatable {
    /// What an alert is about.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// The loss or gradient of a step is NaN or infinite: the step is skipped.
        case nonFiniteStep
        /// The decoder does not read the utterance from its beginning to its end.
        case attentionNotMonotonic
        /// The dev error rises while the training loss falls.
        case divergence
    }

    /// The step after which it was noticed.
    public var step: Int
    public var kind: Kind
    public var message: String

    package init(step: Int, kind: Kind, message: String) {
        self.step = step
        self.kind = kind
        self.message = message
    }

    private enum CodingKeys: String, CodingKey {
        case step, message
        case kind = "alert"
    }
}
