import Files
import Glibc
import Recognition
import Tensors
import TestSupport
import Testing
import Text

/// Three frames over blank (0), two letters (5, 6); the other tokens are as good as impossible.
private let frames: [[Float]] = [[0.5, 0.3, 0.2], [0.2, 0.5, 0.3], [0.4, 0.1, 0.5]]

private func logProbabilities() -> Tensor {
    let values = frames.flatMap { frame -> [Float] in
        var row = [Float](repeating: -80, count: 7)
        (row[0], row[5], row[6]) = (logf(frame[0]), logf(frame[1]), logf(frame[2]))
        return row
    }
    return Tensor(values, shape: [1, 3, 7])
}

/// The probability of every text, by adding up all 27 paths: repetitions joined, blanks dropped.
private func textProbabilities() -> [[Int]: Float] {
    var sums: [[Int]: Float] = [:]
    let tokens = [0, 5, 6]
    for a in 0..<3 {
        for b in 0..<3 {
            for c in 0..<3 {
                let path = [tokens[a], tokens[b], tokens[c]]
                var text: [Int] = []
                for (index, token) in path.enumerated() where token != 0 && (index == 0 || path[index - 1] != token) {
                    text.append(token)
                }
                sums[text, default: 0] += frames[0][a] * frames[1][b] * frames[2][c]
            }
        }
    }
    return sums
}

/// Two letters behind five special tokens.
private let vocabulary = Vocabulary(texts: ["ab"])

private func makeScorer() -> CTCPrefixScorer {
    CTCPrefixScorer(logProbabilities: logProbabilities(), blank: 0, tokens: WritableTokens(vocabulary))
}

@Suite struct CTCPrefixScorerTests {
    /// Scores of prefixes and texts add up to what all paths say.
    @Test func agreesWithTheSumOverAllPaths() {
        let expected = textProbabilities()
        func check(_ prefix: [Int], _ scorer: CTCPrefixScorer, _ score: Float) {
            let gains = scorer.scores().floats
            let text = expf(score + gains[vocabulary.endOfSentence])
            expectClose([text], [expected[prefix] ?? 0], absolute: 1e-6, "text \(prefix)")
            for token in [5, 6] {
                let longer = prefix + [token]
                let all = expected.filter { $0.key.starts(with: longer) }.reduce(0) { $0 + $1.value }
                expectClose([expf(score + gains[token])], [all], absolute: 1e-6, "prefix \(longer)")
            }
        }
        for prefix in [[], [5], [6], [5, 5], [5, 6], [6, 5]] {
            let scorer = makeScorer()
            var score: Float = 0
            for token in prefix {
                score += scorer.scores(of: [[token]])[0][0]
                scorer.select(parents: [0], tokens: [token])
            }
            check(prefix, scorer, score)
        }
    }

    /// The best text of all paths is what a wide beam over this scorer alone finds, also where it is partial and no other scorer
    /// says which tokens to look at.
    @Test(arguments: [false, true]) func aBeamFindsTheMostProbableText(isPartial: Bool) throws {
        let best = textProbabilities().max { $0.value < $1.value }!
        let search = BeamSearch(beamSize: 10, maximumLength: 3, tokens: WritableTokens(vocabulary))
        let found = try search([WeightedScorer("CTC", makeScorer(), weight: 1, isPartial: isPartial)])[0]
        #expect(found.tokens == best.key)
        expectClose([expf(found.logProbability)], [best.value], absolute: 1e-6)
    }
}
