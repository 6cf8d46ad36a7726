import Evaluation
import Files
import FoundationEssentials
import Testing

/// Counts of jiwer 4.0.0 from scripts/golden/jiwer_counts.py; scripts/compare-scoring.py does 100,000 pairs.
@Suite struct JiwerTests {
    @Test func countsAreJiwers() throws {
        var scorer = PairScorer()
        var count = 0
        for line in try fixture("jiwer.tsv").split(separator: "\n") {
            let columns = line.split(separator: "\t")
            let reference = try JSONDecoder().decode(String.self, from: Data(columns[0].utf8))
            let hypothesis = try JSONDecoder().decode(String.self, from: Data(columns[1].utf8))
            let expected = columns[2...].map { Int($0)! }
            for (unit, values) in [(ScoringUnit.words, expected[..<4]), (.characters, expected[4...])] {
                let counts = scorer.counts(reference: reference, hypothesis: hypothesis, unit: unit)
                #expect(
                    [counts.hits, counts.substitutions, counts.insertions, counts.deletions] == Array(values),
                    "\(unit) of line \(count + 1)")
            }
            count += 1
        }
        #expect(count == 299)
    }

    /// Counts of jiwer 4.0.0 (python: the same generator, words "w0"..."w99") on pairs that are cut in half because
    /// the matrix would exceed 1 MiB.
    @Test(arguments: LongPair.all) func longPairsAreCutAsRapidFuzzCuts(_ pair: LongPair) {
        let (reference, hypothesis) = pair.texts
        let counts = WordErrorRate(reference: reference, hypothesis: hypothesis).counts
        #expect(counts == pair.counts)
    }

    @Test func operationsRebuildTheHypothesis() {
        let (reference, hypothesis) = LongPair.all[0].texts
        let alignment = Alignment(reference: reference, hypothesis: hypothesis)
        #expect(alignment.steps.compactMap(\.reference) == reference.split(separator: " ").map(String.init))
        #expect(alignment.steps.compactMap(\.hypothesis) == hypothesis.split(separator: " ").map(String.init))
        for step in alignment.steps where step.operation == .hit { #expect(step.reference == step.hypothesis) }
    }
}

/// A pair of long texts from a linear congruential generator, so that Python makes the same one.
struct LongPair: Sendable {
    var wordCount: Int
    var vocabularySize: UInt32
    /// One word in so many is dropped, one replaced, one repeated.
    var changeInterval: UInt32
    var counts: ErrorCounts

    /// scripts/golden/jiwer_long.py
    static let all = [
        LongPair(
            wordCount: 3000, vocabularySize: 100, changeInterval: 10,
            counts: ErrorCounts(
                hits: 2397, substitutions: 346, insertions: 216, deletions: 257)),
        LongPair(
            wordCount: 5000, vocabularySize: 5, changeInterval: 4,
            counts: ErrorCounts(
                hits: 3153, substitutions: 1214, insertions: 508, deletions: 633)),
        LongPair(
            wordCount: 10000, vocabularySize: 2000, changeInterval: 50,
            counts: ErrorCounts(
                hits: 9596, substitutions: 199, insertions: 175, deletions: 205)),
        LongPair(
            wordCount: 4000, vocabularySize: 30, changeInterval: 3,
            counts: ErrorCounts(
                hits: 1569, substitutions: 1951, insertions: 462, deletions: 480)),
    ]

    var texts: (reference: String, hypothesis: String) {
        var state: UInt32 = 1
        func next(_ bound: UInt32) -> UInt32 {
            state = state &* 1_664_525 &+ 1_013_904_223
            return (state >> 8) % bound
        }
        var reference: [String] = []
        var hypothesis: [String] = []
        for _ in 0..<wordCount {
            let word = "w\(next(vocabularySize))"
            reference.append(word)
            switch next(changeInterval) {
            case 0: break
            case 1: hypothesis.append("w\(next(vocabularySize))")
            case 2: hypothesis += [word, word]
            default: hypothesis.append(word)
            }
        }
        return (reference.joined(separator: " "), hypothesis.joined(separator: " "))
    }
}
