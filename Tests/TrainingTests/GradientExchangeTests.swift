import Autograd
import Numerics
import Tensors
import TestSupport
import Testing
import Training

/// The sum over ranks is that of one process, bit for bit.
@Suite struct GradientExchangeTests {
    /// Pieces of one and of several chunks, and small ones between.
    private static func store() throws -> ParameterStore {
        let store = ParameterStore()
        for (index, count) in [70_000, 3, 16, 500_000, 17].enumerated() {
            _ = store.declare("\(index)", shape: [count], .zeros)
        }
        try store.allocate()
        return store
    }

    /// The gradients of a micro-batch: numbers whose sum depends on the order in which they are added.
    private static func fill(_ gradients: ParameterGradients, leaf: Int, _ store: ParameterStore) {
        for parameter in store.parameters {
            var generator = RandomKey(seed: 1).derived(leaf).derived(parameter.name).generator
            let values = gradients.gradient(of: parameter).floats
            for index in 0..<parameter.count {
                let bits = generator.next()
                values[index] = (Float(bits >> 40) * 0x1p-24 - 0.5) * Float(1 << (bits % 12))
            }
        }
    }

    @Test(arguments: [1, 2, 3, 5, 8], [2, 3, 4, 6])
    func theSumIsThatOfOneProcess(leafCount: Int, rankCount: Int) throws {
        let store = try Self.store()
        let frozen = store.parameters[2].name
        @Sendable func isFrozen(_ parameter: Parameter) -> Bool { parameter.name == frozen }
        let pieces = ParameterPieces(store) { isFrozen($0) ? nil : LearningRule() }
        let workers = WorkerPool(threadCount: 2)

        let everything = GradientParts([0..<store.flatCount], of: store, isFrozen: isFrozen)
        let tree = GradientTree(leafCount: leafCount, everything, reusing: []) {
            ParameterGradients(for: store, isFrozen: isFrozen)
        }
        for index in 0..<leafCount {
            let leaf = tree.leaf(index)
            Self.fill(leaf.gradients, leaf: index, store)
            leaf.finish()
        }
        let whole = tree.sums
        let norm = GradientReduction(pieces)(whole, workers: workers)
        let expected = whole[0].values

        let shares = ParameterShares(ParameterPieces(store), rankCount: rankCount)
        let results = ThreadRanks.run(rankCount) { communicator -> (Float, [Range<Int>], Tensor) in
            let exchange = GradientExchange(
                Ranks(communicator), shares, pieces: pieces, of: store, isFrozen: isFrozen)
            let own = GradientTree.share(communicator.rank, of: rankCount, leafCount: leafCount)
            let workers = WorkerPool(threadCount: 1)
            var reused: [ParameterGradients] = []
            var norm: Float = 0
            for _ in 0..<2 {  // the second time with the memory of the first
                let tree = GradientTree(leafCount: leafCount, own: own, exchange.parts, reusing: reused) {
                    ParameterGradients(for: store, isFrozen: isFrozen)
                }
                exchange.begin(tree, leafCount: leafCount)
                workers.run(itemCount: own.count) { item in
                    let leaf = tree.leaf(own.lowerBound + item)
                    Self.fill(leaf.gradients, leaf: own.lowerBound + item, store)
                    for parameter in store.parameters.reversed() where !isFrozen(parameter) { leaf.finish(parameter) }
                } meanwhile: {
                    exchange.advanceUntilSent()
                }
                norm = exchange.finish()
                reused = tree.sums + tree.free
            }
            return (norm, shares.chunks()[communicator.rank].flatMap(\.pieces), exchange.sum)
        }
        var count = 0
        for result in results {
            let (rankNorm, owned, sum) = try result.get()
            #expect(rankNorm == norm)
            for piece in owned where !store.parameters[2].range.overlaps(piece) {
                count += piece.count
                #expect((piece).allSatisfy { sum.floats[$0] == expected.floats[$0] }, "\(piece)")
            }
        }
        #expect(count == store.parameterCount - store.parameters[2].count)
    }

