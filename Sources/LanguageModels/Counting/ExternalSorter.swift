import Files

/// Sorts any number of keys with counts in bounded memory: sorted runs go to a file without a name, and are merged when they are
/// read. Equal keys become one, with the sum of their counts.
final class ExternalSorter {
    struct Record {
        var key: UInt128
        var count: UInt64
    }

    private let folder: String
    private let capacity: Int
    private let buffer: UnsafeMutableBufferPointer<Record>
    private var filled = 0
    private var file: UnnamedFile?
    /// Where each run is in the file, in records.
    private var runs: [Range<Int>] = []

    /// - Parameters:
    ///   - folder: where space is taken if memory is not enough.
    ///   - byteCount: of memory.
    init(folder: String, byteCount: Int) {
        self.folder = folder
        capacity = max(1_024, byteCount / MemoryLayout<Record>.stride)
        buffer = .allocate(capacity: capacity)
    }

    deinit { buffer.deallocate() }

    /// - Throws: `FileWriteError` when the disk is full.
    func add(_ key: UInt128, count: UInt64 = 1) throws {
        if filled == capacity {
            combine()
            // Where much of it was the same, there is room again.
            if filled > capacity / 2 { try spill() }
        }
        buffer.initializeElement(at: filled, to: Record(key: key, count: count))
        filled += 1
    }

    /// Calls `body` with every record, in the order of the keys. Nothing can be added afterwards.
    ///
    /// - Throws: `FileWriteError`, `FileReadError`; what `body` throws.
    func visit(_ body: (Record) throws -> Void) throws {
        combine()
        guard let file else {
            for index in 0..<filled { try body(buffer[index]) }
            return
        }
        if filled > 0 { try spill() }
        // All runs share the buffer.
        let share = max(1, capacity / runs.count)
        var readers = runs.enumerated().map { number, run in
            RunReader(
                file: file, left: run,
                block: UnsafeMutableBufferPointer(rebasing: buffer[number * share..<(number + 1) * share]))
        }
        var heap: [(key: UInt128, run: Int)] = []
        for index in readers.indices {
            if let key = try readers[index].current()?.key { insert((key, index), into: &heap) }
        }
        while let first = heap.last {
            var record = Record(key: first.key, count: 0)
            while let next = heap.last, next.key == record.key {
                heap.removeLast()
                record.count += try readers[next.run].current()!.count
                readers[next.run].advance()
                if let key = try readers[next.run].current()?.key { insert((key, next.run), into: &heap) }
            }
            try body(record)
        }
    }

    /// Sorts what is in memory and adds up equal keys.
    private func combine() {
        guard filled > 0 else { return }
        let records = UnsafeMutableBufferPointer(rebasing: buffer[..<filled])
        RadixSort.sort(records)
        var last = 0
        for index in 1..<max(1, filled) {
            if records[index].key == records[last].key {
                records[last].count += records[index].count
            } else {
                last += 1
                records[last] = records[index]
            }
        }
        filled = last + 1
    }

    private func spill() throws {
        let file = try self.file ?? UnnamedFile(folder: folder, name: "sorting")
        self.file = file
        let offset = try file.append(UnsafeRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer[..<filled])))!
        let first = offset / MemoryLayout<Record>.stride
        runs.append(first..<first + filled)
        filled = 0
    }

    /// Keeps the smallest key last; there are few runs.
    private func insert(_ entry: (key: UInt128, run: Int), into heap: inout [(key: UInt128, run: Int)]) {
        var low = 0
        var high = heap.count
        while low < high {
            let middle = (low + high) / 2
            if heap[middle].key > entry.key { low = middle + 1 } else { high = middle }
        }
        heap.insert(entry, at: low)
    }

    /// One run, block by block.
    private struct RunReader {
        let file: UnnamedFile
        /// Records of the file that have not been read.
        var left: Range<Int>
        let block: UnsafeMutableBufferPointer<Record>
        var next = 0
        var end = 0

        init(file: UnnamedFile, left: Range<Int>, block: UnsafeMutableBufferPointer<Record>) {
            self.file = file
            self.left = left
            self.block = block
        }

        mutating func current() throws -> Record? {
            if next == end {
                guard !left.isEmpty else { return nil }
                end = min(block.count, left.count)
                let stride = MemoryLayout<Record>.stride
                try file.read(
                    at: left.lowerBound * stride,
                    into: UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: block[..<end])))
                left = left.lowerBound + end..<left.upperBound
                next = 0
            }
            return block[next]
        }

        mutating func advance() { next += 1 }
    }
}
