import Files
import Foundation
import Glibc
import Models
import TestSupport
import Testing

@Suite("asr transcribe")
struct TranscribeCommandTests {
    @Test("names every bad file in one line and transcribes the others")
    func badAudio() throws {
        try TinyModel.with { tiny in
            let good = Array(try Data(contentsOf: URL(filePath: tiny.clip)))
            var samples = [Float](repeating: 0.1, count: 1_000)
            samples[100] = .nan
            // RF64, whose chunk "ds64" says that there are 2^63 - 1 bytes of samples.
            let unknown: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF]
            let zeros = [UInt8](repeating: 0, count: 12)
            var endless: [UInt8] = Array("RF64".utf8) + unknown + Array("WAVEds64".utf8) + [28, 0, 0, 0]
            endless += zeros[..<8] + [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F] + zeros
            endless += good[12..<36] + Array("data".utf8) + unknown + good[44...]
            let cases: [(path: String, message: String)] = [
                (try tiny.write("text.wav", Array("no sound at all".utf8)), "is not audio that can be read"),
                (try tiny.write("empty.wav", []), "the file is empty (0 bytes); "),
                (
                    try tiny.write("cut.wav", Array(good.prefix(5_000))),
                    "ends at byte 5000, but its header promises 16044; "
                ),
                (try tiny.write("nan.wav", waveFile(samples, isFloat: true)), "sample 100 is nan"),
                (try tiny.write("channels.wav", waveFile(samples.map { _ in 0.1 }, channelCount: 0)), "zero"),
                ("\(tiny.folder)/none.wav", "there is no such file; "),
                (
                    try tiny.write("endless.wav", endless),
                    "ends at byte 16080, but its header promises 9223372036854775807; "
                ),
            ]
            for (path, message) in cases {
                let result = try Program.run("transcribe", path, "--model", tiny.model)
                expectOneLine(result, contains: "\(path): ")
                #expect(result.standardError.contains(message), "\(result.standardError)")
            }
            if getuid() != 0 {
                let locked = try tiny.write("locked.wav", good)
                chmod(locked, 0)
                expectOneLine(try Program.run("transcribe", locked, "--model", tiny.model), contains: locked)
            }

            let alone = try Program.run("transcribe", tiny.clip, "--model", tiny.model)
            let mixed = try Program.run(
                ["transcribe", tiny.clip] + cases.map(\.path) + [tiny.clip, "--model", tiny.model])
            #expect(alone.exitCode == 0 && mixed.exitCode == 1)
            let headed = "==> \(tiny.clip) <==\n\(alone.standardOutput)"
            #expect(mixed.standardOutput == headed + headed)
            #expect(mixed.standardError.split(separator: "\n").count == cases.count + 2)
            #expect(mixed.standardError.hasSuffix("7 of 9 files could not be transcribed\n"))
        }
    }

    /// Every option that the help has for Whisper models, with a value that is not its default.
    private static let optionsForWhisper: [String: [String]] = [
        "--task": ["translate"], "--initial-prompt": ["x"], "--carry-initial-prompt": [],
        "--no-condition-on-previous-text": [], "--without-timestamps": [], "--word-timestamps": [],
        "--hallucination-silence-threshold": ["1", "--word-timestamps"], "--temperature": ["0.5"],
        "--temperature-increment-on-fallback": ["0"], "--best-of": ["2"], "--patience": ["2"],
        "--compression-ratio-threshold": ["2"], "--logprob-threshold": ["-2"], "--no-speech-threshold": ["0.5"],
        "--suppress-tokens": ["1"], "--fast": [],
    ]

    @Test("options for Whisper models are refused with another model, each of them")
    func optionsOfOtherModels() throws {
        let help = try Program.run("help", "transcribe").standardOutput
        let section = try #require(help.components(separatedBy: "OPTIONS FOR WHISPER MODELS:").last)
            .components(separatedBy: "\nOPTIONS:")[0]
        // Of a flag with two forms, the second one is not the default.
        let names = section.split(separator: "\n").filter { $0.hasPrefix("  --") }.compactMap {
            $0.split(separator: " ")[0].split(separator: "/").last.map(String.init)
        }
        #expect(Set(names) == Set(Self.optionsForWhisper.keys))
        try TinyModel.with { tiny in
            for (name, values) in Self.optionsForWhisper {
                let result = try Program.run(["transcribe", tiny.clip, "--model", tiny.model, name] + values)
                #expect(result.exitCode == 64 && result.standardOutput.isEmpty, "\(name)")
                let refused = values.last == "--word-timestamps" ? "--word-timestamps" : name
                #expect(
                    result.standardError.contains("\(refused) is for Whisper models, and this model is none"), "\(name)"
                )
            }
        }
    }

    @Test("a Whisper model writes nothing for 0.05 s, and something for 0.2 s")
    func tooShortForAWord() throws {
        let folder = try TemporaryFolder()
        try TinyWhisper.writeModel(to: "\(folder.path)/model")
        for (sampleCount, isHeard) in [(800, false), (3_200, true)] {
            let noise = randomValues(sampleCount, seed: 1, in: -0.5...0.5)
            let path = try folder.write("\(sampleCount).wav", bytes: waveFile(noise, sampleRate: 16_000))
            // Random weights find every text improbable: at one temperature alone it is not taken for made up; at 1 it has letters.
            let result = try Program.run(
                "transcribe", path, "--model", "\(folder.path)/model", "--temperature", "1", "--best-of", "1",
                "--temperature-increment-on-fallback", "0")
            #expect(result.exitCode == 0 && (result.standardOutput != "\n") == isHeard, "\(result.standardError)")
            #expect(result.standardError.contains("no speech found in 0.05 s") != isHeard)
        }
    }

    @Test("a model folder of an earlier program says what it said then", arguments: ["one", "two", "three", "four"])
    func olderFolder(word: String) throws {
        let package = #filePath.split(separator: "/Tests/")[0]
        let result = try Program.run(
            "transcribe", "\(package)/audio/\(word)-slt.flac", "-m", "\(package)/Tests/ModelsTests/Fixtures/model-1")
        #expect(result.exitCode == 0 && result.standardOutput == "\(word)\n", "\(result.standardError)")
    }

    @Test("silence and a clip of 10 ms have an empty text, with a warning")
    func nothingSaid() throws {
        try TinyModel.with { tiny in
            for (name, count) in [("silence.wav", 16_000), ("short.wav", 160), ("none.wav", 0)] {
                let path = try tiny.write(name, waveFile([Float](repeating: 0, count: count)))
                let result = try Program.run("transcribe", path, "--model", tiny.model)
                #expect(result.exitCode == 0 && result.standardOutput == "\n")
                #expect(result.standardError.hasPrefix("Warning: \(path): no speech found in "))
                #expect(result.standardError.split(separator: "\n").count == 1)
            }
        }
    }

    @Test("reads standard input and writes every format")
    func output() throws {
        try TinyModel.with { tiny in
            let text = try Program.run("transcribe", tiny.clip, "-m", tiny.model).standardOutput
            let piped = try Program.run(
                shell: "cat '\(tiny.clip)' | \"$0\" transcribe - --vad-threshold 0 -m '\(tiny.model)'")
            #expect(piped.exitCode == 0 && piped.standardOutput == text)
            let nested = "\(tiny.folder)/a/b"
            #expect(
                try Program.run("transcribe", tiny.clip, "-m", tiny.model, "-f", "all", "-o", nested).exitCode == 0)
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: nested).sorted()
                    == ["low.ctm", "low.json", "low.lrc", "low.srt", "low.trn", "low.tsv", "low.txt", "low.vtt"])
        }
    }

    @Test("folders: their audio files at any depth, each text where its file is; a second run leaves out what is there")
    func folders() throws {
        try TinyModel.with { tiny in
            let (input, output) = ("\(tiny.folder)/in", "\(tiny.folder)/out")
            let clip = try Data(contentsOf: URL(filePath: tiny.clip))
            for path in ["b.wav", "a/b.wav", "a/c/d.WAV", ".hidden/e.wav", "notes.txt"] {
                let whole = URL(filePath: "\(input)/\(path)")
                try FileManager.default.createDirectory(
                    at: whole.deletingLastPathComponent(), withIntermediateDirectories: true)
                try clip.write(to: whole)
            }
            let arguments = ["transcribe", input, "-m", tiny.model]
            let text = try Program.run("transcribe", tiny.clip, "-m", tiny.model).standardOutput
            #expect(
                try Program.run(arguments).standardOutput
                    == ["b.wav", "a/b.wav", "a/c/d.WAV"].map { "==> \(input)/\($0) <==\n\(text)" }.joined())

            let first = try Program.run(arguments + ["-o", output])
            #expect(first.exitCode == 0 && first.standardOutput.isEmpty)
            let written = ["b.txt", "a/b.txt", "a/c/d.txt"].map { "\(output)/\($0)" }
            #expect(first.standardError.hasPrefix(written.map { "wrote \($0)\n" }.joined()), "\(first.standardError)")
            for path in written { #expect(try Data(contentsOf: URL(filePath: path)) == Data(text.utf8)) }

            try FileManager.default.removeItem(atPath: written[1])
            let second = try Program.run(arguments + ["-o", output, "--skip-existing"])
            #expect(
                second.standardError.hasPrefix("2 of 3 files are transcribed already\nwrote \(written[1])\n"),
                "\(second.standardError)")
            #expect(
                try Program.run(arguments + ["-o", output, "--skip-existing"]).standardError
                    == "3 of 3 files are transcribed already\n")
            expectOneLine(
                try Program.run("transcribe", tiny.model, "-m", tiny.model),
                contains: "there is no audio file in this folder")
        }
    }

    @Test("subtitles change nothing of a Whisper model's text")
    func subtitlesOfWhisper() throws {
        let clip = "\(#filePath.split(separator: "/Tests/")[0])/audio/sentence-awb.flac"
        let text = try Program.run("transcribe", clip).standardOutput
        #expect(text == "It is easy to tell the depth of the well.\n")
        let subtitles = try Program.run("transcribe", clip, "-f", "vtt", "--max-words-per-line", "5").standardOutput
        let lines = subtitles.split(separator: "\n")
        #expect(lines.first == "WEBVTT" && lines.count == 4)
        #expect(lines.dropFirst(2).joined(separator: " ") + "\n" == text)
    }

    @Test("the clips of people come out without an error, and that of make demo as README.md shows it")
    func people() throws {
        let folder = "\(Program.packageRoot)/audio/people"
        let demo = try Program.run(shell: "\"$0\" transcribe '\(folder)/cat-and-dog.opus'")
        #expect(
            demo.standardOutput == "He has a cat named Bill Murray and a dog named Brunch.\n", "\(demo.standardError)")
        let readme = try String(contentsOfFile: "\(Program.packageRoot)/README.md", encoding: .utf8)
        #expect(
            readme.contains(
                "    $ .build/release/asr transcribe audio/people/cat-and-dog.opus\n    \(demo.standardOutput)"))
        let scores = try Program.run("evaluate", "\(folder)/people.tsv", "--json", "--threads", "1")
        #expect(
            scores.standardOutput.contains("\"wer\" : 0\n") || scores.standardOutput.contains("\"wer\" : 0,"),
            "\(scores.standardOutput)")
    }

    @Test("a file larger than ulimit allows is an error with a message, and nothing of it is left")
    func fileSizeLimit() throws {
        try TinyModel.with { tiny in
            let output = "\(tiny.folder)/a.npy"
            let result = try Program.run(shell: "ulimit -f 4; \"$0\" features '\(tiny.clip)' -o '\(output)'")
            expectOneLine(result, contains: "a.npy: cannot be written (File too large); free disk space")
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: tiny.folder).filter { $0.hasPrefix("a.npy") } == [])
        }
    }

    @Test("folders that are missing on the way to the output are made, also before ..")
    func missingFolders() throws {
        try TinyModel.with { tiny in
            let result = try Program.run(
                "transcribe", tiny.clip, "-m", tiny.model, "-o", "\(tiny.folder)/missing/../texts")
            #expect(result.exitCode == 0, "\(result.standardError)")
            #expect(FileManager.default.fileExists(atPath: "\(tiny.folder)/texts/low.txt"))
        }
    }

    @Test("says where it cannot write; a full disk is no success")
    func unwritableOutput() throws {
        try TinyModel.with { tiny in
            let arguments = ["transcribe", tiny.clip, "-m", tiny.model, "-o"]
            expectOneLine(
                try Program.run(arguments + ["\(tiny.data)/low.txt"]),
                contains: "low.txt: cannot be written (Not a directory); ")
            expectOneLine(try Program.run(arguments + ["/proc/none"]), contains: "/proc/none: cannot be written (")
            try FileManager.default.createDirectory(
                atPath: "\(tiny.folder)/out/low.txt", withIntermediateDirectories: true)
            expectOneLine(
                try Program.run(arguments + ["\(tiny.folder)/out"]),
                contains: "out/low.txt: cannot be written (Is a directory); ")
            for command in [
                "transcribe '\(tiny.clip)' -m '\(tiny.model)' --vad-threshold 0", "model info '\(tiny.model)'",
            ] {
                expectOneLine(
                    try Program.run(shell: "\"$0\" \(command) > /dev/full"),
                    contains: "standard output: No space left on device; ")
            }
        }
    }

    @Test(
        "refuses wrong usage",
        arguments: [
            ["transcribe"], ["transcribe", "a.wav", "--format", "nonsense"], ["transcribe", "a.wav", "--format", ""],
            ["transcribe", "a.wav", "--format", "text,json"], ["transcribe", "a.wav", "b/a.flac", "-o", "out"],
            ["transcribe", "a.wav", "--skip-existing"], ["transcribe", "a.wav", "--max-line-width", "-1"],
            ["transcribe", "a.wav", "--channel", "0"], ["transcribe", "a.wav", "--beam-size", "-1"],
            ["transcribe", "a.wav", "--ctc-weight", "nan"], ["transcribe", "a.wav", "--length-penalty", "inf"],
            ["transcribe", "a.wav", "--threads", "100000"], ["transcribe", "a.wav", "--nope"], ["nope"],
            ["evaluate"], ["evaluate", "a", "--json", "--utterances"], ["train", "--train", "a", "--dev", "b"],
            ["benchmark", "train", "--batch", "0"], ["benchmark", "features", "--mel-bins", "0"],
            ["benchmark", "train", "--seconds", "nan"], ["benchmark", "features", "--seconds", "0"],
            ["benchmark", "train", "--growth", "--batch", "8"], ["benchmark", "transcribe", "--runs", "0"],
            ["benchmark", "transcribe", "--preset", "whisper-tiny", "a.wav"],
            ["score", "--reference", "a.txt"], ["score", "a.txt"],
            ["score", "a.txt", "b.txt", "c.txt"], ["score", "--hypothesis", "a.txt"], ["data", "check"],
            ["data", "stats"],
        ])
    func usage(arguments: [String]) throws {
        let result = try Program.run(arguments)
        #expect(result.exitCode == 64 && result.standardOutput.isEmpty)
        #expect(result.standardError.hasPrefix("Error: ") && result.standardError.hasSuffix(" --help'.\n"))
        #expect(result.standardError.split(separator: "\n").count == 2, "\(result.standardError)")
    }

    @Test(
        "every command has help on stdout",
        arguments: [
            [], ["transcribe"], ["train"], ["evaluate"], ["score"], ["features"], ["data"], ["data", "check"],
            ["data", "stats"], ["model"], ["model", "info"], ["benchmark"], ["benchmark", "train"],
            ["benchmark", "features"], ["benchmark", "transcribe"],
        ])
    func help(command: [String]) throws {
        let result = try Program.run(command + ["--help"])
        #expect(result.exitCode == 0 && result.standardError.isEmpty)
        #expect(result.standardOutput.hasPrefix("OVERVIEW: "))
        #expect(result.standardOutput.contains("USAGE: \((["asr"] + command).joined(separator: " "))"))
        // Without a terminal the text is 80 columns wide; usage lines are not broken.
        for line in result.standardOutput.split(separator: "\n") where !line.hasPrefix("USAGE: ") {
            #expect(line.count <= 80, "\(line)")
        }
    }
}
