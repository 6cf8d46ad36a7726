extension Tensor {
    /// Whether no element is NaN or infinite.
    package var isFinite: Bool {
        // All bits of the exponent are set in NaN and infinities, and only there; a bfloat16 is the upper half of a float32.
        switch elementType {
        case .float32: none(of: UInt32.self, hasAll: 0x7f80_0000)
        case .bfloat16: none(of: UInt16.self, hasAll: 0x7f80)
        }
    }

    /// Whether no element, read as an integer, has all these bits set. Integers, so that the loop vectorises.
    private func none<Bits: FixedWidthInteger>(of _: Bits.Type, hasAll mask: Bits) -> Bool {
        let values = UnsafeBufferPointer(start: pointer.assumingMemoryBound(to: Bits.self), count: count)
        var found: Bits = 0
        for value in values { found |= value & mask == mask ? 1 : 0 }
        return found == 0
    }
}
