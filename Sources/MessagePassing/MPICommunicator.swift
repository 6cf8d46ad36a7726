import CMPI

/// The processes of MPI_COMM_WORLD.
struct MPICommunicator: Communicator, @unchecked Sendable {
    let rank: Int
    let rankCount: Int
    private let table: UnsafePointer<asr_mpi>

    /// Bytes of one message, at most: MPI counts with 32 bits.
    private static let largestMessage = 1 << 26

    /// - Parameter table: of a library that is initialised.
    init(_ table: UnsafePointer<asr_mpi>) {
        self.table = table
        rank = Int(table.pointee.rank())
        rankCount = Int(table.pointee.rank_count())
    }

    func allGather(_ bytes: [UInt8]) -> [[UInt8]] {
        // First how many bytes each rank has.
        var own = Int32(bytes.count)
        var counts = [Int32](repeating: 0, count: rankCount)
        let sizes = [Int32](repeating: 4, count: rankCount)
        table.pointee.all_gather(&own, 4, sizes, (0..<Int32(rankCount)).map { 4 * $0 }, &counts)
        var offsets: [Int32] = []
        var total: Int32 = 0
        for count in counts {
            offsets.append(total)
            total += count
        }
        var all = [UInt8](repeating: 0, count: Int(total))
        table.pointee.all_gather(bytes, own, counts, offsets, &all)
        return zip(offsets, counts).map { Array(all[Int($0)..<Int($0 + $1)]) }
    }

    func broadcast(_ buffer: UnsafeMutableRawBufferPointer, from root: Int) {
        for start in stride(from: 0, to: buffer.count, by: Self.largestMessage) {
            let count = min(Self.largestMessage, buffer.count - start)
            table.pointee.broadcast(buffer.baseAddress! + start, Int32(count), Int32(root))
        }
    }

    func startSend(_ buffer: UnsafeRawBufferPointer, to rank: Int) -> Transfer {
        precondition(buffer.count <= Self.largestMessage, "MPICommunicator: a message of \(buffer.count) bytes")
        return Transfer(bits: table.pointee.start_send(buffer.baseAddress, Int32(buffer.count), Int32(rank)))
    }

    func startReceive(_ buffer: UnsafeMutableRawBufferPointer, from rank: Int) -> Transfer {
        precondition(buffer.count <= Self.largestMessage, "MPICommunicator: a message of \(buffer.count) bytes")
        return Transfer(bits: table.pointee.start_receive(buffer.baseAddress, Int32(buffer.count), Int32(rank)))
    }

    func areDone(_ transfers: [Transfer]) -> Bool {
        let requests = transfers.map(\.bits)
        return table.pointee.are_done(requests, Int32(requests.count)) != 0
    }

    func wait(_ transfers: [Transfer]) {
        let requests = transfers.map(\.bits)
        table.pointee.wait(requests, Int32(requests.count))
    }
}
