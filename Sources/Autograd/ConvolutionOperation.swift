import Tensors

/// The number of positions that a convolution over `count` frames has; 0 where no window fits.
public func convolutionOutputCount(_ count: Int, width: Int, stride: Int, padding: Int) -> Int {
    let lastStart = count + 2 * padding - width
    return count == 0 || lastStart < 0 ? 0 : lastStart / stride + 1
}

extension Variable {
    /// A convolution over time, as one matrix product over the unfolded windows: y = windows W^T + b.
    ///
    /// Frames outside a sequence count as zero, so a sequence gives the same result alone and in a batch.
    ///
    /// - Parameters:
    ///   - weight: [output, width * input], the window's frames one after the other
    ///   - lengths: frames of each sequence
    /// - Returns: [batch, outputTime, output] for this of [batch, time, input].
    public func convolution1D(
        _ weight: Parameter, bias: Parameter, width: Int, stride: Int, padding: Int, lengths: [Int], relu: Bool = false
    ) -> Variable {
        let x = value.converted(to: tape.precision)
        let (batch, time, channels) = (x.shape[0], x.shape[1], x.shape[2])
        precondition(
            weight.shape[1] == width * channels && lengths.count == batch && lengths.allSatisfy { $0 <= time },
            "convolution1D: input \(x.shape), \(weight.name) \(weight.shape) of width \(width), lengths \(lengths)")
        let outputTime = convolutionOutputCount(time, width: width, stride: stride, padding: padding)
        let counts = lengths.map(Int32.init)
        let windows = Tensor(uninitialized: [batch, outputTime, width * channels], x.elementType)
        let kernels = x.elementType.kernels
        let rowsPerPiece = batch == 1 ? max(1, SharedWork.elementsPerPiece / (width * channels)) : outputTime
        SharedWork.forEachPiece(count: outputTime, size: rowsPerPiece) { range in
            // The windows from `lowerBound` on: their first frames lie that much further right.
            kernels.unfold(
                windows.pointer(at: range.lowerBound * width * channels), x.pointer, counts, Int64(batch), Int64(time),
                Int64(channels), Int64(width), Int64(stride), Int64(padding - range.lowerBound * stride),
                Int64(range.count))
        }
        let unfolded = tape.record(windows, of: [self]) { [tape] dwindows in
            let dx = Tensor(uninitialized: x.shape, x.elementType)
            x.elementType.kernels.fold(
                dx.pointer, dwindows.pointer, counts, Int64(batch), Int64(time), Int64(channels), Int64(width),
                Int64(stride), Int64(padding), Int64(outputTime))
            tape.accumulate(self, dx.converted(to: self.value.elementType))
        }
        return unfolded.linear(weight, bias: bias, relu: relu)
    }
}
