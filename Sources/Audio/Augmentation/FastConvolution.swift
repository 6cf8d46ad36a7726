import Synchronization

/// Convolution of long signals by Fourier transforms, block by block (overlap-add).
enum FastConvolution {
    /// The first `signal.count` samples of the convolution with `kernel`, `[sample]`.
    static func convolved(_ signal: [Float], _ kernel: [Float]) -> [Float] {
        guard !signal.isEmpty, !kernel.isEmpty else { return Array(repeating: 0, count: signal.count) }
        var size = 1_024
        while size < 2 * kernel.count { size *= 2 }
        let transform = transform(size: size)
        let blockLength = size - kernel.count + 1
        let buffer = AlignedBuffer(count: size)
        let kernelBins = AlignedBuffer(count: 2 * transform.binCount)
        let bins = AlignedBuffer(count: 2 * transform.binCount)
        for index in kernel.indices { buffer.pointer[index] = kernel[index] }
        transform.execute(input: buffer, output: kernelBins)

        var result = [Float](repeating: 0, count: signal.count)
        for start in stride(from: 0, to: signal.count, by: blockLength) {
            let count = min(blockLength, signal.count - start)
            for index in 0..<size { buffer.pointer[index] = index < count ? signal[start + index] : 0 }
            transform.execute(input: buffer, output: bins)
            multiply(bins, by: kernelBins, binCount: transform.binCount)
            invert(bins, transform: transform, buffer: buffer)
            for index in 0..<min(size, signal.count - start) { result[start + index] += buffer.pointer[index] }
        }
        return result
    }

    /// `[bin, (re, im)]` times `[bin, (re, im)]`, as complex numbers.
    private static func multiply(
        _ bins: borrowing AlignedBuffer, by others: borrowing AlignedBuffer, binCount: Int
    ) {
        for bin in 0..<binCount {
            let (re, im) = (bins.pointer[2 * bin], bins.pointer[2 * bin + 1])
            let (otherRe, otherIm) = (others.pointer[2 * bin], others.pointer[2 * bin + 1])
            bins.pointer[2 * bin] = re * otherRe - im * otherIm
            bins.pointer[2 * bin + 1] = re * otherIm + im * otherRe
        }
    }

    /// The inverse transform of `bins` into `buffer`, which needs no plan of its own: the Hartley transform, re - im of the
    /// Fourier transform of real numbers, is its own inverse but for the factor 1 / size (Bracewell 1983).
    private static func invert(
        _ bins: borrowing AlignedBuffer, transform: RealFourierTransform, buffer: borrowing AlignedBuffer
    ) {
        let size = transform.size
        func toHartley(_ scale: Float) {
            for bin in 0..<transform.binCount {
                let (re, im) = (bins.pointer[2 * bin], bins.pointer[2 * bin + 1])
                buffer.pointer[bin] = (re - im) * scale
                if bin > 0 { buffer.pointer[size - bin] = (re + im) * scale }
            }
        }
        toHartley(1)
        transform.execute(input: buffer, output: bins)
        toHartley(1 / Float(size))
    }

    /// Transforms are kept by size: there are few.
    private static func transform(size: Int) -> RealFourierTransform {
        transforms.withLock { kept in
            if let transform = kept[size] { return transform }
            let transform = RealFourierTransform(size: size)
            kept[size] = transform
            return transform
        }
    }

    private static let transforms = Mutex<[Int: RealFourierTransform]>([:])
}
