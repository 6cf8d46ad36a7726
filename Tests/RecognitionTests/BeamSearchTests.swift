import Glibc
import Recognition
import TestSupport
import Testing
import Text

/// Tokens 5, 6 and 7 are letters, `end` ends a text.
private let end = Vocabulary.endOfSentence

/// Probabilities of the end and of three letters as log probabilities of eight tokens.
private func row(end endProbability: Float, _ letters: [Float]) -> [Float] {
    var row = [Float](repeating: -.infinity, count: 8)
    row[end] = logf(endProbability)
    for (index, probability) in letters.enumerated() { row[5 + index] = logf(probability) }
    return row
}

@Suite struct BeamSearchTests {
    /// Greedy takes letter 5 (0.6) and then can only go on with 0.4 * ...; the best text begins with letter 6:
    /// p(5, end) = 0.6 * 0.3 = 0.18, p(6, end) = 0.4 * 0.9 = 0.36.
    private static func gardenPath(_ tokens: [Int]) -> [Float] {
        switch tokens.first {
        case nil: row(end: 0.0001, [0.6, 0.3999])
        case 5: row(end: 0.3, [0.25, 0.25, 0.2])
        default: row(end: 0.9, [0.1])
        }
    }

    /// Blank, padding, unknown and start are no text, however probable: greedy search takes the best letter or the end.
    @Test func greedySearchWritesLettersOnly() {
        let scorer = TableScorer { tokens in
            var scores = tokens.isEmpty ? row(end: 0.1, [0.2, 0.3]) : row(end: 0.4, [0.2, 0.3])
            for token in [Vocabulary.blank, Vocabulary.padding, Vocabulary.unknown, Vocabulary.startOfSentence] {
                scores[token] = 0
            }
            return scores
        }
        let hypothesis = GreedySearch(maximumLength: 10)(scorer)
        #expect(hypothesis.tokens == [6] && hypothesis.isComplete)
    }

    @Test func findsWhatGreedySearchMisses() {
        let greedy = GreedySearch(maximumLength: 10)(TableScorer(Self.gardenPath))
        #expect(greedy.tokens == [5])
        expectClose([greedy.logProbability], [logf(0.6 * 0.3)], relative: 1e-5)
        let best = BeamSearch(beamSize: 2, maximumLength: 10)([.init(TableScorer(Self.gardenPath), weight: 1)])[0]
        #expect(best.tokens == [6])
        #expect(best.isComplete)
        expectClose([best.logProbability], [logf(0.3999 * 0.9)], relative: 1e-5)
    }

    @Test(arguments: 0..<20)
    func beamOfOneIsGreedySearch(seed: Int) {
        let table = randomTable(seed: UInt64(seed))
        let greedy = GreedySearch(maximumLength: 5)(TableScorer(table))
        let beam = BeamSearch(beamSize: 1, maximumLength: 5)([.init(TableScorer(table), weight: 1)])[0]
        #expect(beam.tokens == greedy.tokens)
        #expect(beam.isComplete == greedy.isComplete)
    }

    /// With room for every prefix the search is exhaustive: its best text is the best of all texts of up to 3 letters.
    @Test(arguments: 0..<20)
    func wideBeamFindsTheBestOfAllTexts(seed: Int) {
        let table = randomTable(seed: UInt64(seed))
        var best: (tokens: [Int], score: Float) = ([], -.infinity)
        func visit(_ tokens: [Int], _ score: Float) {
            let scores = table(tokens)
            if score + scores[end] > best.score { best = (tokens, score + scores[end]) }
            if tokens.count < 3 { for token in 5...7 { visit(tokens + [token], score + scores[token]) } }
        }
        visit([], 0)
        let found = BeamSearch(beamSize: 40, maximumLength: 3)([.init(TableScorer(table), weight: 1)])[0]
        #expect(found.tokens == best.tokens)
        expectClose([found.logProbability], [best.score], absolute: 1e-5)
    }

    @Test func theLengthLimitLeavesAnIncompleteHypothesis() {
        func endless() -> TableScorer { TableScorer { _ in row(end: 1e-30, [0.4, 0.3, 0.3]) } }
        let hypothesis = BeamSearch(beamSize: 3, maximumLength: 4)([.init(endless(), weight: 1)])[0]
        #expect(hypothesis.tokens == [5, 5, 5, 5])
        #expect(!hypothesis.isComplete)
        #expect(!GreedySearch(maximumLength: 4)(endless()).isComplete)
    }

    /// score / ((5 + 2) / 6)^1 for one letter and the end.
    @Test func lengthNormalization() {
        let hypothesis = Hypothesis(tokens: [5], logProbability: -3, isComplete: true)
        #expect(hypothesis.normalizedScore(lengthPenalty: 0) == -3)
        expectClose([hypothesis.normalizedScore(lengthPenalty: 1)], [-3 / (7.0 / 6)], relative: 1e-6)
    }

    private func randomTable(seed: UInt64) -> ([Int]) -> [Float] {
        { tokens in
            var state = tokens.reduce(seed &* 31 &+ 7) { ($0 &+ UInt64($1)) &* 0x9e37_79b9_7f4a_7c15 }
            let weights = (0..<4).map { _ -> Float in
                state = (state ^ (state >> 29)) &* 0xbf58_476d_1ce4_e5b9
                return 0.05 + Float(state >> 40) * 0x1p-24
            }
            let sum = weights.reduce(0, +)
            return row(end: weights[0] / sum, weights.dropFirst().map { $0 / sum })
        }
    }
}
