import CKernels
import Glibc
import TestSupport
import Testing

/// The steps of mel.h against their formulas; what a whole spectrogram is made of them is tested in AudioTests.
@Suite struct MelTests {
    @Test(arguments: KernelPath.available, kernelSizes) func window(path: KernelPath, count: Int) {
        let (samples, window) = (randomValues(count, seed: 1), randomValues(count, seed: 2))
        let frame = Elements(Array(repeating: .nan, count: count))
        path.table.mel.window(samples, window, count, frame.floats)
        #expect(frame.values == zip(samples, window).map { $0 * $1 })

        path.table.mel.window_preemphasised(samples, window, count, 0.97, frame.floats)
        let mean = samples.reduce(0.0) { $0 + Double($1) } / Double(count)
        let expected = (0..<count).map { index -> Float in
            let (here, before) = (Double(samples[index]) - mean, Double(samples[max(0, index - 1)]) - mean)
            return Float((here - 0.97 * before) * Double(window[index]))
        }
        expectClose(frame.values, expected, absolute: 1e-6)
    }

    @Test(arguments: KernelPath.available, kernelSizes) func power(path: KernelPath, count: Int) {
        let spectrum = randomValues(2 * count, seed: 1)
        let power = Elements(Array(repeating: .nan, count: count))
        path.table.mel.power(spectrum, count, power.floats)
        let expected = (0..<count).map { bin -> Float in
            let (real, imaginary) = (spectrum[2 * bin], spectrum[2 * bin + 1])
            return real * real + imaginary * imaginary
        }
        expectClose(power.values, expected, relative: 1e-6)
    }

    // Filters of 8, 24, 0 and 16 bins.
    @Test(arguments: KernelPath.available) func filter(path: KernelPath) {
        let (power, weights) = (randomValues(60, seed: 1, in: 0...1), randomValues(48, seed: 2, in: 0...1))
        let (first, offsets): ([Int32], [Int32]) = ([0, 3, 9, 41], [0, 8, 32, 32, 48])
        let energies = Elements(Array(repeating: .nan, count: 4))
        path.table.mel.filter(power, weights, first, offsets, 4, energies.floats)
        let expected = (0..<4).map { m -> Float in
            let range = Int(offsets[m])..<Int(offsets[m + 1])
            let bins = power[Int(first[m])...]
            return zip(bins, weights[range]).reduce(Float(0)) { $0 + $1.0 * $1.1 }
        }
        expectClose(energies.values, expected, relative: 1e-5)
    }

    @Test(arguments: KernelPath.available, kernelSizes) func log(path: KernelPath, count: Int) {
        // From the floor over 1, where the logarithm is 0, to 1e10.
        let x = randomValues(count, seed: 1, in: -26...23).map { Glibc.exp($0) }
        let values = Elements(x)
        let largest = path.table.mel.log(values.floats, count, 1e-10, 0.5)
        let expected = x.map { Float(0.5 * Glibc.log(Double(max($0, 1e-10)))) }
        // Below 2 units in the last place: 2 * 2^-23 of the number at most.
        expectClose(values.values, expected, relative: 2.4e-7)
        #expect(largest == values.values.max())
        #expect(path.table.mel.log(values.floats, 0, 1e-10, 1) == -Float.greatestFiniteMagnitude)
    }

    @Test(arguments: KernelPath.available, kernelSizes) func clamp(path: KernelPath, count: Int) {
        let x = randomValues(count, seed: 1)
        let values = Elements(x)
        path.table.mel.clamp(values.floats, count, 0.25, 2, 3)
        expectClose(values.values, x.map { max($0, 0.25) * 2 + 3 }, relative: 1e-6)
    }
}
