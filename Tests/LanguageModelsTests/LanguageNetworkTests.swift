import Autograd
import LanguageModels
import Models
import Tensors
import TestSupport
import Testing
import Text

@Suite struct LanguageNetworkTests {
    private static let kinds: [LanguageModelDescription.Kind] = [.lstm, .transformer]

    private func network(_ kind: LanguageModelDescription.Kind, dimension: Int = 4, tokenCount: Int = 5)
        -> LanguageNetwork
    {
        var configuration = LanguageNetworkConfiguration(kind)
        (configuration.layers, configuration.dimension, configuration.heads) = (2, dimension, 2)
        let network = LanguageNetwork(configuration, tokenCount: tokenCount)
        network.parameters.randomize(seed: 1)
        return network
    }

    @Test(arguments: kinds) func finiteDifferences(kind: LanguageModelDescription.Kind) {
        let network = network(kind)
        expectLossGradients([], store: network.parameters, step: 0x1p-6, tolerance: 3e-3) { tape, _ in
            network.loss([[0, 1, 2], [2], []], start: 3, end: 4, weight: 1, on: tape).loss
        }
    }

    // Logits that are all 0: each of the 4 + 2 + 1 tokens with ends costs ln 5.
    @Test(arguments: kinds) func theLossOfOneThatKnowsNothing(kind: LanguageModelDescription.Kind) {
        let network = network(kind)
        network.parameters.set("output.weight", Array(repeating: 0, count: 20))
        network.parameters.set("output.bias", Array(repeating: 0, count: 5))
        let sums = network.loss([[0, 1, 2], [2], []], start: 3, end: 4, weight: 1, on: Tape())
        #expect(sums.count == 7)
        expectClose([Float(sums.loss)], [7 * 1.6094379], relative: 1e-5)
    }

    /// Step by step a text is as probable as at once, and so are texts that have a beginning in common.
    @Test(arguments: kinds, [5, 1_100]) func stepByStep(kind: LanguageModelDescription.Kind, tokenCount: Int) {
        let network = network(kind, dimension: 16, tokenCount: tokenCount)
        network.prepareForUse()
        let texts: [[Int32]] = [[0, 1, 2, 0], [0, 1, 1, 2]]
        let beginnings = LanguageNetwork.Beginnings(network, start: 3)
        var sums = [Float(0), 0]
        var rows = [0, 0]
        for position in 0...4 {
            let scores = beginnings.logProbabilities()
            let next = texts.map { position == 4 ? 4 : $0[position] }
            for text in 0..<2 { sums[text] += scores.floats[rows[text] * tokenCount + Int(next[text])] }
            // In turn the one and the other comes first.
            let order = position % 2 == 0 ? [1, 0] : [0, 1]
            beginnings.select(parents: order.map { rows[$0] }, tokens: order.map { next[$0] })
            rows = order
        }
        for text in 0..<2 {
            let loss = network.loss([texts[text]], start: 3, end: 4, weight: 1, on: Tape()).loss
            expectClose([sums[text]], [-Float(loss)], absolute: 1e-4)
        }
    }

    /// A text beside longer ones is worth the same, and the order of texts does not matter.
    @Test(arguments: kinds) func textsDoNotSeeEachOther(kind: LanguageModelDescription.Kind) {
        let network = network(kind, dimension: 16)
        func loss(_ texts: [[Int32]]) -> Double { network.loss(texts, start: 3, end: 4, weight: 1, on: Tape()).loss }
        let alone = loss([[0, 1]]) + loss([[2, 2, 2, 1, 0, 1, 2, 0, 0, 1]])
        #expect(abs(loss([[0, 1], [2, 2, 2, 1, 0, 1, 2, 0, 0, 1]]) - alone) < 1e-4)
    }

    @Test func sizesThatCannotWorkAreRefused() {
        var configuration = LanguageNetworkConfiguration(.transformer)
        configuration.heads = 7
        #expect(throws: LanguageModelError("lm.dimension is 384, which is no multiple of lm.heads, 7")) {
            try configuration.validate()
        }
        configuration = LanguageNetworkConfiguration(.lstm)
        configuration.layers = 0
        #expect(throws: LanguageModelError("lm.layers is 0; it must be from 1 to 64")) { try configuration.validate() }
    }
}
