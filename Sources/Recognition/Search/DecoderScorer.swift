import Autograd
import Models
import NeuralNetwork
import Tensors
import Text

/// The decoder of a model as a scorer of tokens, with what it knows of all hypotheses of one utterance.
public final class DecoderScorer: TokenScorer {
    private let network: EncoderDecoder
    private let memory: DecoderMemory
    private let state: DecoderState
    private let precision: InferencePrecision
    /// Rows of the batch: as many as there can be hypotheses, so that products of few sizes are prepared.
    private let rowCount: Int
    /// What an unused row is fed with.
    private let filler: Int32
    private let rules: (any TokenRules)?
    private let observedPosition: Int?
    /// The logits behind the observed position of the start sequence, [token], before any rules; nil before the first scores.
    public private(set) var observedLogits: [Float]?
    /// The tokens of each row that the decoder has not seen yet: at first the start sequence of the only row, then one.
    private var newTokens: [Int32]
    /// What each hypothesis has written.
    private var written: [[Int]] = [[]]

    /// - Parameters:
    ///   - memory: what the decoder needs of the encoder output of one utterance: `EncoderDecoder.decoderMemory`.
    ///   - precision: of the computation
    ///   - start: what the decoder sees before the first token
    ///   - filler: any token
    ///   - maximumHypothesisCount: the beam size
    ///   - rules: what may be next; nil: anything.
    ///   - observedPosition: a place in `start`, whose `observedLogits` are kept; nil: none.
    public init(
        _ network: EncoderDecoder, memory: DecoderMemory, precision: InferencePrecision, start: [Int], filler: Int,
        maximumHypothesisCount: Int, rules: (any TokenRules)? = nil, observedPosition: Int? = nil
    ) {
        precondition(!start.isEmpty, "DecoderScorer: an empty start sequence")
        self.observedPosition = observedPosition
        self.network = network
        self.memory = memory
        self.precision = precision
        self.rules = rules
        self.filler = Int32(filler)
        rowCount = maximumHypothesisCount
        // Until the first token all hypotheses are the same.
        state = network.decoderState(batch: 1)
        newTokens = start.map(Int32.init)
    }

    /// A scorer that begins with the start sequence of a tokenizer.
    ///
    /// - Parameters:
    ///   - encoded: of one utterance
    ///   - maximumHypothesisCount: the beam size
    public convenience init(
        _ network: EncoderDecoder, encoded: EncoderDecoder.EncoderOutput, tokenizer: some Tokenizer,
        maximumHypothesisCount: Int
    ) {
        self.init(
            network, memory: network.decoderMemory(encoded), precision: encoded.value.tape.inferencePrecision,
            start: tokenizer.startSequence, filler: tokenizer.endOfSentence,
            maximumHypothesisCount: maximumHypothesisCount)
    }

    /// - Throws: `SearchError` for logits that are NaN or infinite: a softmax would hide them.
    public func scores() throws -> Tensor {
        let batch = state.batch
        let last = newTokens.count / batch - 1
        let observed = observedLogits == nil ? observedPosition : nil
        var logits = network.decode(
            newTokens, batch: batch, memory: memory, state: state, on: Tape(precision),
            wanted: observed.map { $0 < last ? [$0, last] : [last] } ?? [last]
        )  // [row, 1 or 2, vocabulary]
        guard logits.value.isFinite else { throw SearchError.notFinite("the decoder") }
        if observed != nil {
            let values = logits.value.reshaped([logits.value.shape[1], network.vocabularySize])
            observedLogits = values.rows(0..<1).values
            logits = logits.tape.variable(values.rows(values.shape[0] - 1..<values.shape[0]))
        }
        if let rules {
            SharedWork.forEachPiece(count: written.count, size: 1) { rows in
                for row in rows {
                    let first = logits.value.floats + row * network.vocabularySize
                    rules.apply(
                        to: UnsafeMutableBufferPointer(start: first, count: network.vocabularySize), after: written[row]
                    )
                }
            }
        }
        return logits.logSoftmax().value.reshaped([batch, network.vocabularySize]).rows(0..<written.count)
    }

    public func select(parents: [Int], tokens: [Int]) {
        precondition(parents.count <= rowCount, "DecoderScorer: \(parents.count) hypotheses, room for \(rowCount)")
        if rules != nil {
            written = zip(parents, tokens).map { written[$0] + [$1] }
        } else {
            written = Array(repeating: [], count: parents.count)
        }
        let unused = rowCount - parents.count
        let rows = parents + Array(repeating: parents.first ?? 0, count: unused)
        state.reorder(rows)
        newTokens = tokens.map(Int32.init) + Array(repeating: filler, count: unused)
    }
}
