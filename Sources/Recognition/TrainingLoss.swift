import Autograd
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

    public init(features: Tensor, frameCounts: [Int], labels: [[Int]]) {
        self.features = features
        self.frameCounts = frameCounts
        self.labels = labels
    }
}

/// How the two losses are joined: (1 - ctcWeight) * cross-entropy + ctcWeight * CTC, both in nats per predicted token of
/// the whole batch; Watanabe et al. 2017, equation 12.
public struct LossConfiguration: Codable, Sendable, Equatable {
    public var ctcWeight: Float = 0.3
    /// The share of the target's probability that is spread over all classes.
    public var labelSmoothing: Float = 0.1

    public init() {}
}

/// The sums of both losses over some utterances.
public struct TrainingLoss: Sendable, Equatable {
    public var crossEntropy = LossSums()
    public var ctc = LossSums()

    public init() {}

    public static func += (left: inout TrainingLoss, right: TrainingLoss) {
        left.crossEntropy += right.crossEntropy
        left.ctc += right.ctc
    }

    /// The joined loss in nats per predicted token; 0 for no tokens.
    public func perToken(_ configuration: LossConfiguration) -> Double {
        guard crossEntropy.count > 0 else { return 0 }
        let joined =
            Double(1 - configuration.ctcWeight) * crossEntropy.loss + Double(configuration.ctcWeight) * ctc.loss
        return joined / Double(crossEntropy.count)
    }

    /// The share of tokens that the decoder, given the right text before, predicts right; 0 for no tokens.
    public var accuracy: Double {
        crossEntropy.count == 0 ? 0 : Double(crossEntropy.correct) / Double(crossEntropy.count)
    }
}

extension SpeechTransformer {
    /// The losses of a micro-batch by teacher forcing: the decoder sees the right text before each position.
    ///
    /// If the tape records, the gradients are put in place; `tape.backward()` then adds them up.
    ///
    /// - Parameter tokenCount: predicted tokens (characters and ends) of the whole batch that this is a part of.
    public func loss(_ batch: TrainingBatch, tape: Tape, tokenCount: Int, _ configuration: LossConfiguration)
        -> TrainingLoss
    {
        let size = batch.labels.count
        let time = 1 + (batch.labels.map(\.count).max() ?? 0)
        var inputs = [Int32](repeating: Int32(Vocabulary.endOfSentence), count: size * time)
        var targets = [Int32](repeating: -1, count: size * time)
        for (row, label) in batch.labels.enumerated() {
            inputs[row * time] = Int32(Vocabulary.startOfSentence)
            for (column, token) in label.enumerated() {
                inputs[row * time + column + 1] = Int32(token)
                targets[row * time + column] = Int32(token)
            }
            targets[row * time + label.count] = Int32(Vocabulary.endOfSentence)
        }

        let encoded = encode(tape.variable(batch.features), lengths: batch.frameCounts)
        var loss = TrainingLoss()
        if configuration.ctcWeight > 0 {
            loss.ctc = ctcLogProbabilities(encoded).ctcLoss(
                labels: batch.labels.map { $0.map(Int32.init) }, lengths: encoded.lengths, blank: Vocabulary.blank,
                weight: configuration.ctcWeight / Float(tokenCount))
        }
        let logits = decode(
            inputs, batch: size, keysValues: keysValues(encoded), encoderLengths: encoded.lengths)
        loss.crossEntropy = logits.crossEntropy(
            targets: targets, smoothing: configuration.labelSmoothing,
            weight: (1 - configuration.ctcWeight) / Float(tokenCount))
        return loss
    }
}
