import CKernels
import Glibc
import TestSupport
import Testing

@Suite struct ActivationKernelTests {
    @Test(arguments: ElementPath.available, kernelSizes) func reluBackward(path: ElementPath, count: Int) {
        let (dy, y, dx) = (path.random(count, seed: 1), path.random(count, seed: 2), path.output(count))
        let expected = zip(dy.values, y.values).map { $1 > 0 ? 2 * $0 : 0 }
        path.kernels.relu_backward(dx.pointer, dy.pointer, y.pointer, Int64(count), 2)
        #expect(dx.values == expected)
        path.kernels.relu_backward(dy.pointer, dy.pointer, y.pointer, Int64(count), 2)
        #expect(dy.values == expected, "in place")
    }

    @Test(arguments: ElementPath.available) func reluBackwardAtZero(path: ElementPath) {
        let (dy, y) = (
            Elements([5, 5, 5], isBFloat16: path.isBFloat16), Elements([0, -0.0, 1e-30], isBFloat16: path.isBFloat16)
        )
        path.kernels.relu_backward(dy.pointer, dy.pointer, y.pointer, 3, 1)
        #expect(dy.values == [0, 0, 5])
    }

    @Test(arguments: ElementPath.available, kernelSizes) func gelu(path: ElementPath, count: Int) {
        let (x, dy) = (path.random(count, seed: 1, in: -4...4), path.random(count, seed: 2))
        let (y, dx) = (path.output(count), path.output(count))
        path.kernels.gelu(y.pointer, x.pointer, Int64(count), 0, 0)
        path.kernels.gelu_backward(dx.pointer, dy.pointer, x.pointer, Int64(count), 0, 0)
        func cumulative(_ x: Double) -> Double { 0.5 * (1 + erf(x / 2.0.squareRoot())) }
        path.expect(y, x.doubles.map { $0 * cumulative($0) })
        path.expect(
            dx,
            zip(x.doubles, dy.doubles).map { x, dy in
                dy * (cumulative(x) + x * exp(-x * x / 2) / (2 * Double.pi).squareRoot())
            })
        path.kernels.gelu_backward(dy.pointer, dy.pointer, x.pointer, Int64(count), 0, 0)
        #expect(dy.values == dx.values, "in place")
    }

    @Test(arguments: ElementPath.available) func geluAtTheEnds(path: ElementPath) {
        let x = Elements([.nan, 100, -100, 0, -0.0, .infinity], isBFloat16: path.isBFloat16)
        let y = path.output(6)
        path.kernels.gelu(y.pointer, x.pointer, 6, 0, 0)
        expectClose(y.values, [.nan, 100, 0, 0, 0, .infinity])
        let dy = Elements(Array(repeating: 1, count: 6), isBFloat16: path.isBFloat16)
        path.kernels.gelu_backward(dy.pointer, dy.pointer, x.pointer, 5, 0, 0)
        expectClose(Array(dy.values.prefix(5)), [.nan, 1, 0, 0.5, 0.5])
    }

    @Test(arguments: ElementPath.available, kernelSizes) func swish(path: ElementPath, count: Int) {
        let (x, dy) = (path.random(count, seed: 1, in: -8...8), path.random(count, seed: 2))
        let (y, dx) = (path.output(count), path.output(count))
        path.kernels.swish(y.pointer, x.pointer, Int64(count), 0, 0)
        path.kernels.swish_backward(dx.pointer, dy.pointer, x.pointer, Int64(count), 0, 0)
        path.expect(y, x.doubles.map { $0 * sigmoid($0) })
        path.expect(
            dx, zip(x.doubles, dy.doubles).map { x, dy in dy * sigmoid(x) * (1 + x * (1 - sigmoid(x))) })
        path.kernels.swish_backward(dy.pointer, dy.pointer, x.pointer, Int64(count), 0, 0)
        #expect(dy.values == dx.values, "in place")
    }

    @Test(arguments: ElementPath.available, kernelSizes) func gatedLinear(path: ElementPath, columns: Int) {
        let rows = 3
        let (x, dy) = (path.random(rows * 2 * columns, seed: 1, in: -8...8), path.random(rows * columns, seed: 2))
        let (y, dx) = (path.output(dy.count), path.output(x.count))
        path.kernels.gated_linear(y.pointer, x.pointer, Int64(rows), Int64(columns))
        path.kernels.gated_linear_backward(dx.pointer, dy.pointer, x.pointer, Int64(rows), Int64(columns))
        var expected: [Double] = []
        var gradient = [Double](repeating: 0, count: x.count)
        let (values, upstream) = (x.doubles, dy.doubles)
        for row in 0..<rows {
            for i in 0..<columns {
                let place = row * 2 * columns + i
                let (a, gate) = (values[place], sigmoid(values[place + columns]))
                expected.append(a * gate)
                gradient[place] = upstream[row * columns + i] * gate
                gradient[place + columns] = upstream[row * columns + i] * a * gate * (1 - gate)
            }
        }
        path.expect(y, expected)
        path.expect(dx, gradient)
    }
}
