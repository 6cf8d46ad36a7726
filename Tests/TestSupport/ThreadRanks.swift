import MessagePassing
import Synchronization
import Tensors

/// Ranks that are threads of one process: what several processes do, without an MPI.
public final class ThreadRanks: @unchecked Sendable {
    private let condition = Condition()
    private let count: Int
    /// Messages that wait for their receiver, by sender and receiver.
    private var mail: [[[UInt8]]]
    /// What is gathered, of all rounds: ranks may be one round apart.
    private var gathered: [Int: [[UInt8]?]] = [:]
    private var takenCounts: [Int: Int] = [:]

    private init(count: Int) {
        self.count = count
        mail = Array(repeating: [], count: count * count)
    }

    /// Calls `body` on as many threads, each with its rank, and returns what they give, in their order.
    public static func run<Value: Sendable>(
        _ count: Int, _ body: @escaping @Sendable (any Communicator) throws -> Value
    ) -> [Result<Value, any Error>] {
        let world = ThreadRanks(count: count)
        let results = Mutex<[Result<Value, any Error>?]>(Array(repeating: nil, count: count))
        for rank in 0..<count {
            DetachedThread.start {
                let result = Result { try body(Rank(world: world, rank: rank)) }
                results.withLock { $0[rank] = result }
                world.condition.locked { world.condition.signalAll() }
            }
        }
        world.condition.locked {
            while !results.withLock({ $0.allSatisfy { $0 != nil } }) { world.condition.wait() }
        }
        return results.withLock { $0.map { $0! } }
    }

    /// One of them.
    private final class Rank: Communicator, @unchecked Sendable {
        private enum Started {
            case sent
            case receives(UnsafeMutableRawBufferPointer, from: Int)
        }

        private let world: ThreadRanks
        let rank: Int
        var rankCount: Int { world.count }
        private var gatherCount = 0
        private var started: [Started] = []

        init(world: ThreadRanks, rank: Int) {
            self.world = world
            self.rank = rank
        }

        func allGather(_ bytes: [UInt8]) -> [[UInt8]] {
            let round = gatherCount
            gatherCount += 1
            return world.condition.locked {
                world.gathered[round, default: Array(repeating: nil, count: world.count)][rank] = bytes
                world.condition.signalAll()
                while world.gathered[round]!.contains(where: { $0 == nil }) { world.condition.wait() }
                let all = world.gathered[round]!.map { $0! }
                world.takenCounts[round, default: 0] += 1
                if world.takenCounts[round] == world.count { world.gathered[round] = nil }
                return all
            }
        }

        func broadcast(_ buffer: UnsafeMutableRawBufferPointer, from root: Int) {
            let all = allGather(rank == root ? Array(buffer) : [])
            if rank != root { buffer.copyBytes(from: all[root]) }
        }

        func startSend(_ buffer: UnsafeRawBufferPointer, to rank: Int) -> Transfer {
            world.condition.locked {
                world.mail[self.rank * world.count + rank].append(Array(buffer))
                world.condition.signalAll()
            }
            return keep(.sent)
        }

        func startReceive(_ buffer: UnsafeMutableRawBufferPointer, from rank: Int) -> Transfer {
            keep(.receives(buffer, from: rank))
        }

        private func keep(_ transfer: Started) -> Transfer {
            started.append(transfer)
            return Transfer(bits: UInt64(started.count - 1))
        }

        /// - Precondition: as for `wait`.
        func areDone(_ transfers: [Transfer]) -> Bool {
            let senders = transfers.compactMap { transfer -> Int? in
                if case .receives(_, let sender) = started[Int(transfer.bits)] { sender } else { nil }
            }
            let areThere = world.condition.locked {
                Set(senders).allSatisfy { sender in
                    world.mail[sender * world.count + rank].count >= senders.count { $0 == sender }
                }
            }
            if areThere { wait(transfers) }
            return areThere
        }

        /// - Precondition: those of one sender are waited for in the order in which they were started.
        func wait(_ transfers: [Transfer]) {
            for transfer in transfers {
                guard case .receives(let buffer, let sender) = started[Int(transfer.bits)] else { continue }
                let place = sender * world.count + rank
                world.condition.locked {
                    while world.mail[place].isEmpty { world.condition.wait() }
                    let message = world.mail[place].removeFirst()
                    precondition(
                        message.count == buffer.count, "ThreadRanks: \(message.count) bytes for \(buffer.count)")
                    buffer.copyBytes(from: message)
                }
            }
        }
    }
}
