import Tensors
import Text

/// A micro-batch of labelled features, padded to the longest.
public struct TrainingBatch: @unchecked Sendable {
    /// [batch, frame, melBin], zeros behind the end of each utterance
    public let features: Tensor
    /// Frames of each utterance.
    public let frameCounts: [Int]
    /// The tokens of each utterance, without start and end.
    public let labels: [[Int]]
    /// What the labels are tokens of.
    public let tokenizer: any Tokenizer

    public init(features: Tensor, frameCounts: [Int], labels: [[Int]], tokenizer: any Tokenizer) {
        self.features = features
        self.frameCounts = frameCounts
        self.labels = labels
        self.tokenizer = tokenizer
    }
}
