import CKernels
import TestSupport
import Testing

/// Halves (IEEE 754 binary16) against their definition, and the fast paths against the plain one.
@Suite struct HalfTests {
    private static let all = (0...UInt16.max).map { $0 }

    /// IEEE 754 binary16 by its definition: sign, 5 bits of exponent, 10 bits of fraction.
    private static func value(_ bits: UInt16) -> Float {
        let sign: Float = bits & 0x8000 == 0 ? 1 : -1
        let (exponent, fraction) = (Int(bits >> 10 & 0x1f), Float(bits & 0x3ff) / 1024)
        switch exponent {
        case 0: return sign * fraction * 0x1p-14
        case 31: return fraction == 0 ? sign * .infinity : .nan
        default: return sign * (1 + fraction) * Float(sign: .plus, exponent: exponent - 15, significand: 1)
        }
    }

    @Test(arguments: KernelPath.available) func everyHalfHasItsValue(path: KernelPath) {
        let values = Elements(Array(repeating: 0, count: Self.all.count))
        Self.all.withUnsafeBytes { path.table.float_from_half(values.floats, $0.baseAddress!, Int64(Self.all.count)) }
        for (bits, value) in zip(Self.all, values.values) {
            let expected = Self.value(bits)
            #expect(
                value.bitPattern == expected.bitPattern || value.isNaN && expected.isNaN, "0x\(String(bits, radix: 16))"
            )
        }
    }

    @Test(arguments: KernelPath.available) func everyHalfComesBack(path: KernelPath) {
        let finite = Self.all.filter { $0 & 0x7c00 != 0x7c00 }
        let values = finite.map(Self.value)
        var back = [UInt16](repeating: 0, count: finite.count)
        let isExact = path.table.half_from_float(&back, values, Int64(finite.count))
        #expect(isExact)
        #expect(back == finite)
    }

    // Between two halves the nearer one is taken, from the middle the even one; 65,520 is the middle between the largest, 65,504, and
    // what would be the next, 65,536. 2^-25 is half of the smallest.
    @Test(arguments: KernelPath.available) func roundsToNearestEven(path: KernelPath) {
        let values: [Float] = [
            1 + 0x1p-11, 1 + 0x1p-11 + 0x1p-20, 1 + 3 * 0x1p-11, -1 - 0x1p-11, 65_519, 65_520, -65_520, 0x1p-25,
            0x1p-25 + 0x1p-40, 3 * 0x1p-25, .infinity, -0.0, .nan, 1e30,
        ]
        let expected: [UInt16] = [
            0x3c00, 0x3c01, 0x3c02, 0xbc00, 0x7bff, 0x7c00, 0xfc00, 0, 1, 2, 0x7c00, 0x8000, 0x7e00, 0x7c00,
        ]
        // Alone, and eight of each, so that both the vectors and what is left over are tried.
        for (value, half) in zip(values, expected) {
            for count in [1, 8] {
                var back = [UInt16](repeating: 0, count: count)
                let isExact = path.table.half_from_float(&back, Array(repeating: value, count: count), Int64(count))
                #expect(back == Array(repeating: half, count: count), "\(value)")
                #expect(isExact == (value.isInfinite || value == 0 || value.isNaN), "\(value)")
            }
        }
    }

    @Test(arguments: KernelPath.available, kernelSizes) func oneInexactValueIsFound(path: KernelPath, count: Int) {
        for place in 0..<count {
            var values = [Float](repeating: 0.5, count: count)
            values[place] = 0.1
            var back = [UInt16](repeating: 0, count: count)
            #expect(!path.table.half_from_float(&back, values, Int64(count)), "place \(place)")
        }
    }

    @Test(arguments: KernelPath.available, kernelSizes) func everyAddressWillDo(path: KernelPath, count: Int) {
        var bytes = [UInt8](repeating: 0, count: 2 * count + 1)
        for index in 0..<count { (bytes[2 * index + 1], bytes[2 * index + 2]) = (0x00, 0x3c) }  // 1
        let values = Elements(Array(repeating: 0, count: count))
        bytes.withUnsafeBytes { path.table.float_from_half(values.floats, $0.baseAddress! + 1, Int64(count)) }
        #expect(values.values == Array(repeating: 1, count: count))
    }
}
