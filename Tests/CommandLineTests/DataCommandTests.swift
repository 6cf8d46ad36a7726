import Files
import FoundationEssentials
import Glibc
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

    @Test("label keeps what two models agree on, goes on where it was interrupted, and asr train can read it")
    func label() throws {
        struct Line: Decodable {
            var id: String
            var text: String
            var otherText: String
            var difference: Double
            var probability: Double?

            enum CodingKeys: String, CodingKey {
                case id, text, difference, probability
                case otherText = "other_text"
            }
        }
        func lines(_ path: String) throws -> [Line] {
            try Data(contentsOf: URL(filePath: path)).split(separator: UInt8(ascii: "\n")).map {
                try JSONDecoder().decode(Line.self, from: $0)
            }
        }
        try TemporaryFolder.with { folder in
            let recordings = "\(folder)/recordings"
            try FileManager.default.createDirectory(atPath: recordings, withIntermediateDirectories: true)
            for name in ["sentence-slt.opus", "five-rms.flac", "silence.flac"] {
                try FileManager.default.copyItem(
                    atPath: "\(Program.packageRoot)/audio/\(name)", toPath: "\(recordings)/\(name)")
            }
            let arguments = [
                "data", "label", recordings, "--agree", "english-small", "--output", "\(folder)/labels", "--beam-size",
                "1",
            ]
            let result = try Program.run(arguments + ["--max-difference", "1"])
            #expect(result.exitCode == 0, "\(result.standardError)")
            // What is silent has no label, however well the models agree.
            let kept = try lines("\(folder)/labels/labelled.jsonl")
            #expect(Set(kept.map(\.id)) == ["sentence-slt", "five-rms"])
            #expect(try lines("\(folder)/labels/rejected.jsonl").map(\.id) == ["silence"])
            for line in kept {
                #expect(!line.text.isEmpty && 0...1 ~= line.difference && 0...1 ~= line.probability ?? -1)
            }
            // Called again, nothing is transcribed, and a limit between the two keeps one of them, or none.
            let limit = kept.map(\.difference).max()! - 0.001
            let log = "\(folder)/labels/first/hypotheses.jsonl"
            let before = try Data(contentsOf: URL(filePath: log))
            let again = try Program.run(arguments + ["--max-difference", "\(limit)"])
            #expect(again.exitCode == 0, "\(again.standardError)")
            #expect(try Data(contentsOf: URL(filePath: log)) == before)
            let fewer = try lines("\(folder)/labels/labelled.jsonl")
            #expect(fewer.count < 2 && fewer.allSatisfy { $0.difference <= limit })
            let manifest = "\(folder)/labels/rejected.jsonl"
            #expect(try Program.run("data", "stats", manifest).exitCode == 1)  // the silent one has no text
            let same = try Program.run("data", "label", recordings, "-m", "english", "--agree", "english", "-o", folder)
            #expect(same.exitCode == 64 && same.standardError.contains("the same model"))
        }
    }

    /// Ten hours of silence, which take no space and many seconds to look through.
    @Test("label ends at once where it is stopped while it looks for speech")
    func labelStops() throws {
        try TemporaryFolder.with { folder in
            let byteCount = 36_000 * 32_000
            var header = waveFile([])
            for (place, count) in [(4, byteCount + 36), (40, byteCount)] {
                withUnsafeBytes(of: UInt32(count).littleEndian) { header.replaceSubrange(place..<place + 4, with: $0) }
            }
            let path = "\(folder)/long.wav"
            try Data(header).write(to: URL(filePath: path))
            #expect(truncate(path, header.count + byteCount) == 0)
            // 124: SIGTERM was enough; 137: it had to be killed.
            let result = try Program.run(
                shell: "timeout -s TERM -k 2 2 \"$0\" data label '\(path)' --agree english --output '\(folder)/labels'")
            #expect(result.exitCode == 124, "\(result.standardError)")
        }
    }

    @Test("label gives labels the capitals and the punctuation of what a model writes")
    func style() throws {
        try TemporaryFolder.with { folder in
            let clip = "\(Program.packageRoot)/audio/people/translation.opus"
            let path = "\(folder)/labels.csv"
            // What is said stands in audio/people/people.tsv.
            let said = "I thought about the difficulties in translation that might arise"
            let labels = ["\(clip),\(said.uppercased())", "\(folder)/other.opus,ZERO ONE TWO THREE FOUR FIVE"]
            try FileManager.default.copyItem(atPath: clip, toPath: "\(folder)/other.opus")
            try (["wav_filename,transcript"] + labels).joined(separator: "\n")
                .write(toFile: path, atomically: true, encoding: .utf8)
            let result = try Program.run("data", "label", path, "--agree", "labels", "--output", "\(folder)/styled")
            #expect(result.exitCode == 0, "\(result.standardError)")
            let kept = try String(contentsOfFile: "\(folder)/styled/labelled.jsonl", encoding: .utf8)
            #expect(kept.split(separator: "\n").count == 1 && kept.contains("\"text\":\"\(said).\""))
            let rejected = try String(contentsOfFile: "\(folder)/styled/rejected.jsonl", encoding: .utf8)
            #expect(rejected.split(separator: "\n").count == 1 && rejected.contains("five"))
        }
    }

    @Test(
        "wrong usage ends with 64", arguments: [["check"], ["check", "x", "--limit", "-1"], ["stats"], ["nonsense"]])
    func usage(arguments: [String]) throws {
        #expect(try Program.run(["data"] + arguments).exitCode == 64)
    }
}
