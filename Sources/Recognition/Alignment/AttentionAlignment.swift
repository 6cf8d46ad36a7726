import Audio
import Autograd
import Models
import Tensors
import Text

/// Which parts of an utterance a decoder layer attended to for each token: the mean of its cross-attention heads.
public struct AttentionAlignment: Sendable, Equatable {
    /// [token, position], every row sums to 1
    public let weights: [Float]
    /// Predicted tokens, the end included.
    public let tokenCount: Int
    /// Positions of the encoder output.
    public let positionCount: Int

    /// - Parameter weights: [token, position], row after row; both counts at least 1.
    public init(weights: [Float], tokenCount: Int, positionCount: Int) {
        precondition(
            weights.count == tokenCount * positionCount && !weights.isEmpty,
            "AttentionAlignment: \(weights.count) weights for \(tokenCount) tokens and \(positionCount) positions")
        self.weights = weights
        self.tokenCount = tokenCount
        self.positionCount = positionCount
    }

    /// The centre of attention of each token: the mean position by its weights, in positions from the beginning.
    public var centres: [Double] {
        (0..<tokenCount).map { token in
            (0..<positionCount).reduce(0) { $0 + Double($1) * Double(weights[token * positionCount + $1]) }
        }
    }

    /// How evenly the decoder reads from the beginning to the end: the least-squares slope of the centres of attention, as
    /// shares of the utterance, over the tokens, as shares of the text.
    ///
    /// 1 for an even reading from the first to the last position, 0 for attention that does not move, below 0 for one that
    /// moves backwards, and 0 for a single token. Measured on utterances of 5 to 14 s: 0.8 to 1 in the last layers of a
    /// trained model, at most 0.02 in an untrained one. The share of tokens whose centre lies behind the one before tells
    /// less (0.6 to 0.7 and 0.4 to 0.55), because the centres of neighbouring letters may change places. A text of one short
    /// word is written without any such reading.
    public var slope: Double {
        guard tokenCount > 1 else { return 0 }
        let centres = centres
        let middle = Double(tokenCount - 1) / 2
        var (covariance, variance) = (0.0, 0.0)
        for (token, centre) in centres.enumerated() {
            covariance += (Double(token) - middle) * centre
            variance += (Double(token) - middle) * (Double(token) - middle)
        }
        return covariance / variance * Double(tokenCount) / Double(positionCount)
    }
}

extension EncoderDecoder {
    /// What each decoder layer attends to in one utterance by teacher forcing: the decoder sees the right text before each
    /// token.
    ///
    /// - Parameters:
    ///   - features: normalised, [frame, melBin]
    ///   - label: its tokens, without start and end
    ///   - tokenizer: what the label is tokens of
    /// - Returns: one alignment a layer, from the first to the last, of `label.count + 1` tokens; none if the utterance is
    ///   too short for one position.
    public func attentionAlignments(features: Spectrogram, label: [Int], tokenizer: some Tokenizer)
        -> [AttentionAlignment]
    {
        guard positionCount(frameCount: features.frameCount) > 0 else { return [] }
        let recorder = AttentionRecorder()
        let tape = Tape(attentionRecorder: recorder)
        let input = Tensor(features.values, shape: [1, features.frameCount, features.melBinCount])
        let encoded = encode(tape.variable(input), lengths: [features.frameCount])
        let tokens = (tokenizer.startSequence + label).map(Int32.init)
        _ = decode(tokens, batch: 1, keysValues: keysValues(encoded), encoderLengths: encoded.lengths)
        // The row of the last start token is that of the first token of the text.
        return recorder.weights.map {
            AttentionAlignment(meanOfHeads: $0, firstToken: tokenizer.startSequence.count - 1)
        }
    }
}

extension AttentionAlignment {
    /// The mean over the heads of [1, head, token, position], from token `firstToken` on.
    fileprivate init(meanOfHeads weights: Tensor, firstToken: Int) {
        let (headCount, tokenCount, positionCount) = (weights.shape[1], weights.shape[2], weights.shape[3])
        let values = weights.values
        let size = tokenCount * positionCount
        let mean = (0..<size).map { index in
            (0..<headCount).reduce(Float(0)) { $0 + values[$1 * size + index] } / Float(headCount)
        }
        self.init(
            weights: Array(mean[(firstToken * positionCount)...]), tokenCount: tokenCount - firstToken,
            positionCount: positionCount)
    }
}
