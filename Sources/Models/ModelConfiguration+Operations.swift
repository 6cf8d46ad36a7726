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
        if encoder.layer == .lstm {
            // Four gates of two directions of d / 2 units: from the input, of one position or two, and from what they wrote before.
            for layer in 0..<encoderLayerCount {
                let readsPairs = layer > 0 && layer <= encoder.pyramidLayerCount
                positions = readsPairs ? (positions / 2).rounded(.up) : positions
                products += positions * 4 * d * ((readsPairs ? 2 : 1) * d + d / 2)
            }
            return 2 * products
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
        if decoder.layer == .lstm {
            // Gates from input, output and context, query, the map of output and context; energies and context; keys; further layers.
            let attending = u * (12 * d * d + d * d + 2 * d * d + 2 * t * d) + t * d * d
            return 2 * (attending + u * Double(decoderLayerCount - 1) * 8 * d * d + u * d * Double(vocabularySize))
        }
        // Self-attention, queries and output of cross-attention, feed-forward network, scores and context of both.
        let layer = u * (4 * d * d + 2 * d * d + 2 * d * f + 2 * u * d + 2 * t * d) + t * 2 * d * d
        return 2 * (Double(decoderLayerCount) * layer + u * d * Double(vocabularySize))
    }

    /// The CTC output.
    public func ctcOperations(positionCount: Int, vocabularySize: Int) -> Double {
        2 * Double(positionCount) * Double(transformer.modelDimension) * Double(vocabularySize)
    }
}
