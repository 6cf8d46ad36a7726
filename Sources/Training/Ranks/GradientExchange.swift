import Autograd
import CKernels
import MessagePassing
import Tensors

/// Adds up the gradients of all ranks: each rank gets from the others what they have of its own part of the parameters, and adds it in
/// the order of `GradientTree`, as one process would.
package final class GradientExchange {
    private let ranks: Ranks
    /// Of every rank.
    private let chunks: [[ParameterShares.Chunk]]
    /// The sum, [flatCount]; defined in this rank's part.
    package let sum: Tensor
    /// What was received for a chunk; one is added up while others are on their way.
    private var buffers: [Tensor] = []

    /// Chunks of each rank that are on their way at the same time. MPIs ask the receiver before they send a large message, and the answer
    /// stands behind what the receiver itself is sending: with two chunks between two ranks a link was busy in one direction at a time for
    /// half of the time. With many ranks there are enough messages.
    private let window: Int

    /// - Parameter pieces: of the parameters whose gradients are wanted.
    package init(_ ranks: Ranks, _ shares: ParameterShares, pieces: ParameterPieces, flatCount: Int) {
        self.ranks = ranks
        chunks = shares.chunks(of: pieces.pieces.map(\.range))
        window = max(2, 16 / max(1, ranks.count - 1))
        sum = Tensor(untouchedZeros: [flatCount])
    }

    /// Adds up gradients into this rank's part of `sum`.
    ///
    /// - Parameters:
    ///   - parts: this rank's sums, as `GradientTree` leaves them. What they hold is lost.
    ///   - leafCount: micro-batches of the whole batch.
    /// - Returns: the Euclidean norm over all parts of all ranks.
    package func callAsFunction(_ parts: [GradientTree.Sum], leafCount: Int, workers: WorkerPool) -> Float {
        let (own, communicator) = (chunks[ranks.rank], ranks.communicator)
        let nodes = (0..<ranks.count).map { rank in
            GradientTree.nodes(
                leafCount: leafCount, own: GradientTree.share(rank, of: ranks.count, leafCount: leafCount))
        }
        let ownValues = parts.map { (leaves: $0.leaves, values: $0.gradients.values) }
        let receivedCount = nodes.indices.reduce(0) { $0 + ($1 == ranks.rank ? 0 : nodes[$1].count) }
        makeBuffers(count: receivedCount * (own.map(\.range.count).max() ?? 0))

        var sends: [Transfer] = []
        var receives: [[Transfer]] = []
        func start(_ round: Int) {
            var received: [Transfer] = []
            if round < own.count {
                let count = own[round].range.count
                var place = buffers[round % window].floats
                for rank in nodes.indices where rank != ranks.rank {
                    for _ in nodes[rank] {
                        let buffer = UnsafeMutableRawBufferPointer(start: place, count: 4 * count)
                        received.append(communicator.startReceive(buffer, from: rank))
                        place += count
                    }
                }
            }
            receives.append(received)
            for rank in nodes.indices where rank != ranks.rank && round < chunks[rank].count {
                let range = chunks[rank][round].range
                for (_, values) in ownValues {
                    let buffer = UnsafeRawBufferPointer(start: values.floats + range.lowerBound, count: 4 * range.count)
                    sends.append(communicator.startSend(buffer, to: rank))
                }
            }
        }

        let roundCount = chunks.map(\.count).max() ?? 0
        var squares: [Double] = []
        ranks.timed { for round in 0..<min(window, roundCount) { start(round) } }
        for round in 0..<roundCount {
            ranks.timed { communicator.wait(receives[round]) }
            if round < own.count {
                squares += add(
                    own[round], ownValues, nodes, received: buffers[round % window], leafCount: leafCount, workers)
            }
            ranks.timed { if round + window < roundCount { start(round + window) } }
        }
        return ranks.timed {
            communicator.wait(sends)
            // The pieces of all ranks follow each other in their order.
            let all = communicator.allGather(squares.withUnsafeBytes { Array($0) }).flatMap { bytes in
                bytes.withUnsafeBytes { Array($0.bindMemory(to: Double.self)) }
            }
            return Float(all.reduce(0, +).squareRoot())
        }
    }

    /// Adds up a chunk of this rank, in pieces that workers take.
    ///
    /// - Returns: the sum of the squares of each piece.
    private func add(
        _ chunk: ParameterShares.Chunk, _ own: [(leaves: Range<Int>, values: Tensor)], _ nodes: [[Range<Int>]],
        received: Tensor, leafCount: Int, _ workers: WorkerPool
    ) -> [Double] {
        var memory: [Range<Int>: UnsafeMutablePointer<Float>] = [:]
        for (leaves, values) in own { memory[leaves] = values.floats + chunk.range.lowerBound }
        var place = received.floats
        for rank in nodes.indices where rank != ranks.rank {
            for leaves in nodes[rank] {
                memory[leaves] = place
                place += chunk.range.count
            }
        }
        let tree = ReceivedTree(memory: memory)
        let sum = sum
        return workers.map(itemCount: chunk.pieces.count) { item in
            let piece = chunk.pieces[item]
            let target = sum.floats + piece.lowerBound
            let result = tree.sum(
                0..<leafCount, offset: piece.lowerBound - chunk.range.lowerBound, count: piece.count)
            target.update(from: result, count: piece.count)
            return Kernels.table.sum_of_squares(target, Int64(piece.count))
        }
    }

    private func makeBuffers(count: Int) {
        if buffers.first?.count ?? -1 < count {
            buffers = (0..<window).map { _ in Tensor(uninitialized: [count]) }
        }
    }
}

/// The sums of all ranks for one chunk.
private struct ReceivedTree: @unchecked Sendable {
    /// By the micro-batches that they are sums of.
    let memory: [Range<Int>: UnsafeMutablePointer<Float>]

    /// Adds up some elements over some micro-batches, in place of the leftmost sum; other elements may be added at the same time.
    func sum(_ leaves: Range<Int>, offset: Int, count: Int) -> UnsafeMutablePointer<Float> {
        if let values = memory[leaves] { return values + offset }
        precondition(leaves.count > 1, "GradientExchange: nobody has micro-batch \(leaves.lowerBound)")
        let middle = GradientTree.middle(leaves)
        let left = sum(leaves.lowerBound..<middle, offset: offset, count: count)
        let right = sum(middle..<leaves.upperBound, offset: offset, count: count)
        Kernels.table.add_scaled(left, right, Int64(count), 1)
        return left
    }
}
