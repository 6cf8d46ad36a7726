import CKernels
import Glibc
import TestSupport
import Testing

/// The elementary functions of math_template.h, seen through the kernels that use them.
@Suite struct MathTests {
    // Every bfloat16, and around each the float32 numbers where rounding changes its mind: just beside it, just below,
    // at and just above the middle to the next one.
    @Test(arguments: KernelPath.available) func bfloat16Rounding(path: KernelPath) {
        let offsets: [UInt32] = [0, 1, 0x7fff, 0x8000, 0x8001, 0xffff]
        let values = (0...UInt32(0xffff)).flatMap { pattern in offsets.map { Float(bitPattern: pattern << 16 | $0) } }
        var rounded = [UInt16](repeating: 0, count: values.count)
        path.table.bfloat16.from_float(&rounded, values, Int64(values.count))
        let wrong = values.indices.filter { rounded[$0] != bfloat16(values[$0]) }
        #expect(wrong.isEmpty, "first: \(wrong.first.map { values[$0].bitPattern } ?? 0)")
    }

    // Back and forth is the identity for every number; a signalling NaN becomes quiet and stays a NaN.
    @Test(arguments: KernelPath.available) func bfloat16ThereAndBack(path: KernelPath) {
        let patterns = Array(UInt16.min...UInt16.max)
        var values = [Float](repeating: 0, count: patterns.count)
        path.table.bfloat16.to_float(&values, patterns, Int64(patterns.count))
        #expect(values.map(\.bitPattern) == patterns.map { UInt32($0) << 16 })
        var back = [UInt16](repeating: 0, count: patterns.count)
        path.table.bfloat16.from_float(&back, values, Int64(values.count))
        #expect(back == zip(patterns, values).map { $1.isNaN ? $0 | 0x40 : $0 })
    }

    /// e^x: log_softmax_backward of y = [x, -infinity] and dy = [0, -1] is [e^x, -1].
    private func exponential(_ x: [Float], _ path: KernelPath) -> [Float] {
        let y: [Float] = x.flatMap { [$0, -Float.infinity] }
        let dy: [Float] = x.flatMap { _ in [Float(0), -1] }
        var dx = [Float](repeating: 0, count: y.count)
        path.table.log_softmax_backward(&dx, dy, y, Int64(x.count), 2)
        return x.indices.map { dx[2 * $0] }
    }

    // 2 ulp are 2.4e-7 of the number.
    @Test(arguments: KernelPath.available) func exponentialIsAccurate(path: KernelPath) {
        let x: [Float] = [0, -0.0, -1e-30, 1e-30, 1, -1] + Array(stride(from: Float(-87.3), through: 88, by: 0.037))
        expectClose(exponential(x, path), x.map { Float(exp(Double($0))) }, relative: 2.4e-7)
    }

    @Test(arguments: KernelPath.available) func exponentialAtTheEnds(path: KernelPath) {
        let values = exponential([-87.4, -104, -1e30, -.infinity, .nan, 0], path)
        expectClose(values, [0, 0, 0, 0, .nan, 1])
    }

    // erf(x) = 2 gelu(x sqrt 2) / (x sqrt 2) - 1, to 2e-7 and the rounding of this detour.
    @Test(arguments: KernelPath.available) func errorFunctionIsAccurate(path: KernelPath) {
        let x: [Float] = stride(from: Float(-6), through: 6, by: 0.0137).filter { abs($0) > 0.1 }
        var y = [Float](repeating: 0, count: x.count)
        path.table.float32.gelu(&y, x, Int64(x.count), 0, 0)
        let actual = x.indices.map { 2 * y[$0] / x[$0] - 1 }
        expectClose(actual, x.map { Float(erf(Double($0) / 2.0.squareRoot())) }, absolute: 4e-7)
    }
}
