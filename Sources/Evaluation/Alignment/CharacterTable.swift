#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Gives equal Unicode scalars of a pair equal small integers: 0, 1, 2 ... in order of first appearance.
struct CharacterTable: ~Copyable {
    /// For each scalar its number + 1, or 0. Zero pages until touched.
    private let numbers: UnsafeMutablePointer<Int32>
    private var seen = ScratchBuffer<UInt32>()
    private static let scalarCount = 0x11_0000

    init() {
        numbers = calloc(Self.scalarCount, MemoryLayout<Int32>.stride)!.bindMemory(
            to: Int32.self, capacity: Self.scalarCount)
    }

    deinit { free(numbers) }

    /// The number of different scalars.
    var count: Int { seen.count }

    /// Forgets all scalars.
    mutating func removeAll() {
        for scalar in seen.elements { numbers[Int(scalar)] = 0 }
        seen.removeAll()
    }

    /// Appends the numbers of the scalars of a valid UTF-8 text.
    @inline(__always)
    mutating func append(_ text: UnsafeBufferPointer<UInt8>, to tokens: inout ScratchBuffer<Int32>) {
        tokens.reserve(text.count)
        seen.reserve(text.count)
        var position = 0
        while position < text.count {
            let first = UInt32(text[position])
            var scalar = first
            var byteCount = 1
            if first >= 0x80 {
                byteCount = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
                scalar = first & (0x7F >> UInt32(byteCount))
                for index in position + 1..<min(position + byteCount, text.count) {
                    scalar = scalar << 6 | UInt32(text[index] & 0x3F)
                }
            }
            position += byteCount
            var number = numbers[Int(scalar)]
            if number == 0 {
                seen.append(scalar)
                number = Int32(seen.count)
                numbers[Int(scalar)] = number
            }
            tokens.append(number - 1)
        }
    }
}
