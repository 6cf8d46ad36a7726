import Files
import FoundationEssentials
import Testing

@Suite("--shard and asr merge")
struct ShardCommandTests {
    /// Five copies of the tones, so that shards have several utterances each.
    private static func copies(_ tiny: TinyModel) throws -> String {
        let lines = (0..<5).flatMap { copy in
            ["low", "mid", "high"].map { name in
                #"{"id": "\#(name)-\#(copy)", "audio_filepath": "\#(tiny.data)/\#(name).wav", "text": "\#(name) \#(copy)", "speaker": "\#(copy)"}"#
            }
        }
        return try tiny.write("list.jsonl", Array((lines.joined(separator: "\n") + "\n").utf8))
    }

    /// What one run writes and prints, three shards and a merge write and print too.
    @Test func mergedShardsAreOneRun() throws {
        try TinyModel.with { tiny in
            let list = try Self.copies(tiny)
            let (whole, shards, merged) = ("\(tiny.folder)/whole", "\(tiny.folder)/shards", "\(tiny.folder)/merged")
            let options = ["--by", "speaker", "--frequent-errors", "3", "--report-spectrograms", "0"]
            let one = try Program.run(
                ["evaluate", list, "-m", tiny.model, "-o", whole, "--report", "\(whole).html"] + options)
            #expect(one.exitCode == 0, "\(one.standardError)")

            func evaluate(_ shard: String) throws -> Program.Result {
                try Program.run("evaluate", list, "-m", tiny.model, "-o", shards, "--shard", shard)
            }
            var counts: [Int] = []
            for number in 1...3 {
                let result = try evaluate("\(number)/3")
                #expect(result.exitCode == 0, "\(result.standardError)")
                counts.append(try Self.lineCount("\(shards)/shard-\(number)-of-3/utterances.jsonl"))
            }
            #expect(counts.reduce(0, +) == 15 && counts.max()! < 15, "\(counts)")

            let result = try Program.run(["merge", shards, "-o", merged, "--report", "\(merged).html"] + options)
            #expect(result.exitCode == 0, "\(result.standardError)")
            #expect(result.standardOutput == one.standardOutput)
            for name in ["summary.json", "summary.txt", "utterances.jsonl", "utterances.csv", "alignments.txt"] {
                #expect(try Self.bytes("\(merged)/\(name)") == Self.bytes("\(whole)/\(name)"), "\(name)")
            }
            // Each names its own command and date.
            func report(_ path: String) throws -> [Substring] {
                try String(contentsOfFile: path, encoding: .utf8).split(separator: "\"notes\":[").enumerated().map {
                    $0 == 0 ? $1 : $1.drop { $0 != "]" }
                }
            }
            #expect(try report("\(merged).html") == report("\(whole).html"))
            #expect(try report("\(whole).html").count == 2)

            // A shard that was interrupted is not finished; called again it goes on.
            let second = "\(shards)/shard-2-of-3"
            try FileManager.default.removeItem(atPath: "\(second)/shard.json")
            expectOneLine(try Program.run("merge", shards), contains: "\(second): is not finished")
            _ = try evaluate("2/3")
            #expect(try Program.run(["merge", shards] + options).standardOutput == one.standardOutput)
            // One that is there twice, and one that is missing.
            try FileManager.default.copyItem(atPath: second, toPath: "\(tiny.folder)/shard-2-of-3")
            expectOneLine(
                try Program.run("merge", shards, "\(tiny.folder)/shard-2-of-3"),
                contains: "is shard 2 of 3, as is \(second)")
            try FileManager.default.removeItem(atPath: second)
            expectOneLine(try Program.run("merge", shards), contains: "of 3 shards 1 are missing: 2; evaluate them")
            // One of another search.
            let other = try Program.run(
                "evaluate", list, "-m", tiny.model, "-o", shards, "--shard", "2/3", "--beam-size", "1")
            #expect(other.exitCode == 0, "\(other.standardError)")
            expectOneLine(try Program.run("merge", shards), contains: "was made by another model or search")
        }
    }

    /// What cannot be read is told by the shard and by the merge, as one run tells it.
    @Test func unreadable() throws {
        try TinyModel.with { tiny in
            try tiny.write("data/bad.wav", Array("no sound".utf8))
            try tiny.write("data/bad.txt", Array("bad\n".utf8))
            let shards = "\(tiny.folder)/shards"
            // Of so many shards most are empty.
            for number in 1...9 {
                _ = try Program.run("evaluate", tiny.data, "-m", tiny.model, "-o", shards, "--shard", "\(number)/9")
            }
            let (one, merged) = (
                try Program.run("evaluate", tiny.data, "-m", tiny.model), try Program.run("merge", shards)
            )
            #expect(merged.exitCode == 1)
            #expect(merged.standardOutput == one.standardOutput)
            #expect(merged.standardError.contains("Error: \(tiny.data)/bad.txt"))
            #expect(merged.standardError.hasSuffix("1 of 4 utterances could not be read and are not in the figures\n"))
        }
    }

    @Test func aShardIsOfOneTestSetAndHasAFolder() throws {
        for arguments in [
            ["evaluate", "a", "--shard", "1/2"], ["evaluate", "a", "b", "--each", "--shard", "1/2", "-o", "c"],
            ["evaluate", "a", "--shard", "3/2", "-o", "c"], ["transcribe", "a", "--shard", "0/2"],
        ] {
            #expect(try Program.run(arguments).exitCode == 64)
        }
    }

    /// The shards of a folder write the same files as one run; a file that is added changes no other's shard.
    @Test func transcribesAShard() throws {
        try TinyModel.with { tiny in
            let (whole, shards) = ("\(tiny.folder)/whole", "\(tiny.folder)/shards")
            func transcribe(_ output: String, _ more: String...) throws -> Program.Result {
                let result = try Program.run(
                    ["transcribe", tiny.data, "-m", tiny.model, "-o", output, "-f", "json"] + more)
                #expect(result.exitCode == 0, "\(result.standardError)")
                return result
            }
            _ = try transcribe(whole)
            var written: [String] = []
            for number in 1...2 {
                let result = try transcribe(shards, "--shard", "\(number)/2")
                written.append(
                    contentsOf: result.standardError.split(separator: "\n").filter { $0.hasPrefix("wrote") }.map(
                        String.init))
            }
            #expect(written.count == 3)
            for name in ["low", "mid", "high"] {
                #expect(try Self.bytes("\(shards)/\(name).json") == Self.bytes("\(whole)/\(name).json"))
            }
            try FileManager.default.copyItem(atPath: tiny.clip, toPath: "\(tiny.data)/new.wav")
            var more = 0
            for number in 1...2 {
                let result = try transcribe(shards, "--shard", "\(number)/2", "--skip-existing")
                more += result.standardError.split(separator: "\n").count { $0.hasPrefix("wrote") }
            }
            #expect(more == 1)
        }
    }

    private static func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(filePath: path)) }

    private static func lineCount(_ path: String) throws -> Int { try bytes(path).count { $0 == UInt8(ascii: "\n") } }
}
