import Autograd

/// Two convolutions of width 3 over time, which shorten a spectrogram by their strides.
public struct ConvolutionalSubsampling: Sendable {
    private static let width = 3
    private static let padding = 1

    /// [model, 3 * input channels] and [model] of each convolution
    public let convolutions: [Linear]
    public let strides: [Int]
    let activation: Activation

    public init(
        _ store: ParameterStore, _ name: String, featureCount: Int, modelDimension: Int, strides: [Int] = [2, 2],
        activation: Activation = .relu
    ) {
        convolutions = strides.indices.map { index in
            Linear(
                store, "\(name).\(index)", inputCount: Self.width * (index == 0 ? featureCount : modelDimension),
                outputCount: modelDimension)
        }
        self.strides = strides
        self.activation = activation
    }

    /// The number of positions that `frameCount` frames become.
    public func outputCount(_ frameCount: Int) -> Int {
        strides.reduce(frameCount) {
            convolutionOutputCount($0, width: Self.width, stride: $1, padding: Self.padding)
        }
    }

    /// [batch, frame, feature] -> [batch, position, model], with the positions of each sequence
    public func callAsFunction(_ features: Variable, lengths: [Int]) -> (Variable, lengths: [Int]) {
        var x = features
        var lengths = lengths
        for (convolution, stride) in zip(convolutions, strides) {
            x = x.convolution1D(
                convolution.weight, bias: convolution.bias!, width: Self.width, stride: stride, padding: Self.padding,
                lengths: lengths, relu: activation == .relu)
            switch activation {
            case .relu: break  // inside the product
            case .gelu: x = x.gelu()
            case .swish: x = x.swish()
            }
            lengths = lengths.map {
                convolutionOutputCount($0, width: Self.width, stride: stride, padding: Self.padding)
            }
        }
        return (x, lengths)
    }
}
