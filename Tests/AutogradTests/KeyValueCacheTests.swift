import Autograd
import Tensors
import TestSupport
import Testing

/// Attention over cached keys and values against `attention` over the same ones in one piece, which is tested against PyTorch.
@Suite struct KeyValueCacheTests {
    /// What `attention` makes of queries, keys and values side by side, [batch, time, 3 * model].
    private func whole(_ projected: Tensor, headCount: Int) -> Tensor {
        let (tape, model) = (Tape(), projected.shape[2] / 3)
        let x = tape.variable(projected)
        return attention(
            query: AttentionInput(x), key: AttentionInput(x, offset: model),
            value: AttentionInput(x, offset: 2 * model), modelDimension: model, headCount: headCount,
            mask: .causal()
        ).value
    }

    /// Positions `range` of each sequence.
    private func positions(_ range: Range<Int>, of x: Tensor) -> Tensor {
        let (batch, time, width) = (x.shape[0], x.shape[1], x.shape[2])
        let values = x.values
        return Tensor(
            (0..<batch).flatMap { (b: Int) -> ArraySlice<Float> in
                let start = b * time
                return values[(start + range.lowerBound) * width..<(start + range.upperBound) * width]
            }, shape: [batch, range.count, width])
    }

    // One position after the other and several at once, beyond the first 64 and beyond 512; heads of whole vectors and others.
    @Test(
        arguments: [(model: 128, heads: 2), (24, 2), (6, 3)],
        [[Int](repeating: 1, count: 90), [3, 17, 50, 1, 19], [60, 470, 1]])
    func ownPositions(size: (model: Int, heads: Int), steps: [Int]) {
        let (batch, time) = (3, steps.reduce(0, +))
        let projected = Tensor.random([batch, time, 3 * size.model], seed: 1)
        let expected = whole(projected, headCount: size.heads)
        let cache = KeyValueCache(batch: batch, modelDimension: size.model, headCount: size.heads)
        var done = 0
        for step in steps {
            let x = positions(done..<done + step, of: projected)
            cache.append(x, firstColumn: size.model)
            let y = cache.attention(Tape().variable(x), isCausal: true).value
            #expect(y.shape == [batch, step, size.model])
            expectClose(
                y.values, positions(done..<done + step, of: expected).values, absolute: 2e-6, "from \(done) on")
            done += step
        }
        #expect(cache.count == time)
    }

    // Whoever continues whom, among three sequences, and with fewer and more of them.
    @Test(arguments: (0..<27).map { [$0 % 3, $0 / 3 % 3, $0 / 9] } + [[1], [2, 0], [0, 2, 2, 1, 0]])
    func reordering(parents: [Int]) {
        let projected = Tensor.random([3, 20, 24], seed: 2)
        let next = Tensor.random([parents.count, 1, 24], seed: 3)
        let cache = KeyValueCache(batch: 3, modelDimension: 8, headCount: 2)
        cache.append(projected, firstColumn: 8)
        cache.reorder(parents)
        #expect(cache.batch == parents.count)
        cache.append(next, firstColumn: 8)
        let y = cache.attention(Tape().variable(next), isCausal: true).value
        for (row, parent) in parents.enumerated() {
            let alone = KeyValueCache(batch: 1, modelDimension: 8, headCount: 2)
            alone.append(projected.rows(parent..<parent + 1), firstColumn: 8)
            alone.append(next.rows(row..<row + 1), firstColumn: 8)
            let expected = alone.attention(Tape().variable(next.rows(row..<row + 1)), isCausal: true).value
            #expect(y.rows(row..<row + 1).values == expected.values, "sequence \(row)")
        }
    }

    // Each sequence has its own encoder output, of its own length.
    @Test func encoderOutputs() {
        let (model, time, lengths) = (48, 300, [300, 17, 1])
        let projected = Tensor.random([3, time, 2 * model], seed: 4)
        let queries = Tensor.random([3, 4, model], seed: 5)
        let tape = Tape()
        let keysValues = tape.variable(projected)
        let expected = attention(
            query: AttentionInput(tape.variable(queries)), key: AttentionInput(keysValues),
            value: AttentionInput(keysValues, offset: model), modelDimension: model, headCount: 3,
            mask: .padding(lengths: lengths)
        ).value
        let cache = KeyValueCache(projected, headCount: 3, lengths: lengths)
        expectClose(
            cache.attention(tape.variable(queries), isCausal: false).value.values, expected.values, absolute: 2e-6)
    }

    // The hypotheses of a beam see one encoder output; what one gets does not depend on the others, nor on threads.
    @Test func hypothesesOfOneUtterance() {
        let model = 384
        let cache = KeyValueCache(Tensor.random([1, 700, 2 * model], seed: 6), headCount: 6, lengths: [690])
        let queries = Tensor.random([13, 1, model], seed: 7)
        let together = cache.attention(Tape().variable(queries), isCausal: false).value
        for count in 1...13 {
            let few = cache.attention(Tape().variable(queries.rows(13 - count..<13)), isCausal: false).value
            #expect(few.values == together.rows(13 - count..<13).values, "\(count) hypotheses")
        }
        let shared = SharedWork.among(WorkerPool(threadCount: 3)) {
            cache.attention(Tape().variable(queries), isCausal: false).value
        }
        #expect(shared.values == together.values)
    }

    // A position that stands for three is as if it were there three times.
    @Test func weightedKeys() {
        let model = 8
        let some = Tensor.random([1, 5, 2 * model], seed: 8)
        let copies = Tensor(
            some.values + (0..<2).flatMap { _ in some.reshaped([5, 2 * model]).rows(3..<5).values },
            shape: [1, 9, 2 * model])
        let query = Tape().variable(.random([1, 1, model], seed: 9))
        let weighted = KeyValueCache(
            some, headCount: 2, lengths: [5], keyWeights: KeyWeights(first: 3, weight: 3))
        let all = KeyValueCache(copies, headCount: 2, lengths: [9])
        expectClose(
            weighted.attention(query, isCausal: false).value.values, all.attention(query, isCausal: false).value.values,
            absolute: 1e-6)
    }

    // What is recorded are the weights of every head, whose sum is 1.
    @Test func recordedWeights() {
        let cache = KeyValueCache(Tensor.random([1, 21, 16], seed: 10), headCount: 2, lengths: [21])
        let recorder = AttentionRecorder()
        let tape = Tape(attentionRecorder: recorder)
        _ = cache.attention(tape.variable(.random([1, 3, 8], seed: 11)), isCausal: false)
        #expect(recorder.weights.map(\.shape) == [[1, 2, 3, 21]])
        let weights = recorder.weights[0].values
        for row in 0..<6 { expectClose([weights[row * 21..<(row + 1) * 21].reduce(0, +)], [1], absolute: 1e-6) }
    }
}
