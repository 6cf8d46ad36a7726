import Autograd
import Models
import NeuralNetwork
import Tensors
import Text

/// The decoder of a model as a scorer of tokens, with cached keys and values for all hypotheses of one utterance.
public final class DecoderScorer: TokenScorer {
    private let model: SpeechTransformer
    private let keysValues: [Variable]
    private let encoderLengths: [Int]
    private let caches: [LayerCache]
    /// Rows of the batch: as many as there can be hypotheses, so that products of few sizes are prepared.
    private let rowCount: Int
    /// What an unused row is fed with.
    private let filler: Int32
    private var hypothesisCount = 1
    /// The tokens of each row that the decoder has not seen yet: at first the start sequence, then one.
    private var newTokens: [Int32]

    /// - Parameters:
    ///   - encoded: of one utterance
    ///   - tokenizer: says what a text begins with.
    ///   - maximumHypothesisCount: the beam size
    public init(
        _ model: SpeechTransformer, encoded: SpeechTransformer.EncoderOutput, tokenizer: some Tokenizer,
        maximumHypothesisCount: Int
    ) {
        self.model = model
        rowCount = maximumHypothesisCount
        keysValues = model.keysValues(encoded)
        encoderLengths = encoded.lengths
        caches = model.makeCaches(batch: rowCount, precision: encoded.value.tape.precision)
        filler = Int32(tokenizer.endOfSentence)
        let start = tokenizer.startSequence.map(Int32.init)
        newTokens = (0..<rowCount).flatMap { _ in start }
    }

    /// - Throws: `SearchError` for logits that are NaN or infinite: a softmax would hide them.
    public func scores() throws -> Tensor {
        var logits = model.decode(
            newTokens, batch: rowCount, keysValues: keysValues, encoderLengths: encoderLengths, caches: caches
        )  // [row, time, vocabulary]
        guard logits.value.isFinite else { throw SearchError.notFinite("the decoder") }
        if logits.value.shape[1] > 1 { logits = logits.tape.variable(logits.value.lastPositions) }
        return logits.logSoftmax().value.reshaped([rowCount, model.vocabularySize]).rows(0..<hypothesisCount)
    }

    public func select(parents: [Int], tokens: [Int]) {
        precondition(parents.count <= rowCount, "DecoderScorer: \(parents.count) hypotheses, room for \(rowCount)")
        hypothesisCount = parents.count
        let unused = rowCount - parents.count
        let rows = parents + Array(repeating: parents.first ?? 0, count: unused)
        for cache in caches { cache.reorder(rows) }
        newTokens = tokens.map(Int32.init) + Array(repeating: filler, count: unused)
    }
}

extension Tensor {
    /// The last position of each sequence: [batch, time, feature] -> [batch, 1, feature], float32.
    fileprivate var lastPositions: Tensor {
        let (batch, time, width) = (shape[0], shape[1], shape[2])
        let result = Tensor(uninitialized: [batch, 1, width])
        for row in 0..<batch {
            (result.floats + row * width).update(from: floats + ((row + 1) * time - 1) * width, count: width)
        }
        return result
    }
}
