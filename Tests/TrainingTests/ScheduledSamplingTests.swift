import Autograd
import Files
import Models
import Numerics
import Tensors
import TestSupport
import Testing
import Text
import Training

@Suite struct ScheduledSamplingTests {
    private let model: EncoderDecoder
    private let batch = TinyModel.batch(TinyModel.features(frameCounts: [80, 57]), texts: ["abcab cab", "ca b"])
    private let key = RandomKey(seed: 4)

    init() throws { model = try TinyModel.model(seed: 5).network }

    private func loss(_ probability: Float, key: RandomKey?) -> TrainingLoss {
        var configuration = LossConfiguration()
        configuration.scheduledSampling = probability
        return model.loss(batch, tape: Tape(), tokenCount: 15, configuration, samplingKey: key)
    }

    @Test func withoutChanceOrKeyTheRightTextIsSeen() {
        let forced = model.loss(batch, tape: Tape(), tokenCount: 15, LossConfiguration())
        #expect(loss(0, key: key) == forced)
        #expect(loss(1, key: nil) == forced)
    }

    /// With probability 1 the second pass sees every character that the first pass predicts: both passes done here by hand.
    @Test func theSecondPassSeesThePredictionsOfTheFirst() {
        let tape = Tape()
        let encoded = model.encode(tape.variable(batch.features), lengths: batch.frameCounts)
        let time = 10  // the start and nine characters
        let end = Int32(TinyModel.vocabulary.endOfSentence)
        var inputs: [Int32] = []
        var targets: [Int32] = []
        for label in batch.labels.map({ $0.map(Int32.init) }) {
            let filler = time - 1 - label.count
            inputs += [Int32(TinyModel.vocabulary.startSequence[0])] + label + Array(repeating: end, count: filler)
            targets += label + [end] + Array(repeating: -1, count: filler)
        }
        func logits(_ inputs: [Int32]) -> Variable {
            model.decode(
                inputs, batch: 2, keysValues: model.keysValues(encoded), encoderLengths: encoded.lengths)
        }
        let values = logits(inputs).value.values
        let size = model.vocabularySize
        var sampled = inputs
        for place in targets.indices where targets[place] >= 0 && targets[place] != end {
            let scores = values[place * size..<(place + 1) * size]
            let best = scores.indices.max { scores[$0] < scores[$1] }! - place * size
            if best >= Vocabulary.specialNames.count { sampled[place + 1] = Int32(best) }
        }
        #expect(sampled != inputs)
        let expected = logits(sampled).crossEntropy(targets: targets, smoothing: 0.1, weight: 1)
        let result = loss(1, key: key)
        expectClose([Float(result.crossEntropy.loss)], [Float(expected.loss)], relative: 1e-5)
        #expect(result.crossEntropy.loss != loss(0, key: key).crossEntropy.loss)
        #expect(result.ctc == loss(0, key: key).ctc)
    }

    @Test func theSameKeyDrawsTheSame() {
        let half = loss(0.5, key: key)
        #expect(loss(0.5, key: key) == half)
        let others = (0..<8).map { loss(0.5, key: RandomKey(seed: 10 + $0)).crossEntropy.loss }
        #expect(Set(others).count > 1)
    }

    /// The first pass is no part of the gradient: with predictions that do not change, it is the gradient of the loss.
    @Test func gradientAgreesWithDifferencesOfTheLoss() throws {
        let gradients = ParameterGradients(for: model.parameters)
        let tape = Tape(gradients: gradients)
        var configuration = LossConfiguration()
        configuration.scheduledSampling = 1
        _ = model.loss(batch, tape: tape, tokenCount: 15, configuration, samplingKey: key)
        tape.backward()
        for parameter in model.parameters.parameters where parameter.name.hasSuffix("bias") {
            let value = parameter.value.floats
            let (original, step) = (value.pointee, Float(0.002))
            value.pointee = original + step
            let above = loss(1, key: key).perToken(configuration)
            value.pointee = original - step
            let below = loss(1, key: key).perToken(configuration)
            value.pointee = original
            expectClose(
                [gradients.gradient(of: parameter).floats[0]], [Float((above - below) / Double(2 * step))],
                absolute: 4e-3, relative: 2e-2, parameter.name)
        }
    }
}
