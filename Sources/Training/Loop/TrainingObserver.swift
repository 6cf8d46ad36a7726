import Evaluation
import LanguageModels
import Recognition

/// What a training run tells whoever watches it.
public enum TrainingEvent: Sendable {
    /// A line for the log.
    case message(String)
    /// Something that the user should look at.
    case warning(String)
    /// `count` of `total` utterances have been read.
    case reading(count: Int, total: Int)
    /// A step of the optimiser is done.
    case step(StepReport)
    /// The dev set was transcribed.
    case evaluation(EvaluationReport)
    /// A language model has predicted the dev text.
    case perplexity(PerplexityReport)
}

/// One step of the optimiser.
public struct StepReport: Sendable {
    /// Counted from 1 since the beginning of training.
    public var step: Int
    /// Counted from 1.
    public var epoch: Int
    public var batch: Int
    public var batchCount: Int
    public var epochCount: Int
    /// In nats per token.
    public var loss: Double
    /// The CTC loss alone, in nats per token; nil without CTC.
    public var ctcLoss: Double?
    /// The share of tokens predicted right, given the right text before.
    public var accuracy: Double
    public var learningRate: Float
    public var gradientNorm: Float
    /// Seconds of audio in this step, and seconds that it took.
    public var audioInSeconds: Double
    public var durationInSeconds: Double
    /// Whether the step was skipped because its gradient was NaN or infinite.
    public var wasSkipped: Bool
    /// Seconds of the step in which this rank waited for messages, and for others to be ready; nil where there is one rank.
    public var communicationInSeconds: Double?
    public var waitingInSeconds: Double?
    /// Characters of text in this step, of a language model; nil where audio is learned from.
    public var characterCount: Int?
}

/// How well a language model predicts the dev text.
public struct PerplexityReport: Sendable {
    public var epoch: Int
    public var step: Int
    public var perplexity: Perplexity
    /// In nats per token.
    public var loss: Double
    /// Whether no evaluation before had a lower loss.
    public var isBest: Bool
    /// Seconds that the evaluation took.
    public var durationInSeconds: Double
}

/// How well the model does on the dev set.
public struct EvaluationReport: Sendable {
    public var epoch: Int
    public var step: Int
    public var wordErrorRate: WordErrorRate
    public var characterErrorRate: CharacterErrorRate
    /// In nats per token, by teacher forcing.
    public var loss: Double
    /// The CTC loss alone, in nats per token; nil without CTC.
    public var ctcLoss: Double?
    /// Whether no evaluation before had a lower character error rate.
    public var isBest: Bool
    /// Some utterances, always the same: what they should say, and what was recognised.
    public var samples: [(reference: String, hypothesis: String)]
    /// What the decoder attends to in one utterance, always the same; nil if all are too short.
    public var attention: AttentionReport?
    /// Seconds that the evaluation took.
    public var durationInSeconds: Double
}

/// What the decoder attends to in an utterance of the dev set.
public struct AttentionReport: Sendable {
    public var utterance: String
    /// What is said in it, as the model is taught to write it.
    public var text: String
    public var audioInSeconds: Double
    /// One a decoder layer, from the first to the last.
    public var alignments: [AttentionAlignment]
}
