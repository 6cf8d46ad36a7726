import Files
import FoundationEssentials
import TestSupport
import Testing

@Suite("asr data")
struct DataCommandTests {
    private let clip = "\(Program.packageRoot)/audio/sentence-awb.flac"

    private func write(_ text: String, to path: String) throws { try Data(text.utf8).write(to: URL(filePath: path)) }

    /// A manifest of one good line, with more lines behind it.
    private func manifest(_ folder: String, more: String = "") throws -> String {
        let path = "\(folder)/m.jsonl"
        try write("{\"audio_filepath\": \"\(clip)\", \"text\": \"what is said\"}\n" + more, to: path)
        return path
    }

    @Test("check finds nothing wrong with a good clip")
    func nothingFound() throws {
        try TemporaryFolder.with { folder in
            let path = try manifest(folder)
            let result = try Program.run("data", "check", path)
            #expect(result.exitCode == 0 && result.standardError.isEmpty)
            #expect(result.standardOutput.hasPrefix("\(path): 1 utterances, "))
            #expect(!result.standardOutput.contains("error"))
        }
    }

    @Test("check lists errors with file and line, and ends with 1")
    func errors() throws {
        try TemporaryFolder.with { folder in
            try write("no audio", to: "\(folder)/bad.wav")
            let path = try manifest(folder, more: "no json\n{\"audio_filepath\": \"bad.wav\", \"text\": \"x\"}\n")
            let result = try Program.run("data", "check", path, "--threads", "1")
            #expect(result.exitCode == 1)
            #expect(result.standardOutput.contains("\(path):2\n    error: manifest: not JSON"))
            #expect(result.standardOutput.contains("\(path):3 (\(folder)/bad.wav)\n    error: unreadable: "))
            #expect(result.standardOutput.hasSuffix("errors: 2, warnings: 0\n"))
            let nothing = "\(folder)/nothing.jsonl"
            try write("{\"audio_filepath\": \"bad.wav\", \"text\": \"x\"}\n", to: nothing)
            #expect(
                try Program.run("data", "check", nothing).standardOutput.hasPrefix("\(nothing): 1 utterances, 0.00 h\n")
            )
        }
    }

    @Test("check --json prints one object and nothing else")
    func json() throws {
        struct Object: Decodable {
            struct Finding: Decodable {
                var kind: String
                var severity: String
                var source: String
            }
            var errors: Int
            var warnings: Int
            var findings: [Finding]
        }
        try TemporaryFolder.with { folder in
            let path = try manifest(folder)
            let result = try Program.run("data", "check", "--train", path, "--dev", path, "--json")
            let object = try JSONDecoder().decode(Object.self, from: Data(result.standardOutput.utf8))
            #expect(result.exitCode == 1)
            #expect(object.errors == 1)
            #expect(object.findings.first?.kind == "sharedRecording")
            #expect(object.findings.first?.source == "\(path):1")
        }
    }

    @Test("stats counts, and refuses bad lines")
    func statistics() throws {
        try TemporaryFolder.with { folder in
            let good = try Program.run("data", "stats", try manifest(folder))
            #expect(good.exitCode == 0)
            #expect(good.standardOutput.hasPrefix("utterances   1\n"))
            let path = try manifest(folder, more: "{}\n")
            let bad = try Program.run("data", "stats", path)
            #expect(bad.exitCode == 1)
            #expect(bad.standardError == "Error: \(path):2: no key `audio_filepath` (or `wav`)\n")
            #expect(bad.standardOutput.isEmpty)
        }
    }

    @Test(
        "wrong usage ends with 64", arguments: [["check"], ["check", "x", "--limit", "-1"], ["stats"], ["nonsense"]])
    func usage(arguments: [String]) throws {
        #expect(try Program.run(["data"] + arguments).exitCode == 64)
    }
}
