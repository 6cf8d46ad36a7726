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
    private var hypothesisCount = 1
    private var lastTokens: [Int32]

    /// - Parameters:
    ///   - encoded: of one utterance
    ///   - maximumHypothesisCount: the beam size
    public init(_ model: SpeechTransformer, encoded: SpeechTransformer.EncoderOutput, maximumHypothesisCount: Int) {
        self.model = model
        rowCount = maximumHypothesisCount
        keysValues = model.keysValues(encoded)
        encoderLengths = encoded.lengths
        caches = model.makeCaches(batch: rowCount, precision: encoded.value.tape.precision)
        lastTokens = Array(repeating: Int32(Vocabulary.startOfSentence), count: rowCount)
    }

    public func scores(candidates: [[Int]]?) -> [[Float]] {
        let logits = model.decode(
            lastTokens, batch: rowCount, keysValues: keysValues, encoderLengths: encoderLengths, caches: caches)
        let logProbabilities = logits.logSoftmax().value  // [row, 1, vocabulary]
        let size = model.vocabularySize
        return (0..<hypothesisCount).map {
            Array(UnsafeBufferPointer(start: logProbabilities.floats + $0 * size, count: size))
        }
    }

    public func select(parents: [Int], tokens: [Int]) {
        precondition(parents.count <= rowCount, "DecoderScorer: \(parents.count) hypotheses, room for \(rowCount)")
        hypothesisCount = parents.count
        let unused = rowCount - parents.count
        let rows = parents + Array(repeating: parents.first ?? 0, count: unused)
        for cache in caches { cache.reorder(rows) }
        lastTokens = tokens.map(Int32.init) + Array(repeating: Int32(Vocabulary.endOfSentence), count: unused)
    }
}
