import CKernels
import TestSupport
import Testing

@Suite struct ConvolutionKernelTests {
    @Test(arguments: ElementPath.available, kernelSizes) func depthwise(path: ElementPath, channels: Int) {
        for (time, width) in [(1, 1), (4, 3), (3, 7), (9, 5)] {
            let (batch, lengths) = (2, [time, time / 2])
            let counts = lengths.map(Int32.init)
            let (x, dy) = (
                path.random(batch * time * channels, seed: 1), path.random(batch * time * channels, seed: 2)
            )
            let (weight, bias) = (
                Elements(randomValues(width * channels, seed: 3)), Elements(randomValues(channels, seed: 4))
            )
            let (dweight, dbias) = (
                Elements(Array(repeating: 1, count: width * channels)), Elements(Array(repeating: 2, count: channels))
            )
            let (y, dx) = (path.output(x.count), path.output(x.count))
            path.kernels.depthwise(
                y.pointer, x.pointer, weight.floats, bias.floats, counts, Int64(batch), Int64(time), Int64(channels),
                Int64(width))
            path.kernels.depthwise_backward(
                dx.pointer, dweight.floats, dbias.floats, dy.pointer, x.pointer, weight.floats, counts, Int64(batch),
                Int64(time), Int64(channels), Int64(width))

            var (expected, gradient) = ([Double](repeating: 0, count: x.count), [Double](repeating: 0, count: x.count))
            var expectedWeight = [Double](repeating: 1, count: weight.count)
            var expectedBias = [Double](repeating: 2, count: channels)
            let (values, upstream, factors) = (x.doubles, dy.doubles, weight.doubles)
            for b in 0..<batch {
                for t in 0..<lengths[b] {
                    for c in 0..<channels {
                        let place = (b * time + t) * channels + c
                        expected[place] += bias.doubles[c]
                        expectedBias[c] += upstream[place]
                        for k in 0..<width where (0..<lengths[b]).contains(t + k - width / 2) {
                            let source = place + (k - width / 2) * channels
                            expected[place] += factors[k * channels + c] * values[source]
                            gradient[source] += factors[k * channels + c] * upstream[place]
                            expectedWeight[k * channels + c] += values[source] * upstream[place]
                        }
                    }
                }
            }
            path.expect(y, expected, absolute: 3e-6, "output")
            path.expect(dx, gradient, absolute: 3e-6, "dx")
            path.expect(dweight, expectedWeight, absolute: 3e-6, "dweight")
            path.expect(dbias, expectedBias, absolute: 3e-6, "dbias")
        }
    }

    @Test(arguments: ElementPath.available, kernelSizes) func unfoldAndFold(path: ElementPath, channels: Int) {
        for (time, width, stride, padding) in [(5, 3, 1, 1), (6, 3, 2, 1), (4, 2, 2, 0), (1, 3, 1, 1), (7, 5, 3, 2)] {
            let (batch, lengths) = (2, [Int32(time), Int32(time / 2)])
            let outTime = (time + 2 * padding - width) / stride + 1
            let x = path.random(batch * time * channels, seed: 1)
            let windows = path.output(batch * outTime * width * channels)
            path.kernels.unfold(
                windows.pointer, x.pointer, lengths, Int64(batch), Int64(time), Int64(channels), Int64(width),
                Int64(stride), Int64(padding), Int64(outTime))
            let dwindows = path.random(windows.count, seed: 2)
            let dx = path.output(x.count)
            path.kernels.fold(
                dx.pointer, dwindows.pointer, lengths, Int64(batch), Int64(time), Int64(channels), Int64(width),
                Int64(stride), Int64(padding), Int64(outTime))

            var expected: [Float] = []
            var expectedGradient = [Double](repeating: 0, count: x.count)
            let (values, gradients) = (x.values, dwindows.doubles)
            for b in 0..<batch {
                for out in 0..<outTime {
                    for k in 0..<width {
                        for channel in 0..<channels {
                            let t = out * stride - padding + k
                            let place = (b * time + t) * channels + channel
                            let isInside = t >= 0 && t < lengths[b]
                            if isInside { expectedGradient[place] += gradients[expected.count] }
                            expected.append(isInside ? values[place] : 0)
                        }
                    }
                }
            }
            #expect(windows.values == expected)
            // Up to `width` shares are added, each sum rounded to the type.
            expectClose(
                dx.values, expectedGradient.map { Float($0) }, absolute: path.isBFloat16 ? 0.03 : 1e-6, "fold")
        }
    }
}
