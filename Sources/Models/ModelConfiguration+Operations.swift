/// Floating-point operations (multiplications and additions) of the matrix products of one utterance: what a benchmark
/// divides by the time to get GFLOP/s.
extension ModelConfiguration {
    /// From the spectrogram to the encoder output.
    ///
    /// - Parameter positionCount: what `frameCount` frames become by subsampling.
    public func encoderOperations(frameCount: Int, positionCount: Int) -> Double {
        let (d, f) = (Double(transformer.modelDimension), Double(transformer.feedForwardDimension))
        let t = Double(positionCount)
        var positions = Double(frameCount)
        var input = Double(frontend.melBinCount)
        var products = 0.0
        for stride in subsamplingStrides {
            positions /= Double(stride)
            products += positions * 3 * input * d
            input = d
        }
        // Projections of attention, feed-forward network, scores and context.
        var layer = 4 * d * d + 2 * d * f + 2 * t * d
        // The second feed-forward network, and the maps and the convolution of the convolution module.
        if encoder.layer == .conformer {
            layer += 2 * d * f + 3 * d * d + Double(encoder.convolutionWidth) * d
        }
        products += Double(encoderLayerCount) * t * layer
        return 2 * products
    }

    /// The decoder over a whole text at once, with its keys and values of the encoder output.
    ///
    /// - Parameter tokenCount: positions of the decoder.
    public func decoderOperations(positionCount: Int, tokenCount: Int, vocabularySize: Int) -> Double {
        let (d, f) = (Double(transformer.modelDimension), Double(transformer.feedForwardDimension))
        let (t, u) = (Double(positionCount), Double(tokenCount))
        // Self-attention, queries and output of cross-attention, feed-forward network, scores and context of both.
        let layer = u * (4 * d * d + 2 * d * d + 2 * d * f + 2 * u * d + 2 * t * d) + t * 2 * d * d
        return 2 * (Double(decoderLayerCount) * layer + u * d * Double(vocabularySize))
    }

    /// The CTC output.
    public func ctcOperations(positionCount: Int, vocabularySize: Int) -> Double {
        2 * Double(positionCount) * Double(transformer.modelDimension) * Double(vocabularySize)
    }
}
