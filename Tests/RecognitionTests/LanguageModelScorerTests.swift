import Glibc
import LanguageModels
import Recognition
import TestSupport
import Testing
import Text

@Suite struct LanguageModelScorerTests {
    private let vocabulary = Vocabulary(texts: ["abc"])

    /// A recogniser that hears "a" a little better than "b", and always one letter.
    private func table() -> WeightedScorer {
        WeightedScorer(
            "table",
            TableScorer { [vocabulary] tokens in
                var row = [Float](repeating: -.infinity, count: vocabulary.count)
                if tokens.isEmpty {
                    for (letter, probability) in zip("abc", [Float(0.5), 0.4, 0.1]) {
                        row[vocabulary.tokens(of: String(letter))[0]] = logf(probability)
                    }
                } else {
                    row[vocabulary.endOfSentence] = 0
                }
                return row
            }, weight: 1)
    }

    /// The text of a language model, which was made of "b" alone, decides with a weight of 1 and not with one of 0.01.
    @Test func theLanguageModelDecides() throws {
        let folder = try TemporaryFolder()
        var options = NGramTraining.Options()
        options.unit = .characters
        options.order = 2
        let text = try folder.write("b.txt", String(repeating: "b\n", count: 20))
        _ = try NGramTraining(options, vocabulary: vocabulary, output: folder.path + "/lm").run(
            TrainingText(paths: [text], normalizer: .none))
        let model = try LanguageModel(directory: folder.path + "/lm", vocabulary: .characters(vocabulary))
        for (weight, expected) in [(Float(0.01), "a"), (1, "b")] {
            for isPartial in [false, true] {
                let scorer = model.scorer(end: vocabulary.endOfSentence, tokenCount: vocabulary.count)
                let best = try BeamSearch(beamSize: 2, maximumLength: 3, tokens: WritableTokens(vocabulary))([
                    table(), WeightedScorer("lm", scorer, weight: weight, isPartial: isPartial),
                ])[0]
                #expect(vocabulary.text(of: best.tokens) == expected)
            }
        }
    }

    /// The same with a network, whose states follow the hypotheses: one that has learned nothing but that "b" is usual.
    @Test(arguments: [LanguageModelDescription.Kind.lstm, .transformer])
    func aNetworkDecides(kind: LanguageModelDescription.Kind) throws {
        var configuration = LanguageNetworkConfiguration(kind)
        (configuration.layers, configuration.dimension, configuration.heads) = (1, 8, 2)
        let network = LanguageNetwork(configuration, tokenCount: vocabulary.count)
        network.parameters.randomize(seed: 1)
        var bias = [Float](repeating: 0, count: vocabulary.count)
        bias[vocabulary.tokens(of: "b")[0]] = 9
        network.parameters.set("output.weight", Array(repeating: 0, count: vocabulary.count * 8))
        network.parameters.set("output.bias", bias)
        let model = NetworkModel(network, for: .characters(vocabulary))
        for (weight, expected) in [(Float(0.01), "a"), (1, "b")] {
            for isPartial in [false, true] {
                let best = try BeamSearch(beamSize: 2, maximumLength: 3, tokens: WritableTokens(vocabulary))([
                    table(), WeightedScorer("lm", NetworkScorer(model), weight: weight, isPartial: isPartial),
                ])[0]
                #expect(vocabulary.text(of: best.tokens) == expected)
                // What was scored on the way is what the text is worth at once.
                let whole = model.logProbability(of: [best.tokens])
                #expect(abs(Double(best.scores[1]) - whole) < 1e-4)
            }
            // The same where it scores only the two texts that were found.
            let search = BeamSearch(beamSize: 2, maximumLength: 3, tokens: WritableTokens(vocabulary), resultCount: 2)
            let rescored = try search.rescored(
                try search([table()]), by: [WeightedScorer("lm", NetworkScorer(model), weight: weight)])
            #expect(rescored.map { vocabulary.text(of: $0.tokens) } == (expected == "a" ? ["a", "b"] : ["b", "a"]))
            for hypothesis in rescored {
                #expect(abs(Double(hypothesis.scores[1]) - model.logProbability(of: [hypothesis.tokens])) < 1e-4)
            }
        }
    }

    /// Three letters score one nat each, the end nothing: 3 times the reward.
    @Test func eachTokenIsRewarded() throws {
        let scorer = LengthScorer(end: vocabulary.endOfSentence, tokenCount: vocabulary.count)
        let letters = WeightedScorer(
            "table",
            TableScorer { [vocabulary] tokens in
                var row = [Float](repeating: -.infinity, count: vocabulary.count)
                row[tokens.count < 3 ? vocabulary.tokens(of: "a")[0] : vocabulary.endOfSentence] = -1
                return row
            }, weight: 1)
        let best = try BeamSearch(beamSize: 2, maximumLength: 5, tokens: WritableTokens(vocabulary))([
            letters, WeightedScorer("length", scorer, weight: 0.5, isPartial: true),
        ])[0]
        #expect(best.scores == [-4, 3] && best.logProbability == -4 + 1.5)
    }
}
