import Autograd
import Datasets
import Files
import Models
import Numerics
import Tensors
import Text

/// How the two losses are joined: (1 - ctcWeight) * cross-entropy + ctcWeight * CTC, both in nats per predicted token of
/// the whole batch; Watanabe et al. 2017, equation 12.
public struct LossConfiguration: Codable, Sendable, Equatable {
    public var ctcWeight: Float = 0.3
    /// The share of the target's probability that is spread over all classes.
    public var labelSmoothing: Float = 0.1
    /// Encoder layers, counted from 1, whose outputs learn CTC too, through the same projection (intermediate CTC; Lee and
    /// Watanabe 2021).
    public var intermediateCTCLayers: [Int] = []
    /// The share of the CTC loss that the mean over these layers has.
    public var intermediateCTCWeight: Float = 0.3
    /// The chance of a character of the decoder's input to be what the decoder itself predicts there, instead of the right one
    /// (scheduled sampling; Mihaylova and Martins 2019). It takes a second pass of the decoder. 0: never.
    public var scheduledSampling: Float = 0

    public init() {}

    /// The share of the intermediate layers in the CTC loss: 0 where there are none.
    var intermediateCTCShare: Float { intermediateCTCLayers.isEmpty ? 0 : intermediateCTCWeight }
}

/// The sums of both losses over some utterances.
public struct TrainingLoss: Sendable, Equatable {
    public var crossEntropy = LossSums()
    public var ctc = LossSums()
    /// The sum over the intermediate layers, if any learn CTC.
    public var intermediateCTC = LossSums()

    public init() {}

    public static func += (left: inout TrainingLoss, right: TrainingLoss) {
        left.crossEntropy += right.crossEntropy
        left.ctc += right.ctc
        left.intermediateCTC += right.intermediateCTC
    }

    /// The joined loss in nats per predicted token; 0 for no tokens.
    public func perToken(_ configuration: LossConfiguration) -> Double {
        guard crossEntropy.count > 0 else { return 0 }
        let share = Double(configuration.intermediateCTCShare)
        let layerCount = Double(max(1, configuration.intermediateCTCLayers.count))
        let joinedCTC = (1 - share) * ctc.loss + share * intermediateCTC.loss / layerCount
        let joined =
            Double(1 - configuration.ctcWeight) * crossEntropy.loss + Double(configuration.ctcWeight) * joinedCTC
        return joined / Double(crossEntropy.count)
    }

    /// The CTC loss of the encoder's output in nats per predicted token; nil where it does not count, and for no tokens.
    public func ctcPerToken(_ configuration: LossConfiguration) -> Double? {
        configuration.ctcWeight > 0 && crossEntropy.count > 0 ? ctc.loss / Double(crossEntropy.count) : nil
    }

    /// The share of tokens that the decoder, given the right text before, predicts right; 0 for no tokens.
    public var accuracy: Double {
        crossEntropy.count == 0 ? 0 : Double(crossEntropy.correct) / Double(crossEntropy.count)
    }
}

extension EncoderDecoder {
    private static let timeGranularity = 8

    /// The losses of a micro-batch by teacher forcing: the decoder sees the right text before each position.
    ///
    /// If the tape records, the gradients are put in place; `tape.backward()` then adds them up.
    ///
    /// - Parameters:
    ///   - tokenCount: predicted tokens (characters and ends) of the whole batch that this is a part of.
    ///   - samplingKey: the key of scheduled sampling; nil: the decoder sees the right text alone.
    public func loss(
        _ batch: TrainingBatch, tape: Tape, tokenCount: Int, _ configuration: LossConfiguration,
        samplingKey: RandomKey? = nil
    ) -> TrainingLoss {
        let size = batch.labels.count
        let start = batch.tokenizer.startSequence.map(Int32.init)
        let end = Int32(batch.tokenizer.endOfSentence)
        // Rounded up, so that products of few sizes are prepared.
        let longest = start.count + (batch.labels.map(\.count).max() ?? 0)
        let time = (longest + Self.timeGranularity - 1) / Self.timeGranularity * Self.timeGranularity
        var inputs = [Int32](repeating: end, count: size * time)
        var targets = [Int32](repeating: -1, count: size * time)
        for (row, label) in batch.labels.enumerated() {
            for (column, token) in (start + label.map(Int32.init)).enumerated() { inputs[row * time + column] = token }
            // Behind the last token of the start sequence comes the first of the text.
            for (column, token) in (label.map(Int32.init) + [end]).enumerated() {
                targets[row * time + start.count - 1 + column] = token
            }
        }

        let intermediateLayers = configuration.ctcWeight > 0 ? configuration.intermediateCTCLayers : []
        let encoded = encode(
            tape.variable(batch.features), lengths: batch.frameCounts, keeping: intermediateLayers)
        var loss = TrainingLoss()
        if configuration.ctcWeight > 0 {
            guard let blank = batch.tokenizer.blank else {
                preconditionFailure(
                    "EncoderDecoder.loss: a CTC weight of \(configuration.ctcWeight), but no blank token")
            }
            let labels = batch.labels.map { $0.map(Int32.init) }
            func ctcLoss(_ output: EncoderOutput, share: Float) -> LossSums {
                ctcLogProbabilities(output.value).ctcLoss(
                    labels: labels, lengths: output.lengths, blank: blank,
                    weight: share * configuration.ctcWeight / Float(tokenCount))
            }
            let share = configuration.intermediateCTCShare
            loss.ctc = ctcLoss(encoded, share: 1 - share)
            for output in encoded.intermediate {
                loss.intermediateCTC += ctcLoss(output, share: share / Float(encoded.intermediate.count))
            }
        }
        let keysValues = keysValues(encoded)
        if let samplingKey, configuration.scheduledSampling > 0 {
            inputs = ScheduledSampling(
                probability: configuration.scheduledSampling, key: samplingKey, tokenizer: batch.tokenizer
            ).inputs(
                inputs, lengths: batch.labels.map(\.count), keysValues: keysValues,
                encoderLengths: encoded.lengths, network: self)
        }
        let logits = decode(inputs, batch: size, keysValues: keysValues, encoderLengths: encoded.lengths)
        loss.crossEntropy = logits.crossEntropy(
            targets: targets, smoothing: configuration.labelSmoothing,
            weight: (1 - configuration.ctcWeight) / Float(tokenCount))
        return loss
    }
}
