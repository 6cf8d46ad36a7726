import Tensors

extension Variable {
    /// A convolution over time of each channel by itself, centred on each frame: y[t, c] = bias[c] + sum over k of
    /// weight[k, c] x[t + k - width / 2, c].
    ///
    /// Frames outside a sequence count as zero, and the result there is zero, so a sequence gives the same result alone
    /// and in a batch.
    ///
    /// - Parameters:
    ///   - weight: [width, channel], width odd
    ///   - bias: [channel]
    ///   - lengths: frames of each sequence
    /// - Returns: [batch, time, channel] for this of [batch, time, channel].
    public func depthwiseConvolution(_ weight: Parameter, bias: Parameter, lengths: [Int]) -> Variable {
        let x = value
        let (batch, time, channels, width) = (x.shape[0], x.shape[1], x.shape[2], weight.shape[0])
        precondition(
            width % 2 == 1 && weight.shape == [width, channels] && bias.shape == [channels] && lengths.count == batch
                && lengths.allSatisfy { (0...time).contains($0) },
            "depthwiseConvolution: input \(x.shape), \(weight.name) \(weight.shape), lengths \(lengths)")
        let counts = lengths.map(Int32.init)
        let y = Tensor(uninitialized: x.shape, x.elementType)
        x.elementType.kernels.depthwise(
            y.pointer, x.pointer, weight.value.floats, bias.value.floats, counts, Int64(batch), Int64(time),
            Int64(channels), Int64(width))
        return tape.record(y, of: [self], [weight, bias]) { [tape] dy in
            guard let gradients = tape.gradients else { return }
            let dx = Tensor(uninitialized: x.shape, x.elementType)
            x.elementType.kernels.depthwise_backward(
                dx.pointer, gradients.gradient(of: weight).floats, gradients.gradient(of: bias).floats, dy.pointer,
                x.pointer, weight.value.floats, counts, Int64(batch), Int64(time), Int64(channels), Int64(width))
            tape.accumulate(self, dx)
        }
    }
}
