import Autograd
import MessagePassing
import Tensors

/// Brings values of parameters from the ranks that own them to those that need them, and back.
struct SharedMemory {
    private let ranks: Ranks
    /// Of every rank, of all parameters that learn at any time.
    private let chunks: [[ParameterShares.Chunk]]

    /// Chunks of each rank that are on their way at the same time.
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
            transfer { round in
                chunks.indices.flatMap { owner -> [Transfer] in
                    guard round < chunks[owner].count else { return [] }
                    let range = chunks[owner][round].range
                    if owner != ranks.rank { return [receive(values, range, from: owner)] }
                    return (0..<ranks.count).filter { $0 != owner }.map { send(values, range, to: $0) }
                }
            }
        }
    }

    /// Gives the first rank the values that the others own.
    ///
    /// - Parameters:
    ///   - values: [flatCount], defined in this rank's part
    ///   - all: [flatCount] on the first rank, which gets them all
    func collect(_ values: Tensor, into all: Tensor) {
        if ranks.isFirst { copyOwn(values, to: all) }
        transfer { round in
            guard ranks.isFirst else {
                return round < chunks[ranks.rank].count ? [send(values, chunks[ranks.rank][round].range, to: 0)] : []
            }
            return chunks.indices.dropFirst().filter { round < chunks[$0].count }.map {
                receive(all, chunks[$0][round].range, from: $0)
            }
        }
    }

    /// Gives each rank the values that it owns, from the first one.
    ///
    /// - Parameters:
    ///   - all: [flatCount], defined on the first rank
    ///   - values: gets this rank's part
    func distribute(_ all: Tensor, into values: Tensor) {
        if ranks.isFirst { copyOwn(all, to: values) }
        transfer { round in
            guard ranks.isFirst else {
                return round < chunks[ranks.rank].count
                    ? [receive(values, chunks[ranks.rank][round].range, from: 0)] : []
            }
            return chunks.indices.dropFirst().filter { round < chunks[$0].count }.map {
                send(all, chunks[$0][round].range, to: $0)
            }
        }
    }

    /// Copies what this rank owns.
    private func copyOwn(_ values: Tensor, to others: Tensor) {
        for range in chunks[ranks.rank].map(\.range) {
            (others.floats + range.lowerBound).update(from: values.floats + range.lowerBound, count: range.count)
        }
    }

    /// Starts the transfers of one round after the other, a few rounds ahead of those that are done.
    private func transfer(_ start: (_ round: Int) -> [Transfer]) {
        let roundCount = chunks.map(\.count).max() ?? 0
        var started: [[Transfer]] = []
        for round in 0..<roundCount {
            started.append(start(round))
            if round >= Self.window { ranks.communicator.wait(started[round - Self.window]) }
        }
        for transfers in started.suffix(Self.window) { ranks.communicator.wait(transfers) }
    }

    private func send(_ values: Tensor, _ range: Range<Int>, to rank: Int) -> Transfer {
        ranks.communicator.startSend(
            UnsafeRawBufferPointer(start: values.floats + range.lowerBound, count: 4 * range.count), to: rank)
    }

    private func receive(_ values: Tensor, _ range: Range<Int>, from rank: Int) -> Transfer {
        ranks.communicator.startReceive(
            UnsafeMutableRawBufferPointer(start: values.floats + range.lowerBound, count: 4 * range.count), from: rank)
    }
}
