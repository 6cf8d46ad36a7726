import Evaluation
import Files
import TestSupport
import Testing

/// Every format that is read, and what is refused.
@Suite struct TranscriptReaderTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func records(
        _ reference: (name: String, text: String), _ hypothesis: (name: String, text: String),
        allowsMissing: Bool = false
    ) throws -> [ScoringRecord] {
        try RecordMatching.records(
            reference: TranscriptSource(path: folder.write(reference.name, reference.text)),
            hypothesis: TranscriptSource(path: folder.write(hypothesis.name, hypothesis.text)),
            allowsMissing: allowsMissing)
    }

    /// The message of the error, without the folder's path.
    private func fault(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "no error"
        } catch {
            return "\(error)".replacing(folder.path + "/", with: "")
        }
    }

    @Test func formatsAreToldByName() {
        let names = ["a.trn", "b.stm", "c.ctm", "d.jsonl", "e.json", "f.csv", "g.tsv", "data/text", "x.kaldi", "y.txt"]
        let expected: [TranscriptFormat] = [
            .trn, .stm, .ctm, .jsonl, .jsonl, .csv, .tsv, .kaldi, .kaldi, .lines,
        ]
        #expect(names.map { TranscriptFormat(path: $0) } == expected)
    }

    @Test func linesArePairedByNumber() throws {
        let records = try records(("r.txt", "\u{FEFF}a b\r\n\r\nc\n"), ("h.txt", "a\nx\nc"))
        #expect(records.map(\.id) == ["1", "2", "3"])
        #expect(records.map(\.reference) == ["a b", "", "c"])
        #expect(records.map(\.hypothesis) == ["a", "x", "c"])
    }

    @Test func kaldiIsPairedById() throws {
        let records = try records(("r.kaldi", "u1 a  b\nu2\tc\nu3\n"), ("h.kaldi", "u3 x\nu1 a\nu2 c\n"))
        #expect(records.map(\.id) == ["u1", "u2", "u3"])
        #expect(records.map(\.reference) == ["a  b", "c", ""])
        #expect(records.map(\.hypothesis) == ["a", "c", "x"])
    }

    @Test func formatsMayDiffer() throws {
        let records = try records(
            (
                "r.jsonl",
                """
                {"audio_filepath": "a.wav", "text": "x / \\"y\\"", "duration": 1.5, "speaker": "s", "snr": 12}
                {"id": 7, "audio_filepath": "b.wav", "text": "ü"}

                """
            ), ("h.csv", "id,pred_text\n7,ü\na.wav,\"x, \"\"y\"\"\nz\"\n"))
        #expect(records.map(\.id) == ["a.wav", "7"])
        #expect(records[0].reference == "x / \"y\"")
        #expect(records[0].hypothesis == "x, \"y\"\nz")
        #expect(records[0].durationInSeconds == 1.5 && records[0].speaker == "s" && records[0].signalToNoiseRatio == 12)
        #expect(records[1].audioPath == "b.wav")
    }

    @Test func oneFileMayHoldBothTexts() throws {
        let path = try folder.write("both.tsv", "path\ttext\tguess\n1.wav\ta \"b\tc\n")
        let records = try RecordMatching.records(
            reference: TranscriptSource(path: path), hypothesis: TranscriptSource(path: path, textKey: "guess"))
        #expect(records.map(\.reference) == ["a \"b"] && records.map(\.hypothesis) == ["c"])
    }

    @Test func trnHasSpeakers() throws {
        let records = try records(
            ("r.trn", ";; comment\na (b) c (s1_u1)\n\n (s2-u2)\n"), ("h.trn", "x (s2-u2)\na c (s1_u1)\n"))
        #expect(records.map(\.id) == ["s1_u1", "s2-u2"])
        #expect(records.map(\.speaker) == ["s1", "s2"])
        #expect(records[0].reference == "a (b) c ")
    }

    @Test func mismatchesNameTheFirstTen() throws {
        let many = (1...12).map { "u\($0) a\n" }.joined()
        #expect(
            fault { _ = try records(("r.kaldi", many), ("h.kaldi", "u1 a\n")) }
                == "h.kaldi: no hypothesis for 11 ids: 'u2', 'u3', 'u4', 'u5', 'u6', 'u7', 'u8', 'u9', 'u10', 'u11', ...;"
                + " count them as deleted with --allow-missing")
        #expect(
            fault { _ = try records(("r.kaldi", "u1 a\n"), ("h.kaldi", "u1 a\nu2 b\n")) }
                == "h.kaldi: no reference in r.kaldi for 1 id: 'u2'; remove them")
        #expect(
            fault { _ = try records(("r.kaldi", "u1 a\nu1 b\n"), ("h.kaldi", "u1 a\n")) }
                == "r.kaldi: more than one line for 1 id: 'u1'; keep one of each")
        #expect(
            fault { _ = try records(("r.txt", "a\nb\n"), ("h.txt", "a\n")) }
                == "h.txt: 1 lines, but r.txt has 2; line n of one belongs to line n of the other "
                + "(--allow-missing counts missing lines as deleted)")
        #expect(
            fault { _ = try records(("r.txt", "a\n"), ("h.kaldi", "u1 a\n")) }.hasPrefix("h.kaldi: has ids, but r.txt"))
        #expect(fault { _ = try records(("r.txt", ""), ("h.txt", "")) }.contains("holds no utterance"))
    }

    @Test func missingMayCountAsDeleted() throws {
        let byId = try records(("r.kaldi", "u1 a b\nu2 c\n"), ("h.kaldi", "u2 c\n"), allowsMissing: true)
        #expect(try CorpusScore(byId, options: ScoringOptions()).words == ErrorCounts(hits: 1, deletions: 2))
        let byLine = try records(("r.txt", "a b\nc\n"), ("h.txt", "a b\n"), allowsMissing: true)
        #expect(try CorpusScore(byLine, options: ScoringOptions()).words == ErrorCounts(hits: 2, deletions: 1))
        let none = try records(("r.kaldi", "u1 a b\n"), ("h.kaldi", ""), allowsMissing: true)
        #expect(try CorpusScore(none, options: ScoringOptions()).words == ErrorCounts(deletions: 2))
        // Extra ids stay an error.
        #expect(
            fault { _ = try records(("r.kaldi", "u1 a\n"), ("h.kaldi", "u3 a\n"), allowsMissing: true) }.contains(
                "'u3'"))
    }

    @Test(arguments: [
        ("r.kaldi", "u1 a\n   \n", "r.kaldi:2: no id; expected '<id> <text>'"),
        ("r.trn", "a b c\n", "r.trn:1: no id; expected '<text> (<speaker>_<utterance>)'"),
        (
            "r.jsonl", "{\"id\": 1, \"text\": \"a\"}\n{\"id\": 2,\n",
            "r.jsonl:2: not JSON; expected one object {...} per line, not {\"id\": 2,"
        ),
        ("r.jsonl", "{\"id\": 1, \"words\": \"a\"}\n", "r.jsonl:1: no 'text' or 'reference'"),
        ("r.jsonl", "{\"id\": 1, \"text\": \"a\"}\n{\"text\": \"b\"}\n", "r.jsonl:2: no id, but other lines have one"),
        ("r.csv", "id,text\n1,a,b\n", "r.csv:2: 3 fields, but the header names 2 columns"),
        ("r.csv", "id,text\n1,\"a\n", "r.csv:2: a quote that is never closed; close it"),
        ("r.csv", "", "r.csv: empty; expected a header line"),
        ("r.stm", "f A s 0.0 x a b\n", "r.stm:1: not an stm line"),
        ("r.ctm", "f A 0.0 1.0 a\n", "r.ctm: a ctm file holds words without utterances"),
    ])
    func faultsNameTheLine(_ name: String, _ text: String, _ expected: String) throws {
        #expect(fault { _ = try records((name, text), ("h.kaldi", "1 a\n")) }.hasPrefix(expected))
    }

    @Test(
        arguments: [
            ([0x61, 0x0A, 0x62, 0xFF, 0x0A], "2", 3), ([0x61, 0xC0, 0x80], "1", 1), ([0xED, 0xA0, 0x80], "1", 0),
            ([0x61, 0xE2, 0x82], "1", 1), ([0xF4, 0x90, 0x80, 0x80], "1", 0), ([0xE0, 0x80, 0x80], "1", 0),
        ] as [([UInt8], String, Int)])
    func brokenUTF8IsRefused(_ bytes: [UInt8], _ line: String, _ byte: Int) throws {
        let path = try folder.write("r.txt", bytes: bytes)
        let source = TranscriptSource(path: path)
        #expect(
            fault { _ = try RecordMatching.records(reference: source, hypothesis: source) }
                == "r.txt:\(line): byte \(byte) is not UTF-8; convert the file, for example with iconv -t UTF-8")
    }

    @Test func missingFilesAreNamed() {
        let source = TranscriptSource(path: folder.path + "/nothing.txt")
        #expect(
            fault { _ = try RecordMatching.records(reference: source, hypothesis: source) }
                == "nothing.txt: no such file; check the path")
    }

    @Test func ctmNeedsSegments() throws {
        #expect(
            fault { _ = try records(("r.trn", "a (u)\n"), ("h.ctm", "f A 0 1 a\n")) }.contains("needs an stm reference")
        )
        let stm = ("r.stm", "f A s 0.0 1.0 a\n")
        #expect(fault { _ = try records(stm, ("h.ctm", "g A 0 1 a\n")) }.contains("words of file 'g' channel 'A'"))
        #expect(fault { _ = try records(stm, ("h.ctm", "f A 0 1\n")) }.hasPrefix("h.ctm:1: not a ctm line"))
        #expect(fault { _ = try records(stm, ("h.ctm", "f A 0 1 <ALT_BEGIN>\n")) }.contains("keep the best one"))
    }

    /// 2^53 + 1 is no Double, 2^63 no Int, and 1e300 neither a whole number of any type.
    @Test(arguments: [
        "7", "9007199254740993", "9223372036854775807", "9223372036854775808", "18446744073709551616", "1e+300", "0.5",
        "-9223372036854775809", "123456789012345678901234567890",
    ])
    func numbersKeepTheirDigitsAsNames(_ number: String) throws {
        let line = "{\"id\": \(number), \"speaker\": \(number), \"audio_filepath\": \(number), \"text\": \"a\"}\n"
        let records = try records(("r.jsonl", line), ("h.kaldi", "\(number) a\n"))
        #expect(records[0].id == number && records[0].speaker == number && records[0].audioPath == number)
    }

    @Test func neighbouringLargeNumbersAreTwoNames() throws {
        let lines = [9_007_199_254_740_992, 9_007_199_254_740_993].map { "{\"id\": \($0), \"text\": \"\($0)\"}\n" }
        let records = try records(("r.jsonl", lines.joined()), ("h.jsonl", lines.reversed().joined()))
        #expect(records.map(\.id) == ["9007199254740992", "9007199254740993"])
        #expect(records.allSatisfy { $0.reference == $0.hypothesis })
    }

    /// Numbers that are none say nothing; a ratio of 1e19 is one, and has a group.
    @Test func whatIsNoFiniteNumberIsUnknown() throws {
        let path = try folder.write(
            "r.tsv", "id\ttext\tsnr\tduration\n1\ta\tinf\tnan\n2\ta\t-nan\t1e999\n3\ta\t1e19\t2\n4\ta\tloud\t\n")
        let source = TranscriptSource(path: path)
        let records = try RecordMatching.records(reference: source, hypothesis: source)
        #expect(records.map(\.signalToNoiseRatio) == [nil, nil, 1e19, nil])
        #expect(records.map(\.durationInSeconds) == [nil, nil, 2, nil])
    }

    @Test(arguments: [("nan", "1"), ("inf", "1"), ("-1", "1"), ("0", "nan"), ("0", "inf"), ("0", "-0.5"), ("0", "x")])
    func wordsNeedTimes(_ begin: String, _ duration: String) throws {
        let stm = ("r.stm", "f A s 0.0 1.0 a\n")
        #expect(
            fault { _ = try records(stm, ("h.ctm", "f A \(begin) \(duration) a\n")) }
                == "h.ctm:1: begin '\(begin)' and duration '\(duration)' must be seconds, 0 or more")
    }

    @Test(arguments: [("nan", "1"), ("-1", "1"), ("0", "inf"), ("0", "nan"), ("2", "1")])
    func segmentsNeedTimes(_ begin: String, _ end: String) throws {
        #expect(
            fault { _ = try records(("r.stm", "f A s \(begin) \(end) a\n"), ("h.ctm", "f A 0 1 a\n")) }
                == "r.stm:1: a segment from \(begin) to \(end); begin and end are seconds, 0 <= begin <= end")
    }

    /// What `asr evaluate --output` writes begins with the settings of the search.
    @Test func theSettingsOfAnEvaluationAreNoUtterance() throws {
        let records = try records(
            ("r.kaldi", "u1 a b\n"),
            ("h.jsonl", "{\"settings\":\"x\"}\n{\"duration\":1,\"id\":\"u1\",\"pred_text\":\"a c\"}\n"))
        #expect(records.map(\.hypothesis) == ["a c"])
        #expect(
            fault {
                _ = try self.records(
                    ("r.kaldi", "u1 a\n"), ("h.jsonl", "{\"id\":\"u1\",\"text\":\"a\"}\n{\"settings\":\"x\"}\n"))
            }.hasPrefix("h.jsonl:2: no 'pred_text'"))
    }

    @Test func filesMayBePacked() throws {
        let path = try folder.write("r.trn.gz", bytes: gzipped("a b (u1)\n"))
        let source = TranscriptSource(path: path)
        #expect(source.format == .trn)
        #expect(try RecordMatching.records(reference: source, hypothesis: source).map(\.reference) == ["a b "])
    }
}
