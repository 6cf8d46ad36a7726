import Autograd
import Models
import TestSupport
import Testing
import Training

/// Expects that the gradient of the loss of a tiny model, all losses included, agrees with differences of the loss in one element of each
/// parameter.
func expectGradients(
    of network: EncoderDecoder, intermediateCTCLayers: [Int], sourceLocation: SourceLocation = #_sourceLocation
) {
    let batch = TinyModel.batch(TinyModel.features(frameCounts: [24, 17]), texts: ["ab", "c"])
    var configuration = LossConfiguration()
    configuration.intermediateCTCLayers = intermediateCTCLayers
    func loss(_ gradients: ParameterGradients? = nil) -> Double {
        let tape = Tape(gradients: gradients)
        let loss = network.loss(batch, tape: tape, tokenCount: 5, configuration)
        if gradients != nil { tape.backward() }
        return loss.perToken(configuration)
    }
    let gradients = ParameterGradients(for: network.parameters)
    _ = loss(gradients)
    for (place, parameter) in network.parameters.parameters.enumerated() {
        let index = place * 131 % parameter.count
        let value = parameter.value.floats + index
        let original = value.pointee
        let step: Float = 0.01
        value.pointee = original + step
        let above = loss()
        value.pointee = original - step
        let below = loss()
        value.pointee = original
        expectClose(
            [gradients.gradient(of: parameter).floats[index]], [Float((above - below) / Double(2 * step))],
            absolute: 2e-3, relative: 2e-2, parameter.name, sourceLocation: sourceLocation)
    }
}
