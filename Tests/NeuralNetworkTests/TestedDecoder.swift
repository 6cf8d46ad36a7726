import Autograd
import NeuralNetwork
import Numerics
import Tensors
import TestSupport
import Testing

/// A decoder of either kind, as the tests that both have see it.
protocol TestedDecoder {
    func keysValues(_ encoderOutput: Variable) -> [Variable]
    func callAsFunction(_ tokens: [Int32], batch: Int, keysValues: [Variable], encoderLengths: [Int]) -> Variable
}

extension LSTMDecoder: TestedDecoder {}
extension TransformerDecoder: TestedDecoder {}

/// The tokens of the decoders in these tests.
let vocabularySize = 11

/// Tokens of that vocabulary.
func randomTokens(_ count: Int, seed: UInt64 = 5) -> [Int32] {
    randomValues(count, seed: seed, in: 0...10.99).map { Int32($0) }
}

extension TestedDecoder {
    /// The logits of all positions in one pass, [batch, position, token].
    func logits(_ tokens: [Int32], batch: Int, memory: Tensor, lengths: [Int]) -> Tensor {
        self(tokens, batch: batch, keysValues: keysValues(Tape().variable(memory)), encoderLengths: lengths).value
    }

    /// Expects that teacher forcing lets no position see what it is to predict.
    func expectHiddenFuture(sourceLocation: SourceLocation = #_sourceLocation) {
        let memory = Tensor.random([1, 6, 8], seed: 2)
        let tokens = randomTokens(9)
        let full = logits(tokens, batch: 1, memory: memory, lengths: [6]).values
        for position in 1..<9 {
            var changed = tokens
            for later in position..<9 { changed[later] = (changed[later] + 3) % 11 }
            let count = position * vocabularySize
            let other = logits(changed, batch: 1, memory: memory, lengths: [6]).values
            #expect(other.prefix(count) == full.prefix(count), sourceLocation: sourceLocation)
            #expect(other != full, sourceLocation: sourceLocation)
        }
    }

    /// Expects that the gradients of a decoder of 3 tokens and 4 features agree with finite differences.
    func expectGradients(_ store: ParameterStore, sourceLocation: SourceLocation = #_sourceLocation) {
        store.randomize(seed: 1)
        TestSupport.expectGradients(
            [.random([2, 3, 4], seed: 2)], store: store, dropoutKey: RandomKey(seed: 3), step: 0x1p-6, tolerance: 5e-3,
            sourceLocation: sourceLocation
        ) { _, inputs in
            self([0, 2, 1, 1], batch: 2, keysValues: keysValues(inputs[0]), encoderLengths: [3, 2])
        }
    }
}

/// Expects that steps of so many positions give the logits of one pass over all of them.
///
/// - Parameters:
///   - tokens: [batch, position]
///   - full: [batch, position, token]
///   - step: the logits of some more positions, [batch, new position, token]
func expectSteps(
    _ counts: [Int], of tokens: [Int32], give full: Tensor, absolute: Float,
    sourceLocation: SourceLocation = #_sourceLocation, _ step: ([Int32]) -> Tensor
) {
    let (batch, count) = (full.shape[0], full.shape[1])
    let rows = full.reshaped([batch * count, vocabularySize])
    var first = 0
    for length in counts {
        let ends = (0..<batch).map { $0 * count + first + length }
        let y = step(ends.flatMap { tokens[$0 - length..<$0] })
        for row in 0..<batch {
            let start = row * count + first
            expectClose(
                y.rows(row..<row + 1).values, rows.rows(start..<start + length).values, absolute: absolute,
                "positions from \(first) on", sourceLocation: sourceLocation)
        }
        first += length
    }
}
