import Autograd
import CKernels
import Glibc
import MessagePassing
import Tensors

/// Adds up the gradients of all ranks: each rank gets from the others what they have of its own parts of the parameters, and adds it in
/// the order of `GradientTree`, as one process would.
///
/// Parts go on their way while the backward pass goes on, those of the last layers first.
package final class GradientExchange {
    private let ranks: Ranks
    /// What is exchanged, in this order, and which rank adds it up.
    private let chunks: [(owner: Int, chunk: ParameterShares.Chunk)]
    /// The places of this rank's among them.
    private let own: [Int]
    /// The chunks, as parts of the gradients that ranks hand in.
    package let parts: GradientParts
    /// The sum, [flatCount]; defined in this rank's chunks.
    package let sum: Tensor
    /// What was received for a chunk; one is added up while others are on their way.
    private var buffers: [Tensor] = []
    private var batch: Batch?

    /// Chunks that this rank receives at the same time. MPIs ask the receiver before they send a large message, and the answer
    /// stands behind what the receiver itself is sending: with two chunks between two ranks a link was busy in one direction at a time for
    /// half of the time. With many ranks there are enough messages.
    private let window: Int

    /// How far the exchange of a batch is.
    private struct Batch {
        let tree: GradientTree
        let leafCount: Int
        /// The sums that each rank is left with.
        let nodes: [[Range<Int>]]
        /// Chunks that were sent, or left here, of all; received and added up, of this rank's.
        var sentCount = 0
        var receivedCount = 0
        var addedCount = 0
        var receives: [[Transfer]] = []
        var sends: [Transfer] = []
        /// Sums of squares, of each piece.
        var squares: [Double] = []
        let start = ContinuousClock.now
    }

    /// - Parameters:
    ///   - pieces: of the parameters whose gradients are wanted.
    ///   - isFrozen: which parameters those are not.
    package init(
        _ ranks: Ranks, _ shares: ParameterShares, pieces: ParameterPieces, of store: ParameterStore,
        isFrozen: (Parameter) -> Bool = { _ in false }
    ) {
        self.ranks = ranks
        chunks = shares.chunks(of: pieces.pieces.map(\.range)).enumerated()
            .flatMap { owner, chunks in chunks.map { (owner, $0) } }
            .sorted { $0.1.range.lowerBound > $1.1.range.lowerBound }
        own = chunks.indices.filter { [chunks] in chunks[$0].owner == ranks.rank }
        parts = GradientParts(chunks.map(\.chunk.range), of: store, isFrozen: isFrozen)
        window = max(2, 16 / max(1, ranks.count - 1))
        sum = Tensor(untouchedZeros: [store.flatCount])
    }

    /// Begins with a batch of so many micro-batches, whose gradients a tree gets by and by. What they hold is lost.
    package func begin(_ tree: GradientTree, leafCount: Int) {
        let nodes = (0..<ranks.count).map { rank in
            GradientTree.nodes(
                leafCount: leafCount, own: GradientTree.share(rank, of: ranks.count, leafCount: leafCount))
        }
        let receivedCount = nodes.indices.reduce(0) { $0 + ($1 == ranks.rank ? 0 : nodes[$1].count) }
        makeBuffers(count: receivedCount * (own.map { chunks[$0].chunk.range.count }.max() ?? 0))
        batch = Batch(tree: tree, leafCount: leafCount, nodes: nodes)
    }

    /// Exchanges what is there until all that this rank has is on its way, while others compute it.
    package func advanceUntilSent() {
        while batch!.sentCount < chunks.count {
            // A look takes a moment from those who compute, so it is seldom before the last backward pass; decision 0025 has what it costs.
            if !advance() { usleep(batch!.sentCount == 0 ? 5000 : 500) }
        }
    }

    /// Waits for the rest, when all that this rank has is computed.
    ///
    /// - Returns: the Euclidean norm over all parts of all ranks.
    package func finish() -> Float {
        let end = ContinuousClock.now
        while batch!.addedCount < own.count || batch!.sentCount < chunks.count {
            if !advance() { sched_yield() }
        }
        let communicator = ranks.communicator
        communicator.wait(batch!.sends)
        // What each took to compute tells how long the others have waited for it.
        let computing = (end - batch!.start).inSeconds
        let all = communicator.allGather(([computing] + batch!.squares).withUnsafeBytes { Array($0) }).map { bytes in
            bytes.withUnsafeBytes { Array($0.bindMemory(to: Double.self)) }
        }
        batch = nil
        let elapsed = (ContinuousClock.now - end).inSeconds
        ranks.count(elapsed, waiting: all.map { $0[0] }.max()! - computing)
        return norm(ofSquares: all.map { Array($0.dropFirst()) })
    }

    /// Sends, receives and adds up what can be.
    ///
    /// - Returns: Whether there was anything.
    private func advance() -> Bool {
        var hasMoved = false
        while batch!.sentCount < chunks.count, batch!.tree.isComplete(part: batch!.sentCount) {
            send(chunks[batch!.sentCount])
            batch!.sentCount += 1
            hasMoved = true
        }
        while batch!.receives.count < min(own.count, batch!.addedCount + window) {
            receive(chunks[own[batch!.receives.count]].chunk)
            hasMoved = true
        }
        while batch!.receivedCount < batch!.receives.count,
            ranks.communicator.areDone(batch!.receives[batch!.receivedCount])
        {
            batch!.receivedCount += 1
            hasMoved = true
        }
        while batch!.addedCount < batch!.receivedCount, own[batch!.addedCount] < batch!.sentCount {
            add(chunks[own[batch!.addedCount]].chunk)
            batch!.addedCount += 1
            hasMoved = true
        }
        return hasMoved
    }

    /// Sends this rank's sums to the rank that adds them up.
    private func send(_ part: (owner: Int, chunk: ParameterShares.Chunk)) {
        guard part.owner != ranks.rank else { return }
        let range = part.chunk.range
        for node in batch!.tree.nodes {
            let start = batch!.tree.sum(node).memory.floats + range.lowerBound
            batch!.sends.append(
                ranks.communicator.startSend(
                    UnsafeRawBufferPointer(start: start, count: 4 * range.count), to: part.owner))
        }
    }

    /// Where what others have of a chunk is received: by their micro-batches.
    private func received(_ chunk: ParameterShares.Chunk, _ place: Int) -> [(
        rank: Int, leaves: Range<Int>, values: UnsafeMutablePointer<Float>
    )] {
        var values = buffers[place % window].floats
        return batch!.nodes.enumerated().filter { $0.offset != ranks.rank }.flatMap { rank, nodes in
            nodes.map { leaves in
                defer { values += chunk.range.count }
                return (rank, leaves, values)
            }
        }
    }

    private func receive(_ chunk: ParameterShares.Chunk) {
        let transfers = received(chunk, batch!.receives.count).map { rank, _, values in
            ranks.communicator.startReceive(
                UnsafeMutableRawBufferPointer(start: values, count: 4 * chunk.range.count), from: rank)
        }
        batch!.receives.append(transfers)
    }

    /// Adds up a chunk of this rank.
    private func add(_ chunk: ParameterShares.Chunk) {
        var memory: [Range<Int>: UnsafeMutablePointer<Float>] = [:]
        for node in batch!.tree.nodes { memory[node] = batch!.tree.sum(node).memory.floats + chunk.range.lowerBound }
        for (_, leaves, values) in received(chunk, batch!.addedCount) { memory[leaves] = values }
        let tree = ReceivedTree(memory: memory)
        for piece in chunk.pieces {
            let target = sum.floats + piece.lowerBound
            let result = tree.sum(
                0..<batch!.leafCount, offset: piece.lowerBound - chunk.range.lowerBound, count: piece.count)
            target.update(from: result, count: piece.count)
            batch!.squares.append(Kernels.table.sum_of_squares(target, Int64(piece.count)))
        }
    }

    /// The root of the sum of squares, which are added in the order of their pieces.
    ///
    /// - Parameter squares: of every rank, of the pieces of its chunks.
    private func norm(ofSquares squares: [[Double]]) -> Float {
        var pieces: [(start: Int, square: Double)] = []
        for (owner, squares) in squares.enumerated() {
            let starts = chunks.filter { $0.owner == owner }.flatMap { $0.chunk.pieces.map(\.lowerBound) }
            pieces += zip(starts, squares).map { ($0, $1) }
        }
        return Float(pieces.sorted { $0.start < $1.start }.reduce(0) { $0 + $1.square }.squareRoot())
    }

    private func makeBuffers(count: Int) {
        if buffers.first?.count ?? -1 < count {
            buffers = (0..<window).map { _ in Tensor(uninitialized: [count]) }
        }
    }
}

/// The sums of all ranks for one chunk.
private struct ReceivedTree {
    /// By the micro-batches that they are sums of.
    let memory: [Range<Int>: UnsafeMutablePointer<Float>]

    /// Adds up some elements over some micro-batches, in place of the leftmost sum.
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
