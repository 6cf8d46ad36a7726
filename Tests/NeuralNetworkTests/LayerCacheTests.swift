import Autograd
import NeuralNetwork
import Tensors
import TestSupport
import Testing

/// The cache as self-attention fills it; TransformerDecoderTests shows that decoding with it is right.
@Suite struct LayerCacheTests {
    private let configuration = TransformerConfiguration(modelDimension: 2, headCount: 1, dropout: 0)

    /// Self-attention that projects x to [query 0, key x, value 10 x].
    private func attention() -> SelfAttention {
        let store = ParameterStore()
        let layer = SelfAttention(store, "attention", configuration)
        store.initialize(seed: 1)
        store.set("attention.query_key_value.weight", [0, 0, 0, 0, 1, 0, 0, 1, 10, 0, 0, 10])
        store.set("attention.output.weight", [1, 0, 0, 1])
        return layer
    }

    private func append(_ values: [Float], batch: Int, to cache: LayerCache) {
        let x = Tensor(values, shape: [batch, values.count / batch / 2, 2])
        _ = attention()(Tape().variable(x), mask: .causal(), cache: cache)
    }

    @Test func holdsKeysAndValues() {
        let cache = LayerCache(batch: 2, modelDimension: 2, elementType: .float32)
        #expect(cache.count == 0)
        append([1, 2, 3, 4], batch: 2, to: cache)
        append([5, 6, 7, 8], batch: 2, to: cache)
        #expect(cache.count == 2)
        #expect(cache.keysValues.shape[0] == 2 && cache.keysValues.shape[2] == 4)
        let rows = (0..<2).map { Array(cache.keysValues.rows($0..<$0 + 1).values.prefix(3 * 4)) }
        #expect(rows[0] == [1, 2, 10, 20, 5, 6, 50, 60, 0, 0, 0, 0])
        #expect(rows[1] == [3, 4, 30, 40, 7, 8, 70, 80, 0, 0, 0, 0])
    }

    // Rounded up to 16 and never beyond what the cache has, across its growth from 64.
    @Test func usedRows() {
        let cache = LayerCache(batch: 1, modelDimension: 2, elementType: .float32)
        for count in 1...150 {
            append([Float(count), 0], batch: 1, to: cache)
            #expect(cache.usedRowCount >= count && cache.usedRowCount < count + 16 && cache.usedRowCount % 16 == 0)
            #expect(cache.usedRowCount <= cache.keysValues.shape[1])
        }
        let keys = cache.keysValues.values
        #expect((0..<150).map { keys[$0 * 4] } == (1...150).map { Float($0) })
    }

    /// Whoever continues whom, among three hypotheses.
    @Test(arguments: 0..<27) func everyReordering(number: Int) {
        let parents = [number % 3, number / 3 % 3, number / 9]
        let cache = LayerCache(batch: 3, modelDimension: 2, elementType: .float32)
        append([1, 0, 2, 0, 3, 0], batch: 3, to: cache)
        append([4, 0, 5, 0, 6, 0], batch: 3, to: cache)
        let before = (0..<3).map { cache.keysValues.rows($0..<$0 + 1).values }
        cache.reorder(parents)
        #expect((0..<3).map { cache.keysValues.rows($0..<$0 + 1).values } == parents.map { before[$0] })
    }

    @Test func reordering() {
        let cache = LayerCache(batch: 3, modelDimension: 2, elementType: .float32)
        append([1, 0, 2, 0, 3, 0], batch: 3, to: cache)
        let unchanged = cache.keysValues.storage
        cache.reorder([0, 1, 2])
        #expect(cache.keysValues.storage === unchanged, "nothing to move")
        cache.reorder([2, 0, 2])
        #expect((0..<3).map { cache.keysValues.rows($0..<$0 + 1).values[0] } == [3, 1, 3])
        cache.reorder([1])
        #expect(cache.keysValues.shape[0] == 1)
        #expect(cache.keysValues.values[0] == 1)
        append([9, 0], batch: 1, to: cache)
        #expect(cache.count == 2)
        #expect(cache.keysValues.values[4] == 9)
    }
}
