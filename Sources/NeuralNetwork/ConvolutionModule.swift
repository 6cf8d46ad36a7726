import Autograd

/// The convolution module of the Conformer: pointwise map and gate, depthwise convolution, normalisation, swish,
/// pointwise map; Gulati et al. 2020, section 2.2.
///
/// It normalises each position by itself (layer normalisation) where the paper normalises over the batch: the result of an
/// utterance then depends on nothing but the utterance, in training as in use.
public struct ConvolutionModule: Sendable {
    public let gated: Linear
    /// [width, model] and [model]
    public let depthwiseWeight: Parameter
    public let depthwiseBias: Parameter
    let norm: LayerNorm
    public let output: Linear

    public init(_ store: ParameterStore, _ name: String, modelDimension: Int, width: Int) {
        gated = Linear(store, "\(name).gated", inputCount: modelDimension, outputCount: 2 * modelDimension)
        depthwiseWeight = store.declare(
            "\(name).depthwise.weight", shape: [width, modelDimension],
            .glorotUniform(inputCount: width, outputCount: width))
        depthwiseBias = store.declare(
            "\(name).depthwise.bias", shape: [modelDimension], .zeros, hasWeightDecay: false)
        norm = LayerNorm(store, "\(name).norm", featureCount: modelDimension)
        output = Linear(store, "\(name).output", inputCount: modelDimension, outputCount: modelDimension)
    }

    /// [batch, time, model] -> [batch, time, model]
    public func callAsFunction(_ x: Variable, lengths: [Int]) -> Variable {
        let convolved = gated(x).gatedLinearUnit().depthwiseConvolution(
            depthwiseWeight, bias: depthwiseBias, lengths: lengths)
        return output(norm(convolved.converted(to: .float32)).swish())
    }
}
