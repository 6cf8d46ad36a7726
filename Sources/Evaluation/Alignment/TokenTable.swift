/// Gives equal words of a pair equal small integers: 0, 1, 2 ... in order of first appearance.
///
/// A hash table over the bytes of the text with open addressing. `removeAll` costs as much as the words put in since
/// the last one, so a table serves millions of pairs.
struct TokenTable: ~Copyable {
    private struct Entry {
        var hash: UInt64
        var start: UnsafePointer<UInt8>
        var byteCount: Int
    }

    private var entries = ScratchBuffer<Entry>()
    /// Open addressing: entry number + 1, or 0.
    private var slots: UnsafeMutableBufferPointer<Int32>
    private var usedSlots = ScratchBuffer<Int32>()

    init() {
        slots = .allocate(capacity: 64)
        slots.initialize(repeating: 0)
    }

    deinit { slots.deallocate() }

    /// The number of different tokens.
    var count: Int { entries.count }

    /// Forgets all tokens.
    mutating func removeAll() {
        for slot in usedSlots.elements { slots[Int(slot)] = 0 }
        usedSlots.removeAll()
        entries.removeAll()
    }

    /// The number of the word in `range` of `text`, whose memory must outlive the table's content.
    @inline(__always)
    mutating func number(of range: Range<Int>, in text: UnsafeBufferPointer<UInt8>) -> Int32 {
        let start = text.baseAddress! + range.lowerBound
        let byteCount = range.count
        let hash = Self.hash(start, byteCount)
        let mask = slots.count - 1
        let table = slots.baseAddress!
        var slot = Int(truncatingIfNeeded: hash) & mask
        while true {
            let entry = table[slot]
            if entry == 0 { break }
            let known = entries.start[Int(entry) - 1]
            if known.hash == hash && known.byteCount == byteCount && Self.equal(known.start, start, byteCount) {
                return entry - 1
            }
            slot = (slot + 1) & mask
        }
        entries.reserve(1)
        entries.append(Entry(hash: hash, start: start, byteCount: byteCount))
        table[slot] = Int32(entries.count)
        usedSlots.reserve(1)
        usedSlots.append(Int32(slot))
        if entries.count * 2 > slots.count { grow() }
        return Int32(entries.count - 1)
    }

    private mutating func grow() {
        let slotCount = slots.count * 4
        slots.deallocate()
        slots = .allocate(capacity: slotCount)
        slots.initialize(repeating: 0)
        usedSlots.removeAll()
        usedSlots.reserve(entries.count)
        let mask = slotCount - 1
        for (index, entry) in entries.elements.enumerated() {
            var slot = Int(truncatingIfNeeded: entry.hash) & mask
            while slots[slot] != 0 { slot = (slot + 1) & mask }
            slots[slot] = Int32(index + 1)
            usedSlots.append(Int32(slot))
        }
    }

    @inline(__always)
    private static func equal(_ left: UnsafePointer<UInt8>, _ right: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        for index in 0..<count where left[index] != right[index] { return false }
        return true
    }

    /// Multiply and fold, eight bytes a step.
    @inline(__always)
    private static func hash(_ start: UnsafePointer<UInt8>, _ count: Int) -> UInt64 {
        var hash = UInt64(truncatingIfNeeded: count) &* 0x9E37_79B9_7F4A_7C15
        var position = 0
        while position < count {
            var chunk: UInt64 = 0
            if count - position >= 8 {
                chunk = UnsafeRawPointer(start + position).loadUnaligned(as: UInt64.self)
                position += 8
            } else {
                while position < count {
                    chunk = chunk << 8 | UInt64(start[position])
                    position += 1
                }
            }
            let product = (hash ^ chunk).multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
            hash = product.high ^ product.low
        }
        return hash
    }
}
