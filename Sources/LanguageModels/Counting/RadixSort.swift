/// Sorts records by their keys, a byte at a time from the highest one that differs (American flag sort; McIlroy, Bostic and McIlroy
/// 1993). In place; short stretches are sorted by comparisons.
enum RadixSort {
    static func sort(_ records: UnsafeMutableBufferPointer<ExternalSorter.Record>) {
        guard records.count > 1 else { return }
        var different: UInt128 = 0
        for record in records { different |= record.key ^ records[0].key }
        guard different != 0 else { return }
        let highest = (127 - different.leadingZeroBitCount) / 8
        sort(records, byte: highest)
    }

    private static let shortCount = 64

    private static func sort(_ records: UnsafeMutableBufferPointer<ExternalSorter.Record>, byte: Int) {
        guard records.count > shortCount else {
            var records = records
            return records.sort { $0.key < $1.key }
        }
        let shift = UInt128(byte * 8)
        withUnsafeTemporaryAllocation(of: Int.self, capacity: 512) { places in
            let starts = UnsafeMutableBufferPointer(rebasing: places[..<256])
            let ends = UnsafeMutableBufferPointer(rebasing: places[256...])
            ends.initialize(repeating: 0)
            for record in records { ends[digit(record, shift)] += 1 }
            var sum = 0
            for value in 0..<256 {
                starts.initializeElement(at: value, to: sum)
                sum += ends[value]
                ends[value] = sum
            }
            for value in 0..<256 {
                while starts[value] < ends[value] {
                    var record = records[starts[value]]
                    var place = digit(record, shift)
                    while place != value {
                        swap(&record, &records[starts[place]])
                        starts[place] += 1
                        place = digit(record, shift)
                    }
                    records[starts[value]] = record
                    starts[value] += 1
                }
            }
            guard byte > 0 else { return }
            var first = 0
            for value in 0..<256 {
                if ends[value] - first > 1 {
                    sort(UnsafeMutableBufferPointer(rebasing: records[first..<ends[value]]), byte: byte - 1)
                }
                first = ends[value]
            }
        }
    }

    private static func digit(_ record: ExternalSorter.Record, _ shift: UInt128) -> Int {
        Int(truncatingIfNeeded: record.key >> shift & 0xFF)
    }
}
