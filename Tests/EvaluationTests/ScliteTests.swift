import Evaluation
import FoundationEssentials
import Testing

/// Counts of NIST sclite 2.10 (Debian's sctk), from scripts/golden/sclite_counts.py.
@Suite struct ScliteTests {
    static func score(_ reference: String, _ hypothesis: String) throws -> CorpusScore {
        let records = try RecordMatching.records(
            reference: TranscriptSource(path: fixturePath("sclite/" + reference)),
            hypothesis: TranscriptSource(path: fixturePath("sclite/" + hypothesis)))
        return try CorpusScore(records, options: ScoringOptions(weights: .sclite))
    }

    /// Hits, substitutions, deletions, insertions: sclite's order.
    static func row(_ counts: ErrorCounts) -> [Int] {
        [counts.hits, counts.substitutions, counts.deletions, counts.insertions]
    }

    @Test(arguments: ["plain", "alternatives"]) func trn(_ name: String) throws {
        let score = try Self.score("\(name).ref.trn", "\(name).hyp.trn")
        var counts: [String: [Int]] = [:]
        for (record, utterance) in zip(score.records, score.utterances) {
            counts[record.id] = Self.row(utterance.words)
        }
        var count = 0
        for line in try fixture("sclite/\(name).expected").split(separator: "\n") {
            let fields = line.split(separator: " ")
            #expect(counts[String(fields[0])] == fields[1...].map { Int($0)! }, "\(fields[0])")
            count += 1
        }
        #expect(count == 60 && score.records.count == 60)
    }

    @Test func stmAndCtm() throws {
        let score = try Self.score("segments.stm", "segments.ctm")
        let expected = try fixture("sclite/segments.expected").split(separator: "\n").map { line in
            line.split(separator: " ").map { Int($0)! }
        }
        #expect(score.utterances.map { Self.row($0.words) } == expected)
        #expect(score.records[0].speaker == "file0-A")
    }

    /// `sc_stats -t mapsswe -v`: segments, mean, standard deviation, z to three digits.
    @Test func matchedPairs() throws {
        let comparison = try SystemComparison(
            Self.score("plain.ref.trn", "plain.hyp.trn"), Self.score("plain.ref.trn", "plain.second.trn"),
            resampleCount: 0)
        let expected = try fixture("sclite/mapsswe.expected").split { $0 == " " || $0 == "\n" }.map { Double($0)! }
        let test = comparison.matchedPairs
        #expect(test.segmentCount == Int(expected[0]))
        #expect(abs(test.meanDifference - expected[1]) < 0.0005)
        #expect(abs(test.standardDeviation - expected[2]) < 0.0005)
        #expect(abs(test.zStatistic - expected[3]) < 0.0005)
        // 2 (1 - Phi(3.077)) = 0.00209
        #expect(abs(test.pValue - 0.00209) < 0.00001)
    }

    @Test func weightsChangeTheCounts() {
        // a b c / x a: Levenshtein pairs a-x and b-a and drops c (3 errors); with 4/3/3 it is cheaper to insert x, hit a
        // and drop b and c (9 < 11), also 3 errors but other ones.
        let plain = WordErrorRate(reference: "a b c", hypothesis: "x a").counts
        let weighted = WordErrorRate(reference: "a b c", hypothesis: "x a", weights: .sclite).counts
        #expect(plain.errors == 3)
        #expect(weighted == ErrorCounts(hits: 1, insertions: 1, deletions: 2))
    }
}
