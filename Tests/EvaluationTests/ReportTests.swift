import Evaluation
import Files
import FoundationEssentials
import TestSupport
import Testing
import Text

@Suite struct ReportTests {
    static func records() -> [ScoringRecord] {
        [
            ScoringRecord(
                id: "s1_1", reference: "the cat sat", hypothesis: "the hat sat down", speaker: "s1",
                signalToNoiseRatio: 12),
            ScoringRecord(
                id: "s2_1", reference: "the cat", hypothesis: "the hat", speaker: "s2", signalToNoiseRatio: -3),
            ScoringRecord(id: "s2_2", reference: "a b c d e f", hypothesis: "a b c d e f", speaker: "s2"),
            ScoringRecord(id: "s2_3", reference: "</script><!-- x", hypothesis: "", speaker: "s2"),
        ]
    }

    static func summary(_ details: ScoreSummary.Details = .init(resampleCount: 0)) throws -> ScoreSummary {
        try ScoreSummary(CorpusScore(records(), options: ScoringOptions()), details: details)
    }

    @Test func kaldiAndESPnet() throws {
        let summary = try Self.summary()
        // 13 words: substitutions cat-hat twice, insertion down, deletions of two.
        #expect(ScoreText(summary).kaldiLine == "%WER 38.46 [ 5 / 13, 1 ins, 2 del, 2 sub ]")
        #expect(
            TextTable.scores([("dev", summary)], style: .espnet) == [
                "|dataset|Snt|Wrd|Corr|Sub|Del|Ins|Err|S.Err|", "|---|---|---|---|---|---|---|---|---|",
                "|dev|4|13|69.2|15.4|15.4|7.7|38.5|75.0|",
            ])
        #expect(TextTable.scores([("a,\"b\"", summary)], style: .csv)[1].hasPrefix("\"a,\"\"b\"\"\",4,13,38.46,,,"))
    }

    @Test func jsonHasTheDocumentedKeys() throws {
        let summary = try Self.summary(
            .init(resampleCount: 10, groupings: [.speaker, .snr], frequentErrorCount: 2))
        let json = String(decoding: try JSONEncoder().encode(summary), as: UTF8.self)
        for key in [
            "\"schema\":\"asr-score\\/1\"", "\"substitutions\":2", "\"deletions\":2", "\"insertions\":1",
            "\"referenceWords\":13", "\"wrongUtterances\":3", "\"referenceCharacters\":", "\"werInterval\":",
            "\"alignmentWeights\":\"levenshtein\"", "\"name\":\"none\"", "\"ser\":0.75",
        ] {
            #expect(json.contains(key), "\(key) in \(json)")
        }
    }

    @Test func groups() throws {
        let score = try CorpusScore(Self.records(), options: ScoringOptions())
        let speakers = score.groups(by: .speaker)
        #expect(speakers.map(\.name) == ["s1", "s2"] && speakers.map(\.utteranceCount) == [1, 3])
        #expect(speakers[0].words == ErrorCounts(hits: 2, substitutions: 1, insertions: 1))
        #expect(score.groups(by: .length).map(\.name) == ["1-5 words", "6-10 words"])
        #expect(score.groups(by: .snr).map(\.name) == ["-5 to 0 dB", "10 to 15 dB", "unknown"])
        let plain = try CorpusScore(
            [ScoringRecord(id: "1", reference: "a", hypothesis: "a")], options: ScoringOptions())
        #expect(plain.groups(by: .speaker).isEmpty && plain.groups(by: .snr).isEmpty)
    }

    @Test func frequentErrors() throws {
        let score = try CorpusScore(Self.records(), options: ScoringOptions())
        let frequent = try FrequentErrors(score, limit: 1)
        #expect(frequent.substitutions == [FrequentErrors.Entry(reference: "cat", hypothesis: "hat", count: 2)])
        #expect(frequent.insertions == [FrequentErrors.Entry(reference: nil, hypothesis: "down", count: 1)])
        #expect(frequent.deletions == [FrequentErrors.Entry(reference: "</script><!--", hypothesis: nil, count: 1)])
        #expect(frequent.wrongWords == [FrequentErrors.WrongWord(word: "cat", count: 2, wrongCount: 2)])
    }

    @Test func alignmentsStandWordUnderWord() {
        #expect(
            AlignmentText.lines(Alignment(reference: "the cat 坐 x", hypothesis: "the hats 坐 down now")) == [
                "REF:  the CAT  坐 **** X", "HYP:  the HATS 坐 DOWN NOW", "Eval:     S       I    S",
            ])
    }

    @Test func threadsDoNotChangeTheResult() throws {
        let records = (0..<5000).map { index in
            ScoringRecord(id: "\(index)", reference: "a b c \(index % 7)", hypothesis: "a c \(index % 5) d")
        }
        let one = try CorpusScore(records, options: ScoringOptions(), threadCount: 1)
        let three = try CorpusScore(records, options: ScoringOptions(), threadCount: 3)
        #expect(one.utterances == three.utterances && one.words == three.words)
    }

    @Test func theReportIsOneFileThatNoTextCanBreak() throws {
        let score = try CorpusScore(Self.records(), options: ScoringOptions())
        let html = String(
            decoding: try HTMLReport.html(
                score, summary: Self.summary(), name: "dev <1>", comparedWith: score,
                spectrograms: [0: SpectrogramThumbnail(width: 2, height: 1, values: [0, 255])]), as: UTF8.self)
        // Two script elements, two ends: the text "</script><!--" of an utterance is written as an escape.
        #expect(html.ranges(of: "</script>").count == 2 && html.ranges(of: "<script").count == 2)
        #expect(!html.contains("<!--") && html.contains("\\u003c!--"))
        #expect(html.contains("<title>Scores of dev &lt;1&gt;</title>"))
        #expect(!html.contains("http://") && !html.contains("https://") && !html.contains("src="))
        #expect(html.contains("\"sv\":\"AP8=\""))
    }

    @Test func theFolderHoldsAllResults() throws {
        let folder = try TemporaryFolder()
        let score = try CorpusScore(Self.records(), options: ScoringOptions(normalizer: .basic))
        try ScoreFolder(path: folder.path + "/new").write(score, ScoreSummary(score), name: "dev")
        func content(_ name: String) throws -> String {
            String(decoding: try Data(contentsOf: URL(filePath: folder.path + "/new/" + name)), as: UTF8.self)
        }
        #expect(try content("summary.txt").hasPrefix("%WER "))
        #expect(try content("summary.json").contains("\"name\" : \"basic\""))
        #expect(try content("utterances.jsonl").split(separator: "\n").count == 4)
        #expect(try content("utterances.jsonl").contains("\"normalizedReference\":\"x\""))
        #expect(try content("utterances.csv").split(separator: "\n").count == 5)
        #expect(
            try content("alignments.txt").hasPrefix(
                "id: (s1_1)\nScores: (#C #S #D #I) 2 1 0 1\nREF:  the CAT sat ****\n"))
    }

    /// JSON has neither infinity nor NaN, and an Int holds no 1e19 / 5.
    @Test func ratiosAndDurationsOfAnySize() throws {
        let ratios = [-Double.infinity, -1e19, -100, 99.9, 100, 1e19, .infinity, .nan]
        let records = ratios.map {
            ScoringRecord(
                id: "\($0)", reference: "a", hypothesis: "a", durationInSeconds: $0, signalToNoiseRatio: $0)
        }
        let score = try CorpusScore(records, options: ScoringOptions())
        let groups = score.groups(by: .snr)
        #expect(
            groups.map(\.name) == ["below -100 dB", "-100 to -95 dB", "95 to 100 dB", "100 dB and more", "unknown"])
        #expect(groups.map(\.utteranceCount) == [2, 1, 1, 3, 1])
        let html = try HTMLReport.html(score, summary: ScoreSummary(score), name: "dev")
        #expect(String(decoding: html, as: UTF8.self).contains("\"snr\":99.9"))
        let folder = try TemporaryFolder()
        try ScoreFolder(path: folder.path).write(score, ScoreSummary(score), name: "dev")
    }
}
