import CKernels
import TestSupport
import Testing

@Suite struct DropoutKernelTests {
    @Test(arguments: ElementPath.available, kernelSizes) func dropout(path: ElementPath, count: Int) {
        let (x, y) = (path.random(count, seed: 1), path.output(count))
        // The counter's low 32 bits count: across the end of them too.
        for first in [UInt64(0), 12345, 0xffff_fffc] {
            path.kernels.dropout(y.pointer, x.pointer, Int64(count), dropoutKey, first, 0.3)
            path.expect(
                y, x.doubles.enumerated().map { isKept(first + UInt64($0), rate: 0.3) ? $1 / 0.7 : 0 })
        }
        let expected = y.values
        path.kernels.dropout(x.pointer, x.pointer, Int64(count), dropoutKey, 0xffff_fffc, 0.3)
        #expect(x.values == expected, "in place")
    }

    // Dropout behind an activation is dropout of its result, and so is its backward pass.
    @Test(arguments: ElementPath.available, kernelSizes) func activationWithDropout(path: ElementPath, count: Int) {
        let x = path.random(count, seed: 1, in: -4...4)
        let dy = path.random(count, seed: 2)
        let activations = [
            (path.kernels.gelu!, path.kernels.gelu_backward!), (path.kernels.swish!, path.kernels.swish_backward!),
        ]
        for (forward, backward) in activations {
            let (plain, dropped, plainGradient, droppedGradient) = (
                path.output(count), path.output(count), path.output(count), path.output(count)
            )
            forward(plain.pointer, x.pointer, Int64(count), 0, 0)
            forward(dropped.pointer, x.pointer, Int64(count), dropoutKey, 0.3)
            backward(plainGradient.pointer, dy.pointer, x.pointer, Int64(count), 0, 0)
            backward(droppedGradient.pointer, dy.pointer, x.pointer, Int64(count), dropoutKey, 0.3)
            func masked(_ values: [Double]) -> [Float] {
                values.enumerated().map { isKept(UInt64($0), rate: 0.3) ? Float($1 / 0.7) : 0 }
            }
            // Rounded twice: before and after the division by 0.7.
            let tolerance: Float = path.isBFloat16 ? 0x1p-7 : 1e-5
            expectClose(dropped.values, masked(plain.doubles), absolute: 1e-6, relative: tolerance)
            expectClose(droppedGradient.values, masked(plainGradient.doubles), absolute: 1e-6, relative: tolerance)
        }
    }

    // Dropping a whole run, or its parts with their first numbers, is the same.
    @Test(arguments: ElementPath.available) func dropoutInParts(path: ElementPath) {
        let (x, whole, parts) = (path.random(65, seed: 1), path.output(65), path.output(65))
        let size = path.isBFloat16 ? 2 : 4
        path.kernels.dropout(whole.pointer, x.pointer, 65, dropoutKey, 100, 0.5)
        for range in [0..<1, 1..<9, 9..<65] {
            let offset = range.lowerBound * size
            path.kernels.dropout(
                parts.pointer + offset, x.pointer + offset, Int64(range.count), dropoutKey,
                UInt64(100 + range.lowerBound), 0.5
            )
        }
        #expect(parts.values == whole.values)
    }

    @Test(arguments: ElementPath.available, kernelSizes) func dropoutAdd(path: ElementPath, count: Int) {
        let (x, y) = (randomValues(count, seed: 1), path.random(count, seed: 2))
        for rate in [Float(0), 0.3] {
            let (sum, dy) = (Elements(Array(repeating: .nan, count: count)), path.output(count))
            path.kernels.dropout_add(sum.floats, x, y.pointer, Int64(count), 0.8, dropoutKey, rate)
            path.kernels.dropout_add_backward(dy.pointer, x, Int64(count), 0.8, dropoutKey, rate)
            let factors = (0..<count).map {
                rate == 0 ? 0.8 : isKept(UInt64($0), rate: rate) ? 0.8 / (1 - Double(rate)) : 0
            }
            expectClose(
                sum.values, (0..<count).map { Float(Double(x[$0]) + factors[$0] * y.doubles[$0]) }, absolute: 1e-6,
                "sum")
            path.expect(dy, (0..<count).map { factors[$0] * Double(x[$0]) }, "gradient")
        }
    }

    // All paths draw the same mask and agree with each other to rounding.
    @Test func pathsDrawTheSameMask() {
        let results = ElementPath.available.map { path -> [Bool] in
            let (x, y) = (Elements(Array(repeating: 1, count: 999), isBFloat16: path.isBFloat16), path.output(999))
            path.kernels.dropout(y.pointer, x.pointer, 999, dropoutKey, 7, 0.5)
            return y.values.map { $0 != 0 }
        }
        #expect(Set(results).count == 1)
    }
}
