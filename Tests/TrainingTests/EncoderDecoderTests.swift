import Autograd
import Files
import Models
import NeuralNetwork
import Numerics
import Recognition
import Tensors
import TestSupport
import Testing
import Text
import Training

@Suite struct EncoderDecoderTests {
    /// Padding is invisible: what an utterance gives does not depend on its neighbours in the batch.
    @Test(arguments: NormalizationPlacement.allCases)
    func aBatchGivesWhatItsUtterancesGiveAlone(placement: NormalizationPlacement) throws {
        let model = try TinyModel.model(placement).network
        let spectrograms = TinyModel.features(frameCounts: [37, 22, 9])
        let texts = ["abc", "", "ca b"]
        let together = model.loss(
            TinyModel.batch(spectrograms, texts: texts), tape: Tape(), tokenCount: 1, LossConfiguration())
        var alone = TrainingLoss()
        for (spectrogram, text) in zip(spectrograms, texts) {
            alone += model.loss(
                TinyModel.batch([spectrogram], texts: [text]), tape: Tape(), tokenCount: 1, LossConfiguration())
        }
        #expect(together.crossEntropy.count == 3 + 4 + 3)
        #expect(together.crossEntropy.count == alone.crossEntropy.count)
        #expect(together.ctc.impossible == 1)  // "ca b" does not fit the 3 positions of 9 frames
        expectClose(
            [Float(together.crossEntropy.loss), Float(together.ctc.loss)],
            [Float(alone.crossEntropy.loss), Float(alone.ctc.loss)], relative: 1e-5)
        // The joined loss is made of the two.
        var configuration = LossConfiguration()
        let ctc = try #require(together.ctcPerToken(configuration))
        let weight = Double(configuration.ctcWeight)
        let joined = (1 - weight) * together.crossEntropy.loss / 10 + weight * ctc
        expectClose([Float(together.perToken(configuration))], [Float(joined)], relative: 1e-6)
        configuration.ctcWeight = 0
        #expect(together.ctcPerToken(configuration) == nil && TrainingLoss().ctcPerToken(LossConfiguration()) == nil)
    }

    /// The gradient of the whole model, all losses and tied embedding included, against differences of the loss.
    @Test(arguments: [[], [1]]) func gradientAgreesWithDifferencesOfTheLoss(intermediateCTCLayers: [Int]) throws {
        expectGradients(of: try TinyModel.model().network, intermediateCTCLayers: intermediateCTCLayers)
    }

    /// What is frozen has no gradient; all others have the same bits as without.
    @Test(arguments: [["subsampling"], ["subsampling", "encoder"], ["decoder"], ["encoder.layers.0.feed_forward"]])
    func freezingLeavesTheOtherGradientsAlone(prefixes: [String]) throws {
        let model = try TinyModel.model().network
        let batch = TinyModel.batch(TinyModel.features(frameCounts: [24, 17]), texts: ["ab", "c"])
        func gradients(isFrozen: (Parameter) -> Bool) -> ParameterGradients {
            let gradients = ParameterGradients(for: model.parameters, isFrozen: isFrozen)
            let tape = Tape(gradients: gradients, dropoutKey: RandomKey(seed: 1))
            _ = model.loss(batch, tape: tape, tokenCount: 5, LossConfiguration())
            tape.backward()
            return gradients
        }
        func isFrozen(_ parameter: Parameter) -> Bool { prefixes.contains { parameter.name.hasPrefix($0 + ".") } }
        let all = gradients { _ in false }
        let some = gradients(isFrozen: isFrozen)
        for parameter in model.parameters.parameters where !isFrozen(parameter) {
            #expect(
                some.gradient(of: parameter).values == all.gradient(of: parameter).values, "\(parameter.name)")
        }
        #expect(model.parameters.parameters.contains(where: isFrozen))
    }

    /// Decoding token by token with the cache gives the logits of the whole text at once.
    @Test func cachedDecodingIsTheSameForwardPass() throws {
        let model = try TinyModel.model().network
        let tape = Tape()
        let batch = TinyModel.batch(TinyModel.features(frameCounts: [30]), texts: [""])
        let encoded = model.encode(tape.variable(batch.features), lengths: batch.frameCounts)
        let keysValues = model.keysValues(encoded)
        let tokens: [Int32] = [3, 5, 7, 6, 8]
        let whole = model.decode(tokens, batch: 1, keysValues: keysValues, encoderLengths: encoded.lengths).value
        let state = model.decoderState(batch: 1)
        var steps: [Float] = []
        for token in tokens {
            steps +=
                model.decode(
                    [token], batch: 1, memory: model.decoderMemory(encoded), state: state, on: tape
                ).value.values
        }
        expectClose(steps, whole.values, absolute: 1e-5)
    }

    /// A beam of one is greedy search with the real decoder too, and a beam finds nothing worse.
    @Test func beamSearchIsNotWorseThanGreedySearch() throws {
        let model = try TinyModel.model(seed: 5)
        let features = TinyModel.features(frameCounts: [60])[0]
        func hypothesis(beamSize: Int) throws -> Hypothesis {
            var options = TranscriptionOptions()
            options.beamSize = beamSize
            options.ctcWeight = 0
            return try Transcriber(model: model, options: options).hypothesis(for: features)
        }
        let greedy = try hypothesis(beamSize: 1)
        let beam = try hypothesis(beamSize: 8)
        #expect(!greedy.isComplete || beam.logProbability >= greedy.logProbability - 1e-4)
    }
}
