import Files
import Glibc
import Recognition
import TestSupport
import Testing
import Text

/// Tokens 5, 6 and 7 are letters, `end` ends a text.
private let vocabulary = Vocabulary(texts: ["abc"])
private let end = vocabulary.endOfSentence

/// Probabilities of the end and of three letters as log probabilities of eight tokens.
private func row(end endProbability: Float, _ letters: [Float]) -> [Float] {
    var row = [Float](repeating: -.infinity, count: 8)
    row[end] = logf(endProbability)
    for (index, probability) in letters.enumerated() { row[5 + index] = logf(probability) }
    return row
}

/// The hypotheses that a search finds with the given scorers.
private func search(
    beamSize: Int, maximumLength: Int = 10, lengthPenalty: Float = 0, tokenizer: some Tokenizer = vocabulary,
    _ scorers: WeightedScorer...
) throws -> [Hypothesis] {
    try BeamSearch(
        beamSize: beamSize, maximumLength: maximumLength, lengthPenalty: lengthPenalty,
        tokens: WritableTokens(tokenizer))(scorers)
}

private func table(_ logProbabilities: @escaping ([Int]) -> [Float]) -> WeightedScorer {
    WeightedScorer("table", TableScorer(logProbabilities), weight: 1)
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

    /// Blank, padding, unknown and start are no text, however probable.
    @Test(arguments: [1, 3]) func writesLettersOnly(beamSize: Int) throws {
        let hypothesis = try search(
            beamSize: beamSize,
            table { tokens in
                var scores = tokens.isEmpty ? row(end: 0.1, [0.2, 0.3]) : row(end: 0.4, [0.2, 0.3])
                for token in 0...3 { scores[token] = 0 }
                return scores
            })[0]
        #expect(hypothesis.tokens == [6] && hypothesis.isComplete)
    }

    // Of 300 tokens with scores between -2 and -1 the 40 best, in their order, wherever they stand; each text then ends for sure.
    @Test(arguments: [1, 2, 3]) func theBestOfManyTokens(seed: UInt64) throws {
        var scores = randomValues(300, seed: seed, in: -2 ... -1)
        scores[0] = -.infinity
        let sure = [Float(0)] + [Float](repeating: -.infinity, count: 299)
        let search = BeamSearch(
            beamSize: 40, maximumLength: 1, tokens: WritableTokens(count: 300, end: 0), resultCount: 40)
        let found = try search([table { $0.isEmpty ? scores : sure }])
        #expect(found.map(\.tokens) == scores.indices.sorted { scores[$0] > scores[$1] }.prefix(40).map { [$0] })
    }

    // The two best of all texts: p(6, end) = 0.3999 * 0.9 and p(5, end) = 0.6 * 0.3, each with what it is made of. The search for the best
    // alone ends with the first.
    @Test func findsAsManyAsAreWanted() throws {
        let search = BeamSearch(beamSize: 3, maximumLength: 10, tokens: WritableTokens(vocabulary), resultCount: 2)
        let found = try search([table(Self.gardenPath)])
        #expect(found.prefix(2).map(\.tokens) == [[6], [5]] && found.prefix(2).allSatisfy(\.isComplete))
        expectClose(found[0].tokenScores, [logf(0.3999), logf(0.9)], relative: 1e-5)
        expectClose(found[1].tokenScores, [logf(0.6), logf(0.3)], relative: 1e-5)
    }

    @Test func findsWhatABeamOfOneMisses() throws {
        let greedy = try search(beamSize: 1, table(Self.gardenPath))[0]
        #expect(greedy.tokens == [5])
        expectClose([greedy.logProbability], [logf(0.6 * 0.3)], relative: 1e-5)
        let best = try search(beamSize: 2, table(Self.gardenPath))[0]
        #expect(best.tokens == [6])
        #expect(best.isComplete)
        expectClose([best.logProbability], [logf(0.3999 * 0.9)], relative: 1e-5)
    }

    /// A beam of one takes the best token again and again.
    @Test(arguments: 0..<20)
    func aBeamOfOneIsGreedySearch(seed: Int) throws {
        let scores = randomTable(seed: UInt64(seed))
        var greedy: [Int] = []
        var isComplete = false
        while greedy.count <= 5, !isComplete {
            let row = scores(greedy)
            let best = [end, 5, 6, 7].max { row[$0] < row[$1] }!
            isComplete = best == end
            if greedy.count == 5 || isComplete { break }
            greedy.append(best)
        }
        let beam = try search(beamSize: 1, maximumLength: 5, table(scores))[0]
        #expect(beam.tokens == greedy)
        #expect(beam.isComplete == isComplete)
    }

    /// With room for every prefix the search is exhaustive: its best text is the best of all texts of up to 3 letters.
    @Test(arguments: 0..<20)
    func aWideBeamFindsTheBestOfAllTexts(seed: Int) throws {
        let scores = randomTable(seed: UInt64(seed))
        let best = bestOfAllTexts { tokens, token in scores(tokens)[token] }
        let found = try search(beamSize: 40, maximumLength: 3, table(scores))[0]
        #expect(found.tokens == best.tokens)
        expectClose([found.logProbability], [best.score], absolute: 1e-5)
    }

    /// Two scorers, one of them partial: the best text by the weighted sum, and what each of them said.
    @Test(arguments: 0..<20)
    func aPartialScorerCountsAsAFullOne(seed: Int) throws {
        let (first, second) = (randomTable(seed: UInt64(seed)), randomTable(seed: UInt64(seed + 100)))
        let best = bestOfAllTexts { 0.7 * first($0)[$1] + 0.3 * second($0)[$1] }
        let found = try search(
            beamSize: 40, maximumLength: 3, WeightedScorer("first", TableScorer(first), weight: 0.7),
            WeightedScorer("second", TableScorer(second), weight: 0.3, isPartial: true))[0]
        #expect(found.tokens == best.tokens)
        expectClose([found.logProbability], [best.score], absolute: 1e-5)
        func sum(_ table: ([Int]) -> [Float]) -> Float {
            (found.tokens + [end]).indices.reduce(0) {
                $0 + table(Array(found.tokens.prefix($1)))[$1 < found.tokens.count ? found.tokens[$1] : end]
            }
        }
        expectClose(found.scores, [sum(first), sum(second)], absolute: 1e-5)
    }

    /// Partial scorers are asked about what the others think best, and always about the end: with a beam of 1 eight tokens.
    @Test func aPartialScorerSeesTheBestTokensOfTheOthers() throws {
        let large = Vocabulary(texts: ["abcdefghijklmnopqrstuvwxyz"])
        let partial = TableScorer { _ in Array(repeating: -1, count: large.count) }
        let full = TableScorer { _ in
            // Later letters are better; the end is impossible.
            (0..<large.count).map { $0 == large.endOfSentence ? -.infinity : Float($0 - large.count) }
        }
        _ = try search(
            beamSize: 1, maximumLength: 1, tokenizer: large, WeightedScorer("full", full, weight: 1),
            WeightedScorer("partial", partial, weight: 0.5, isPartial: true))
        let best = Array((large.count - 8..<large.count).reversed())
        #expect(partial.askedCandidates.first == [best + [large.endOfSentence]])
    }

    /// With a partial scorer alone, or with a full one that has no weight, there is nothing to choose candidates by: it sees
    /// every token. The letter that is right is the last one of the alphabet.
    @Test(arguments: [false, true]) func aPartialScorerAloneSeesEveryToken(hasUnweightedScorer: Bool) throws {
        let large = Vocabulary(texts: ["abcdefghijklmnopqrstuvwxyz"])
        let last = large.count - 1
        let right = TableScorer { tokens in
            (0..<large.count).map { $0 == (tokens.isEmpty ? last : large.endOfSentence) ? -0.1 : -9 }
        }
        let flat = TableScorer { _ in Array(repeating: -1, count: large.count) }
        var scorers = [WeightedScorer("right", right, weight: 1, isPartial: true)]
        if hasUnweightedScorer { scorers.insert(WeightedScorer("flat", flat, weight: 0), at: 0) }
        let found = try BeamSearch(beamSize: 2, maximumLength: 5, tokens: WritableTokens(large))(scorers)[0]
        #expect(found.tokens == [last] && found.isComplete)
    }

    /// With a reward of 1 nat for each letter, one letter more is worth log 0.4 + 1 = 0.08: the longest text is best, though
    /// the empty one is complete at once.
    @Test func scoresThatMayRiseAreWaitedFor() throws {
        let decoder = TableScorer { _ in row(end: 0.5, [0.4, 0.1]) }
        let reward = TableScorer(canRaiseScores: true) { _ in (0..<8).map { $0 == end ? 0 : 1 } }
        let found = try search(
            beamSize: 4, maximumLength: 3, WeightedScorer("decoder", decoder, weight: 1),
            WeightedScorer("length reward", reward, weight: 1, isBesideAudio: true))[0]
        #expect(found.tokens == [5, 5, 5])
        // What the reward adds is no probability: the model says 0.4 three times, and 0.5 of the end.
        let expected = 3 * logf(0.4) + logf(0.5)
        #expect(abs(found.modelLogProbability - expected) < 1e-5 && abs(found.logProbability - expected - 3) < 1e-5)
    }

    /// The empty text has log 0.5 = -0.693, two letters log 0.45 + 2 log 0.99 = -0.819: worse, but divided by (5 + 3) / 6 it is
    /// -0.614 and better.
    @Test func lengthNormalizationInTheSearch() throws {
        let scores: ([Int]) -> [Float] = { tokens in
            switch tokens.count {
            case 0: row(end: 0.5, [0.45])
            case 1: row(end: 0.01, [0.99])
            default: row(end: 0.99, [0.01])
            }
        }
        #expect(try search(beamSize: 3, table(scores))[0].tokens == [])
        let found = try search(beamSize: 3, lengthPenalty: 1, table(scores))[0]
        #expect(found.tokens == [5, 5])
        expectClose(
            [found.normalizedScore(lengthPenalty: 1)], [(logf(0.45) + 2 * logf(0.99)) / (8.0 / 6)], relative: 1e-5)
    }

    @Test func theLengthLimitLeavesAnIncompleteHypothesis() throws {
        func endless() -> WeightedScorer { table { _ in row(end: 1e-30, [0.4, 0.3, 0.3]) } }
        for beamSize in [1, 3] {
            let hypothesis = try search(beamSize: beamSize, maximumLength: 4, endless())[0]
            #expect(hypothesis.tokens == [5, 5, 5, 5])
            #expect(!hypothesis.isComplete)
        }
    }

    /// Scores of a model whose weights have overflowed: an error, not an empty text.
    @Test(arguments: [Float.nan, .infinity], [false, true])
    func scoresThatAreNotFiniteAreAnError(bad: Float, isPartial: Bool) {
        let broken = TableScorer { _ in Array(repeating: bad, count: 8) }
        let whole = TableScorer { _ in row(end: 0.5, [0.2, 0.3]) }
        #expect(throws: SearchError.self) {
            try search(
                beamSize: 2, WeightedScorer("whole", whole, weight: 0.5),
                WeightedScorer("broken", broken, weight: 0.5, isPartial: isPartial))
        }
    }

    /// A tokenizer with a start sequence of three tokens, suppressed tokens in the middle, and texts that do not begin with the
    /// end or with token 6.
    private struct PromptedTokenizer: Tokenizer {
        let count = 8
        let startSequence = [0, 1, 2]
        let endOfSentence = 4
        let blank: Int? = nil
        let suppressedTokens: Set = [3, 7]
        let suppressedFirstTokens: Set = [4, 6]

        func tokens(of text: String) -> [Int] { [] }
        func text(of tokens: some Sequence<Int>) -> String { "" }
    }

    @Test func suppressedTokensAreNotWritten() throws {
        // All as probable as each other but for the order 7, 3, 4, 6, 5: the first must be 5, behind it the end is best.
        let order: [Float] = [0, 0, 0, -0.2, -0.3, -0.5, -0.4, -0.1]
        let hypothesis = try search(beamSize: 1, tokenizer: PromptedTokenizer(), table { _ in order })[0]
        #expect(hypothesis.tokens == [5] && hypothesis.isComplete)
        let tokens = WritableTokens(PromptedTokenizer())
        #expect(tokens.text(length: 0) == [5..<6] && tokens.text(length: 1) == [5..<7])
    }

    /// score / ((5 + 2) / 6)^1 for one letter and the end.
    @Test func lengthNormalization() {
        let hypothesis = Hypothesis(tokens: [5], logProbability: -3, isComplete: true)
        #expect(hypothesis.normalizedScore(lengthPenalty: 0) == -3)
        expectClose([hypothesis.normalizedScore(lengthPenalty: 1)], [-3 / (7.0 / 6)], relative: 1e-6)
    }

    /// Rescored by a second table, the best of all texts by both is the first, with the scores that a search by both gives it.
    @Test(arguments: [1, 2, 3, 4, 5] as [UInt64]) func rescoring(seed: UInt64) throws {
        let (first, second) = (randomTable(seed: seed), randomTable(seed: seed + 100))
        func other() -> WeightedScorer { WeightedScorer("other", TableScorer(second), weight: 0.7) }
        // Room for all 40 texts of up to three letters, and for all extensions of the longest.
        let search = BeamSearch(beamSize: 120, maximumLength: 3, tokens: WritableTokens(vocabulary), resultCount: 120)
        let found = try search([table(first)])
        let rescored = try search.rescored(found, by: [other()])
        #expect(found.count == 40 && rescored.count == 40)
        let best = bestOfAllTexts { first($0)[$1] + 0.7 * second($0)[$1] }
        #expect(rescored[0].tokens == best.tokens && rescored[0].isComplete)
        let together = try #require(try search([table(first), other()]).first { $0.tokens == best.tokens })
        expectClose([rescored[0].logProbability], [together.logProbability], relative: 1e-5)
        expectClose(rescored[0].scores, together.scores, relative: 1e-5)
        #expect(rescored[0].tokenScores == together.tokenScores)
    }

    /// The best of all texts of up to three letters by the score of each token.
    private func bestOfAllTexts(_ score: ([Int], Int) -> Float) -> (tokens: [Int], score: Float) {
        var best: (tokens: [Int], score: Float) = ([], -.infinity)
        func visit(_ tokens: [Int], _ sum: Float) {
            let whole = sum + score(tokens, end)
            if whole > best.score { best = (tokens, whole) }
            if tokens.count < 3 { for token in 5...7 { visit(tokens + [token], sum + score(tokens, token)) } }
        }
        visit([], 0)
        return best
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