    private struct Failure: Error, CustomStringConvertible {
        let description = "the recording is gone"
    }

    /// A micro-batch that fails: all ranks learn of it, and the next batch goes on as if nothing had been.
    @Test(arguments: [0, 2, 4]) func anErrorInAMicroBatchEndsTheBatchOnAllRanks(failing: Int) throws {
        let store = try Self.store()
        let shares = ParameterShares(ParameterPieces(store), rankCount: 3)
        let results = ThreadRanks.run(3) { communicator -> (String, Float) in
            let workers = GradientWorkers(
                store, precision: .float32, workers: WorkerPool(threadCount: 2), ranks: Ranks(communicator),
                shares: shares)
            func norm(failing: Int?) throws -> Float {
                try workers.gradient(microBatchCount: 5, key: RandomKey(seed: 1)) { index, tape, _ in
                    if index == failing { throw Failure() }
                    Self.fill(tape.gradients!, leaf: index, store)
                    return TrainingLoss()
                }.norm
            }
            let first = try norm(failing: nil)
            let error = #expect(throws: RankError.self) { try norm(failing: failing) }
            #expect(try norm(failing: nil) == first)
            return ("\(error!)", first)
        }
        // Of 5 micro-batches three ranks have one, two and two.
        let rank = [0: 0, 2: 1, 4: 2][failing]!
        for result in results {
            let (message, norm) = try result.get()
            #expect(message.hasPrefix("rank \(rank) on ") && message.hasSuffix("the recording is gone"), "\(message)")
            #expect(try norm == results[0].get().1)
        }
    }

    @Test(arguments: 1...9, 0...20) func sharesAreConsecutiveAndEqual(rankCount: Int, leafCount: Int) {
        let shares = (0..<rankCount).map { GradientTree.share($0, of: rankCount, leafCount: leafCount) }
        #expect(shares.flatMap { Array($0) } == Array(0..<leafCount))
        let counts = shares.map(\.count)
        // Each halving may leave one micro-batch more on one side.
        #expect(counts.max()! - counts.min()! <= (rankCount == 1 ? 0 : rankCount % 2 == 1 ? 1 : 2), "\(counts)")
        for share in shares where leafCount > 0 {
            #expect(GradientTree.nodes(leafCount: leafCount, own: share).flatMap { Array($0) } == Array(share))
        }
        // Halves of the tree: one sum to send, where there is one process for each.
        if [2, 4, 8].contains(rankCount) {
            #expect(shares.allSatisfy { GradientTree.nodes(leafCount: leafCount, own: $0).count <= 1 })
        }
    }

    /// Every element that learns has one owner, and owners have equal parts but for a chunk of 65,536 elements.
    @Test(arguments: [1, 2, 3, 7, 100]) func everyParameterHasAnOwner(rankCount: Int) throws {
        let store = try Self.store()
        let chunks = ParameterShares(ParameterPieces(store), rankCount: rankCount).chunks()
        #expect(chunks.count == rankCount)
        let pieces = chunks.flatMap { $0.flatMap(\.pieces) }.sorted { $0.lowerBound < $1.lowerBound }
        #expect(pieces.reduce(0) { $0 + $1.count } == store.parameterCount)
        #expect(zip(pieces, pieces.dropFirst()).allSatisfy { $0.upperBound <= $1.lowerBound })
        for own in chunks {
            let count = own.reduce(0) { $0 + $1.pieces.reduce(0) { $0 + $1.count } }
            #expect(abs(count - store.parameterCount / rankCount) <= 65_536)
            #expect(own.allSatisfy { $0.range.count <= 262_144 })
        }
    }
}

extension Parameter {
    /// Its elements of the flat memory.
    fileprivate var range: Range<Int> { offset..<offset + count }
}
