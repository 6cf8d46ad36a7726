import CKernels
import TestSupport
import Testing

/// The sizes at which vectorised loops go wrong: below, at and above the width of a vector, and several of them.
let kernelSizes = [1, 7, 8, 9, 64, 65]

/// A table of kernels that this processor can run.
struct KernelPath: Sendable, CustomTestStringConvertible {
    let name: String
    var table: kernel_table { kernel_table_named(name)!.pointee }
    var testDescription: String { name }

    static let available = ["plain", "avx2", "avx512"].map { KernelPath(name: $0) }.filter {
        kernel_table_named($0.name) != nil
    }
}

/// The kernels of one path for activations of one type.
struct ElementPath: Sendable, CustomTestStringConvertible {
    let path: KernelPath
    let isBFloat16: Bool
    var kernels: element_kernels { isBFloat16 ? path.table.bfloat16 : path.table.float32 }
    var testDescription: String { "\(path.name), \(isBFloat16 ? "bfloat16" : "float32")" }

    static let available = KernelPath.available.flatMap { path in
        [false, true].map { ElementPath(path: path, isBFloat16: $0) }
    }

    /// Uniform numbers that this type holds exactly.
    func random(_ count: Int, seed: UInt64, in range: ClosedRange<Float> = -1...1) -> Elements {
        Elements(randomValues(count, seed: seed, in: range), isBFloat16: isBFloat16)
    }

    /// Memory for results.
    func output(_ count: Int) -> Elements { Elements(Array(repeating: .nan, count: count), isBFloat16: isBFloat16) }

    /// Expects a result computed in float32 and stored once in this type: half a unit in the last place of bfloat16 is
    /// 2^-9 of a number, and a float32 beside a tie may round to the other side.
    func expect(
        _ actual: Elements, _ expected: [Double], absolute: Float = 1e-6, _ what: String = "",
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        expectClose(
            actual.values, expected.map { Float($0) }, absolute: absolute, relative: isBFloat16 ? 0x1p-8 : 1e-5, what,
            sourceLocation: sourceLocation)
    }
}

/// Numbers stored as float32 or bfloat16, with a fence behind them that shows whether a kernel wrote too far.
final class Elements {
    let pointer: UnsafeMutableRawPointer
    let count: Int
    let isBFloat16: Bool
    private static let fence: UInt8 = 0xA5
    private static let fenceSize = 128

    private var byteCount: Int { count * (isBFloat16 ? 2 : 4) }

    init(_ values: [Float], isBFloat16: Bool = false) {
        count = values.count
        self.isBFloat16 = isBFloat16
        let byteCount = values.count * (isBFloat16 ? 2 : 4)
        pointer = .allocate(byteCount: byteCount + Self.fenceSize, alignment: 64)
        for (index, value) in values.enumerated() {
            if isBFloat16 {
                pointer.storeBytes(of: bfloat16(value), toByteOffset: 2 * index, as: UInt16.self)
            } else {
                pointer.storeBytes(of: value, toByteOffset: 4 * index, as: Float.self)
            }
        }
        (pointer + byteCount).initializeMemory(as: UInt8.self, repeating: Self.fence, count: Self.fenceSize)
    }

    deinit {
        let bytes = UnsafeRawBufferPointer(start: pointer + byteCount, count: Self.fenceSize)
        if bytes.contains(where: { $0 != Self.fence }) { Issue.record("a kernel wrote beyond \(count) elements") }
        pointer.deallocate()
    }

    /// The memory of float32 numbers.
    var floats: UnsafeMutablePointer<Float> {
        precondition(!isBFloat16)
        return pointer.assumingMemoryBound(to: Float.self)
    }

    var values: [Float] {
        (0..<count).map { index in
            isBFloat16
                ? Float(bitPattern: UInt32(pointer.load(fromByteOffset: 2 * index, as: UInt16.self)) << 16)
                : pointer.load(fromByteOffset: 4 * index, as: Float.self)
        }
    }

    var doubles: [Double] { values.map { Double($0) } }
}

/// The bfloat16 nearest to `value`, the even one of two as near: by trying both neighbours.
func bfloat16(_ value: Float) -> UInt16 {
    if value.isNaN { return UInt16(value.bitPattern >> 16) | 0x40 }
    let below = UInt16(value.bitPattern >> 16)  // towards zero
    let lower = Double(Float(bitPattern: UInt32(below) << 16))
    if Double(value) == lower { return below }
    let above = below + 1
    // Beyond the largest finite number the next would be 2^128; there rounding gives infinity.
    let isInfinite = (above & 0x7fff) == 0x7f80
    let upper = isInfinite ? (value < 0 ? -0x1p128 : 0x1p128) : Double(Float(bitPattern: UInt32(above) << 16))
    let (down, up) = (abs(Double(value) - lower), abs(upper - Double(value)))
    if down != up { return down < up ? below : above }
    return below % 2 == 0 ? below : above
}
