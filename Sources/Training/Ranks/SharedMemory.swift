import Autograd
import MessagePassing
import Tensors

/// Brings values of parameters from the ranks that own them to those that need them, and back.
struct SharedMemory {
    private let ranks: Ranks
    /// Of every rank, of all parameters that learn at any time.
    private let chunks: [[ParameterShares.Chunk]]

    /// Chunks that are on their way at the same time, of each rank or of all.
    private static let window = 16

    init(_ ranks: Ranks, _ shares: ParameterShares) {
        self.ranks = ranks
        chunks = shares.chunks()
    }

    /// Gives every rank the values that the others own.
    ///
    /// - Parameter values: [flatCount]
    func share(_ values: Tensor) {
        ranks.timed {
            transfer(roundCount: chunks.map(\.count).max() ?? 0) { round in
                chunks.indices.flatMap { owner -> [Transfer] in
                    guard round < chunks[owner].count else { return [] }
                    let range = chunks[owner][round].range
                    if owner != ranks.rank { return [receive(values.floats + range.lowerBound, range, from: owner)] }
                    return (0..<ranks.count).filter { $0 != owner }.map { send(values, range, to: $0) }
                }
            }
        }
    }

    /// Gives the first rank the values that this one, which is another, owns.
    ///
    /// - Parameter values: [flatCount], defined in this rank's part
    func give(_ values: Tensor) {
        let own = chunks[ranks.rank]
        transfer(roundCount: own.count) { [send(values, own[$0].range, to: 0)] }
    }

    /// Collects the values that the others own on this rank, the first one; they call `give`.
    ///
    /// - Parameters:
    ///   - values: [flatCount], defined in this rank's part; zero where no parameter learns
    ///   - append: gets all values, piece by piece.
    /// - Throws: what `append` throws, after the values of all ranks have come.
    func collect(_ values: Tensor, append: (UnsafeRawBufferPointer) throws -> Void) throws {
        let all = inOrder
        let size = all.map { $0.range.count }.max() ?? 0
        let buffers = (0..<Self.window).map { _ in Tensor(uninitialized: [size]) }
        var outcome = Result<Void, any Error>.success(())
        func appendIfPossible(_ start: UnsafeMutablePointer<Float>, _ count: Int) {
            outcome = outcome.flatMap { Result { try append(UnsafeRawBufferPointer(start: start, count: 4 * count)) } }
        }
        var end = 0
        transfer(roundCount: all.count) { round in
            let (owner, range) = all[round]
            return owner == 0 ? [] : [receive(buffers[round % Self.window].floats, range, from: owner)]
        } finished: { round in
            let (owner, range) = all[round]
            appendIfPossible(values.floats + end, range.lowerBound - end)
            appendIfPossible(
                owner == 0 ? values.floats + range.lowerBound : buffers[round % Self.window].floats, range.count)
            end = range.upperBound
        }
        appendIfPossible(values.floats + end, values.count - end)
        try outcome.get()
    }

    /// Gives each rank the values that it owns, from the first one.
    ///
    /// - Parameters:
    ///   - all: [flatCount], defined on the first rank
    ///   - values: gets this rank's part
    func distribute(_ all: Tensor, into values: Tensor) {
        guard ranks.isFirst else {
            let own = chunks[ranks.rank]
            return transfer(roundCount: own.count) {
                [receive(values.floats + own[$0].range.lowerBound, own[$0].range, from: 0)]
            }
        }
        let others = inOrder
        transfer(roundCount: others.count) { round in
            let (owner, range) = others[round]
            if owner != 0 { return [send(all, range, to: owner)] }
            (values.floats + range.lowerBound).update(from: all.floats + range.lowerBound, count: range.count)
            return []
        }
    }

    /// The chunks of all ranks, as they follow each other in memory.
    private var inOrder: [(owner: Int, range: Range<Int>)] {
        chunks.enumerated().flatMap { owner, chunks in chunks.map { (owner, $0.range) } }
            .sorted { $0.1.lowerBound < $1.1.lowerBound }
    }

    /// Starts the transfers of one round after the other, a few rounds ahead of those that are done.
    ///
    /// - Parameter finished: called for one round after the other, before the transfers of the round `window` later are started.
    private func transfer(
        roundCount: Int, _ start: (_ round: Int) -> [Transfer], finished: (_ round: Int) -> Void = { _ in }
    ) {
        var started: [[Transfer]] = []
        for round in 0..<roundCount + Self.window {
            if round >= Self.window, round - Self.window < roundCount {
                ranks.communicator.wait(started[round - Self.window])
                finished(round - Self.window)
            }
            if round < roundCount { started.append(start(round)) }
        }
    }

    private func send(_ values: Tensor, _ range: Range<Int>, to rank: Int) -> Transfer {
        ranks.communicator.startSend(
            UnsafeRawBufferPointer(start: values.floats + range.lowerBound, count: 4 * range.count), to: rank)
    }

    private func receive(_ values: UnsafeMutablePointer<Float>, _ range: Range<Int>, from rank: Int) -> Transfer {
        ranks.communicator.startReceive(
            UnsafeMutableRawBufferPointer(start: values, count: 4 * range.count), from: rank)
    }
}
