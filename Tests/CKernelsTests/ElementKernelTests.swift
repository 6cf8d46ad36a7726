import CKernels
import TestSupport
import Testing

@Suite struct ElementKernelTests {
    @Test(arguments: ElementPath.available, kernelSizes) func conversions(path: ElementPath, count: Int) {
        let x = path.random(count, seed: 1)
        let (floats, back) = (Elements(Array(repeating: .nan, count: count)), path.output(count))
        path.kernels.to_float(floats.floats, x.pointer, Int64(count))
        path.kernels.from_float(back.pointer, floats.floats, Int64(count))
        #expect(floats.values == x.values)
        #expect(back.values == x.values)
    }

    @Test(arguments: ElementPath.available, kernelSizes) func add(path: ElementPath, count: Int) {
        let (x, y) = (path.random(count, seed: 1), path.random(count, seed: 2))
        let expected = zip(x.doubles, y.doubles).map { $0 + $1 }
        path.kernels.add(x.pointer, y.pointer, Int64(count))
        path.expect(x, expected)
    }

    @Test(arguments: ElementPath.available, kernelSizes) func columnSums(path: ElementPath, columns: Int) {
        for rows in [1, 3, 4, 5, 9] {
            let x = path.random(rows * columns, seed: 1)
            let start = randomValues(columns, seed: 2)
            let sums = Elements(start)
            path.kernels.column_sums(sums.floats, x.pointer, Int64(rows), Int64(columns))
            let values = x.doubles
            expectClose(
                sums.values,
                (0..<columns).map { column in
                    Float((0..<rows).reduce(Double(start[column])) { $0 + values[$1 * columns + column] })
                }, absolute: 3e-6)
        }
    }
}
