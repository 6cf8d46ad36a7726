import Datasets
import FoundationEssentials
import Glibc
import MessagePassing
import Tensors

/// The processes that train one model together, each a part of every batch.
///
/// They agree before they exchange anything: each hands in what it has, or the error that it met. So an error of one ends all, at the
/// same place and with the same message.
package final class Ranks: @unchecked Sendable {
    let communicator: any Communicator
    /// The name of this process, for messages: `rank 2 on node7`.
    let name: String
    /// Seconds in which nothing was computed because messages were on their way, and because other ranks were not ready.
    private(set) var communicationInSeconds = 0.0
    private(set) var waitingInSeconds = 0.0

    package init(_ communicator: any Communicator) {
        self.communicator = communicator
        var host = [CChar](repeating: 0, count: 256)
        gethostname(&host, host.count - 1)
        let bytes = host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        name = "rank \(communicator.rank) on \(String(decoding: bytes, as: UTF8.self))"
    }

    var rank: Int { communicator.rank }
    var count: Int { communicator.rankCount }
    /// Whether this is the rank that writes files and tells what happens.
    var isFirst: Bool { rank == 0 }
    /// Whether there are others.
    var areSeveral: Bool { count > 1 }

    // A gathered message begins with one of these.
    private static let success: UInt8 = 0
    private static let failure: UInt8 = 1

    /// What every rank hands in, in the order of the ranks. Called by all ranks.
    ///
    /// - Throws: the error of the first rank that handed in one, on all ranks.
    func gather(_ own: Result<[UInt8], any Error>) throws -> [[UInt8]] {
        guard areSeveral else { return [try own.get()] }
        let message: [UInt8] =
            switch own {
            case .success(let bytes): [Self.success] + bytes
            case .failure(let error): [Self.failure] + Array("\(name): \(error)".utf8)
            }
        let start = ContinuousClock.now
        let all = communicator.allGather(message)
        waitingInSeconds += (ContinuousClock.now - start).inSeconds
        if let failed = all.first(where: { $0.first == Self.failure }) {
            throw RankError(description: String(decoding: failed.dropFirst(), as: UTF8.self))
        }
        return all.map { Array($0.dropFirst()) }
    }

    /// Tells all other ranks, which wait for this one somewhere, of an error.
    ///
    /// - Returns: the error that all ranks end with.
    func tell(_ error: any Error) -> any Error {
        // All ranks have that one.
        guard areSeveral, !(error is RankError) else { return error }
        do {
            _ = try gather(.failure(error))
            return error
        } catch {
            return error
        }
    }

    /// Waits until all ranks are here.
    func meet() throws { _ = try gather(.success([])) }

    /// What `body` gives on the first rank, on all ranks.
    func fromFirst<Value: Codable>(_ body: () throws -> Value) throws -> Value {
        guard areSeveral else { return try body() }
        let own = Result { () -> [UInt8] in isFirst ? [UInt8](try JSONEncoder().encode([body()])) : [] }
        return try JSONDecoder().decode([Value].self, from: Data(gather(own)[0]))[0]
    }

    /// Whether this holds on any rank.
    func any(_ condition: Bool) throws -> Bool {
        guard areSeveral else { return condition }
        return try gather(.success([condition ? 1 : 0])).contains([1])
    }

    /// Refuses ranks whose bytes differ from those of the first one.
    ///
    /// - Parameter reason: what is wrong then, behind the names of these ranks.
    func check(_ bytes: [UInt8], _ reason: String) throws {
        let all = try gather(.success(bytes))
        let names = try gather(.success(Array(name.utf8)))
        let others = zip(all, names).filter { $0.0 != all[0] }.map { String(decoding: $0.1, as: UTF8.self) }
        guard !others.isEmpty else { return }
        let listed =
            others.prefix(8).joined(separator: ", ") + (others.count > 8 ? " and \(others.count - 8) more" : "")
        throw RankError(description: "\(listed): \(reason)")
    }

    /// Gives every rank all values of the first one. Called by all ranks.
    func broadcast(_ values: Tensor) {
        guard areSeveral else { return }
        communicator.broadcast(UnsafeMutableRawBufferPointer(start: values.pointer, count: 4 * values.count), from: 0)
    }

    /// The sum of all losses of all ranks, in their order.
    func sum(_ own: Result<[TrainingLoss], any Error>) throws -> TrainingLoss {
        guard areSeveral else { return try own.get().reduce(into: TrainingLoss()) { $0 += $1 } }
        let bytes = try gather(own.map { $0.flatMap(\.bytes) }).flatMap { $0 }
        return TrainingLoss.all(bytes: bytes).reduce(into: TrainingLoss()) { $0 += $1 }
    }

    /// Counts seconds in which nothing was computed.
    ///
    /// - Parameter waiting: how many of them other ranks were not ready.
    func count(_ seconds: Double, waiting: Double) {
        let waiting = min(seconds, waiting)
        waitingInSeconds += waiting
        communicationInSeconds += seconds - waiting
    }

    /// Runs what exchanges messages, and counts its seconds.
    func timed<Value>(_ body: () -> Value) -> Value {
        let start = ContinuousClock.now
        defer { communicationInSeconds += (ContinuousClock.now - start).inSeconds }
        return body()
    }
}

/// An error of one rank that ends all of them.
public struct RankError: Error, CustomStringConvertible {
    public let description: String
}
