import Autograd
import NeuralNetwork
import Numerics
import Tensors
import TestSupport
import Testing

@Suite struct TransformerEncoderTests {
    private func encoder(_ normalization: NormalizationPlacement, dropout: Float = 0) -> (
        ParameterStore, TransformerEncoder
    ) {
        let store = ParameterStore()
        let encoder = TransformerEncoder(
            store, "encoder", layerCount: 2,
            TransformerConfiguration(
                modelDimension: 8, headCount: 2, feedForwardDimension: 12, normalization: normalization,
                dropout: dropout))
        store.randomize(seed: 1)
        return (store, encoder)
    }

    @Test(arguments: NormalizationPlacement.allCases) func paddingDoesNotChangeASequence(
        placement: NormalizationPlacement
    ) {
        let (_, encoder) = encoder(placement)
        let (long, short) = (randomValues(9 * 8, seed: 2), randomValues(5 * 8, seed: 3))
        let padding = randomValues(4 * 8, seed: 4, in: -9...9)
        let together = encoder(Tape().variable(Tensor(long + short + padding, shape: [2, 9, 8])), lengths: [9, 5])
            .output.value
        let alone = encoder(Tape().variable(Tensor(short, shape: [1, 5, 8])), lengths: [5]).output.value
        expectClose(Array(together.rows(1..<2).values.prefix(5 * 8)), alone.values, absolute: 3e-6)
    }

    // Without positions a permutation of the input would permute the output; with them it must not.
    @Test func orderMatters() {
        let (_, encoder) = encoder(.pre)
        let row = randomValues(8, seed: 2)
        let y = encoder(Tape().variable(Tensor(row + row, shape: [1, 2, 8])), lengths: [2]).output.value.values
        #expect(y.prefix(8) != y.suffix(8))
    }

    // Only layers that normalise before their sublayers need a last normalisation.
    @Test(arguments: [(NormalizationPlacement.pre, true), (.post, false)])
    func finalNorm(placement: NormalizationPlacement, isThere: Bool) {
        #expect(encoder(placement).0.parameters.contains { $0.name == "encoder.final_norm.scale" } == isThere)
    }

    private func conformer(_ positions: PositionKind = .rotary) -> TransformerEncoder {
        let store = ParameterStore()
        let encoder = TransformerEncoder(
            store, "encoder", layerCount: 3,
            TransformerConfiguration(
                modelDimension: 8, headCount: 2, feedForwardDimension: 12, activation: .swish, dropout: 0),
            encoder: EncoderConfiguration(layer: .conformer, positions: positions, convolutionWidth: 5))
        store.randomize(seed: 1)
        return encoder
    }

    @Test(arguments: PositionKind.allCases)
    func paddingDoesNotChangeASequenceOfAConformer(positions: PositionKind) {
        let encoder = conformer(positions)
        let (long, short) = (randomValues(9 * 8, seed: 2), randomValues(5 * 8, seed: 3))
        let padding = randomValues(4 * 8, seed: 4, in: -9...9)
        let together = encoder(Tape().variable(Tensor(long + short + padding, shape: [2, 9, 8])), lengths: [9, 5])
        let alone = encoder(Tape().variable(Tensor(short, shape: [1, 5, 8])), lengths: [5])
        expectClose(
            Array(together.output.value.rows(1..<2).values.prefix(5 * 8)), alone.output.value.values, absolute: 3e-6)
    }

    // The output of layer 3 of 3 is the output of the encoder; earlier ones differ.
    @Test func intermediateOutputs() {
        let result = conformer()(Tape().variable(.random([1, 4, 8], seed: 2)), lengths: [4], keeping: [1, 3])
        #expect(result.intermediate.count == 2)
        #expect(result.intermediate[0].value.values != result.output.value.values)
        #expect(result.intermediate[1].value.values == result.output.value.values)
        #expect(result.output.value.shape == [1, 4, 8])
    }

    @Test func theSameKeyGivesTheSameBits() {
        let (store, encoder) = encoder(.pre, dropout: 0.3)
        func run(_ seed: UInt64) -> [Float] {
            let gradients = ParameterGradients(for: store)
            let tape = Tape(gradients: gradients, dropoutKey: RandomKey(seed: seed))
            let y = encoder(tape.variable(.random([2, 5, 8], seed: 2)), lengths: [5, 4]).output
            tape.backward(from: y, gradient: .random([2, 5, 8], seed: 3))
            return y.value.values + gradients.values.values
        }
        #expect(run(1) == run(1))
        #expect(run(1) != run(2))
    }

    @Test(.enabled(if: ElementType.bfloat16.isSupported, "this processor has no bfloat16 products"))
    func bfloat16IsCloseToFloat32() {
        let (store, encoder) = encoder(.pre)
        store.updateBFloat16Values()
        func run(_ precision: ElementType) -> ([Float], [Float]) {
            let gradients = ParameterGradients(for: store)
            let tape = Tape(precision: precision, gradients: gradients)
            let y = encoder(tape.variable(.random([2, 5, 8], seed: 2)), lengths: [5, 4]).output
            tape.backward(from: y, gradient: Tensor.random([2, 5, 8], seed: 3).converted(to: precision))
            return (y.value.values, gradients.values.values)
        }
        let (expected, actual) = (run(.float32), run(.bfloat16))
        expectClose(actual.0, expected.0, absolute: 0.05, "output")
        expectClose(actual.1, expected.1, absolute: 0.1, relative: 0.05, "gradients")
    }
}
