import Datasets
import Evaluation
import Files
import TestSupport
import Testing

/// Training and scoring read the same file to the same texts.
@Suite struct OneReaderTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.write("a.wav")
        try folder.write("b.wav")
    }

    @Test(arguments: [
        ("t.tsv", "path\ttext\na.wav\t\"He said \"\"no\"\".\"\nb.wav\t\"Yes\", 5\" long\r\n\n"),
        ("t.csv", "\u{FEFF}path,text\r\na.wav,\"He said \"\"no\"\", twice\nor so\"\r\nb.wav,5\" long\r\n"),
        (
            "t.jsonl",
            "{\"audio_filepath\":\"a.wav\",\"text\":\"\\\"a\\\"\"}\n\n{\"audio_filepath\":\"b.wav\",\"text\":\"b\"}"
        ),
    ])
    func sameTexts(_ name: String, _ content: String) throws {
        let path = try folder.write(name, content)
        let source = TranscriptSource(path: path)
        let scored = try RecordMatching.records(reference: source, hypothesis: source).map(\.reference)
        #expect(try Manifest.load(path: path).utterances.map(\.text) == scored)
        #expect(scored.count == 2)
    }

    /// A speaker of 2^63 is a name; it was a wrong type.
    @Test func namesMayBeLargeNumbers() throws {
        let path = try folder.write(
            "t.jsonl", "{\"audio_filepath\":\"a.wav\",\"text\":\"a\",\"id\":9223372036854775808,\"speaker\":1e300}\n")
        let utterance = try #require(try Manifest.load(path: path).utterances.first)
        #expect(utterance.id == "9223372036854775808" && utterance.speaker == "1e+300")
    }

    @Test func whatIsNoListEndsEarly() throws {
        let path = try folder.write("t.jsonl", String(repeating: "x\n", count: 100_100))
        let problems = try Manifest.inspect(path: path).problems
        #expect(problems.count == 100_001)
        #expect(problems[0].description == "\(path): 100000 problems; the rest is not read")
        let long = try folder.write("t.lst", "a b c" + String(repeating: " d", count: 100_000) + "\n")
        #expect(try Manifest.inspect(path: long).problems[0].message.utf8.count == 1004)
    }

    /// 100 MB of one line, in 100 kB.
    @Test func aLineWithoutEndIsRefused() throws {
        let path = try folder.write("t.jsonl.gz", bytes: gzipped([UInt8](repeating: 0x20, count: 1 << 20), times: 100))
        let error = #expect(throws: ManifestError.self) { try Manifest.inspect(path: path) }
        #expect(error?.description.hasPrefix("\(path):1: a line of more than 16777216 bytes") == true)
    }
}
