/// Processes that compute together and send each other messages, each of which knows its number.
///
/// What has to be called by all ranks must be called by all of them in the same order, by one thread of each.
public protocol Communicator: Sendable {
    /// The number of this process, from 0.
    var rank: Int { get }
    /// How many processes there are.
    var rankCount: Int { get }
    /// What every rank hands in, in the order of the ranks. Called by all ranks.
    func allGather(_ bytes: [UInt8]) -> [[UInt8]]
    /// Copies the bytes of rank `root` into the buffers of all others. Called by all ranks, with buffers of one size.
    func broadcast(_ buffer: UnsafeMutableRawBufferPointer, from root: Int)
    /// Starts to send bytes, which nobody may change until `wait` returns. Transfers from one rank to another keep their order.
    func startSend(_ buffer: UnsafeRawBufferPointer, to rank: Int) -> Transfer
    /// Starts to receive as many bytes as the other rank sends, into memory that nobody may use until `wait` returns.
    func startReceive(_ buffer: UnsafeMutableRawBufferPointer, from rank: Int) -> Transfer
    /// Whether these transfers are done, which may not be asked again when they are. Only while this thread is in such a call they make progress.
    func areDone(_ transfers: [Transfer]) -> Bool
    /// Waits until these transfers are done.
    func wait(_ transfers: [Transfer])
}

/// A transfer that was started.
public struct Transfer: Sendable {
    /// What the communicator knows it by.
    public let bits: UInt64

    public init(bits: UInt64) { self.bits = bits }
}

/// One process by itself.
public struct SingleProcess: Communicator {
    public let rank = 0
    public let rankCount = 1

    public init() {}

    public func allGather(_ bytes: [UInt8]) -> [[UInt8]] { [bytes] }

    public func broadcast(_ buffer: UnsafeMutableRawBufferPointer, from root: Int) {}

    public func startSend(_ buffer: UnsafeRawBufferPointer, to rank: Int) -> Transfer {
        preconditionFailure("SingleProcess: nobody to send to")
    }

    public func startReceive(_ buffer: UnsafeMutableRawBufferPointer, from rank: Int) -> Transfer {
        preconditionFailure("SingleProcess: nobody to receive from")
    }

    public func areDone(_ transfers: [Transfer]) -> Bool { true }

    public func wait(_ transfers: [Transfer]) {}
}
