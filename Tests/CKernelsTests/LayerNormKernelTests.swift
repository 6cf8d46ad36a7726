import CKernels
import TestSupport
import Testing

@Suite struct LayerNormKernelTests {
    @Test(arguments: ElementPath.available, kernelSizes) func layerNorm(path: ElementPath, columns: Int) {
        let rows = 3
        let x = randomValues(rows * columns, seed: 1, in: 2...5)
        let (scale, shift) = (randomValues(columns, seed: 2, in: 0.5...1.5), randomValues(columns, seed: 3))
        let y = path.output(rows * columns)
        let (mean, inverse) = (Elements([0, 0, 0]), Elements([0, 0, 0]))
        path.kernels.layer_norm(
            y.pointer, mean.floats, inverse.floats, x, scale, shift, Int64(rows), Int64(columns), 1e-2)

        let dy = path.random(rows * columns, seed: 4)
        let (dscale, dshift) = (
            Elements(Array(repeating: 1, count: columns)), Elements(Array(repeating: 2, count: columns))
        )
        let (dx, sum) = (
            Elements(Array(repeating: .nan, count: x.count)), Elements(Array(repeating: 3, count: x.count))
        )
        path.kernels.layer_norm_backward(
            dx.floats, dscale.floats, dshift.floats, dy.pointer, x, mean.floats, inverse.floats, scale, Int64(rows),
            Int64(columns), false)
        let scratch = Elements(Array(repeating: 0, count: columns))
        path.kernels.layer_norm_backward(
            sum.floats, scratch.floats, scratch.floats, dy.pointer, x, mean.floats, inverse.floats, scale, Int64(rows),
            Int64(columns), true)

        var (expected, expectedGradient): ([Double], [Double]) = ([], [])
        var expectedScale = [Double](repeating: 1, count: columns)
        var expectedShift = [Double](repeating: 2, count: columns)
        for row in 0..<rows {
            let values = x[row * columns..<(row + 1) * columns].map { Double($0) }
            let upstream = dy.doubles[row * columns..<(row + 1) * columns].map { $0 }
            let count = Double(columns)
            let average = values.reduce(0, +) / count
            let deviation = (values.reduce(0) { $0 + ($1 - average) * ($1 - average) } / count + 1e-2).squareRoot()
            let normal = values.map { ($0 - average) / deviation }
            let g = upstream.indices.map { upstream[$0] * Double(scale[$0]) }
            let meanG = g.reduce(0, +) / count
            let meanGN = zip(g, normal).reduce(0) { $0 + $1.0 * $1.1 } / count
            for column in 0..<columns {
                expected.append(normal[column] * Double(scale[column]) + Double(shift[column]))
                expectedGradient.append((g[column] - meanG - normal[column] * meanGN) / deviation)
                expectedScale[column] += upstream[column] * normal[column]
                expectedShift[column] += upstream[column]
            }
        }
        path.expect(y, expected, absolute: 2e-6, "output")
        expectClose(dx.values, expectedGradient.map { Float($0) }, absolute: 1e-5, relative: 1e-5, "dx")
        expectClose(sum.values, expectedGradient.map { Float(3 + $0) }, absolute: 1e-5, relative: 1e-5, "dx added")
        expectClose(dscale.values, expectedScale.map { Float($0) }, absolute: 1e-5, relative: 1e-5, "dscale")
        expectClose(dshift.values, expectedShift.map { Float($0) }, absolute: 1e-5, relative: 1e-5, "dshift")
    }

    // Documented: a constant row gives the shift, whatever the constant.
    @Test(arguments: ElementPath.available) func layerNormOfAConstantRow(path: ElementPath) {
        for constant in [Float(0), 3, -1e4] {
            let y = path.output(9)
            var (mean, inverse) = ([Float(0)], [Float(0)])
            path.kernels.layer_norm(
                y.pointer, &mean, &inverse, [Float](repeating: constant, count: 9), [Float](repeating: 2, count: 9),
                [Float](repeating: 0.5, count: 9), 1, 9, 1e-5)
            #expect(y.values == Array(repeating: 0.5, count: 9))
            #expect(mean == [constant])
        }
    }

    // (1e20)^2 is more than a float32 holds: the row is NaN, not the shift, so that the overflow is seen.
    @Test(arguments: ElementPath.available) func layerNormOfARowWhoseVarianceOverflows(path: ElementPath) {
        let y = path.output(9)
        var (mean, inverse) = ([Float(0)], [Float(0)])
        path.kernels.layer_norm(
            y.pointer, &mean, &inverse, (0..<9).map { $0 % 2 == 0 ? 1e20 : -1e20 }, [Float](repeating: 2, count: 9),
            [Float](repeating: 0.5, count: 9), 1, 9, 1e-5)
        #expect(y.values.allSatisfy { $0.isNaN })
    }
}
