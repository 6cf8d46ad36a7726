import Files
import Foundation
import Glibc
import TestSupport
import Testing

@Suite("asr transcribe with many files")
struct ManyFilesTests {
    /// Copies of the tiny model's clip below `in`, and what their text is.
    private static func copies(_ tiny: TinyModel, _ names: [String]) throws -> String {
        let clip = try Data(contentsOf: URL(filePath: tiny.clip))
        for name in names {
            let path = "\(tiny.folder)/in/\(name)"
            try AtomicFile.makeFolder(
                path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/"))
            try AtomicFile.write(clip, to: path)
        }
        return try Program.run("transcribe", tiny.clip, "-m", tiny.model).standardOutput
    }

    @Test("patterns: * in one name, ** in any depth, folders that match as a whole, nothing twice")
    func patterns() throws {
        try TinyModel.with { tiny in
            let text = try Self.copies(tiny, ["b.wav", "a/b.wav", "a/c/d.wav", "a/c/e.mp3.txt", ".x/y.wav"])
            let cases: [(String, [String])] = [
                ("*.wav", ["b.wav"]), ("**/*.wav", ["a/b.wav", "a/c/d.wav", "b.wav"]),
                ("a/**/[bd].wav", ["a/b.wav", "a/c/d.wav"]),
                ("a*", ["a/b.wav", "a/c/d.wav"]), ("**", ["a/b.wav", "a/c/d.wav", "b.wav"]),
                ("?/c/*.wav", ["a/c/d.wav"]),
                (".x/*.wav", [".x/y.wav"]), ("*x/*.wav", []),
            ]
            for (pattern, names) in cases {
                let result = try Program.run(
                    "transcribe", "\(tiny.folder)/in/\(pattern)", "-m", tiny.model, "-f", "trn")
                // The name of a text is the path below the folder where the wildcards begin.
                let depth = pattern.split(separator: "/").prefix { !$0.contains { "*?[".contains($0) } }.count
                let expected = names.map {
                    $0.dropLast(4).split(separator: "/").dropFirst(depth).joined(separator: "/")
                }
                let line = text.dropLast()
                #expect(result.standardOutput == expected.map { "\(line) (\($0))\n" }.joined(), "\(pattern)")
                #expect((result.exitCode == 0) == !names.isEmpty, "\(pattern): \(result.standardError)")
                if names.isEmpty { expectOneLine(result, contains: "\(pattern): nothing matches this pattern") }
            }
        }
    }

    @Test("lists: lines, zero bytes, JSON lines, tables; from stdin too")
    func lists() throws {
        try TinyModel.with { tiny in
            let text = try Self.copies(tiny, ["one.wav", "a/two.wav", "a/li\nne.wav", "clips/c.wav"])
            func headed(_ names: String...) -> String {
                names.map { "==> \(tiny.folder)/in/\($0) <==\n\(text)" }.joined()
            }
            let both = headed("one.wav", "a/two.wav")
            let cases: [(String, String, String)] = [
                ("list.txt", "one.wav\r\na/two.wav\n\n", both),
                ("list", "a/li\nne.wav\0one.wav\0", headed("a/li\\nne.wav", "one.wav")),
                ("l.jsonl", "{\"audio_filepath\": \"one.wav\", \"duration\": 1}\n{\"wav\": \"a/two.wav\"}\n", both),
                ("l.tsv", "id\tpath\n1\tone.wav\n2\ta/two.wav\n", both),
                ("cv.tsv", "path\tsentence\nc.wav\tx\n", text),
                ("l.csv", "wav_filename,transcript\n\"one.wav\",x\na/two.wav,\n", both),
            ]
            for (name, content, output) in cases {
                let list = try tiny.write("in/\(name)", Array(content.utf8))
                let result = try Program.run("transcribe", "--manifest", list, "-m", tiny.model)
                #expect(result.standardOutput == output, "\(name): \(result.standardError)")
            }
            let piped = try Program.run(
                shell:
                    "cd '\(tiny.folder)/in' && ls */two.wav one.wav | \"$0\" transcribe --manifest - -m '\(tiny.model)' -o '\(tiny.folder)/out' --vad-threshold 0"
            )
            #expect(piped.exitCode == 0, "\(piped.standardError)")
            #expect(try String(contentsOfFile: "\(tiny.folder)/out/a/two.txt", encoding: .utf8) == text)
            for (name, content, message) in [
                ("bad.jsonl", "{\"text\": \"x\"}\n", "bad.jsonl:1: no key `audio_filepath`"),
                ("bad.csv", "a,b\n1,2\n", "it needs one of path, "),
                ("part.jsonl", "{\"wav\": \"one.wav\", \"offset\": 2}\n", "part.jsonl:1: `offset`: only whole files"),
                ("empty", "\n", "there is no audio file in this list"),
            ] {
                let list = try tiny.write("in/\(name)", Array(content.utf8))
                expectOneLine(try Program.run("transcribe", "--manifest", list, "-m", tiny.model), contains: message)
            }
        }
    }

    @Test("templates: beside the recordings or below --output-dir, with the language; --skip-existing knows them")
    func templates() throws {
        try TinyModel.with { tiny in
            let text = try Self.copies(tiny, ["a/one.wav", "a/one.WAV"])
            let input = "\(tiny.folder)/in"
            let arguments = ["transcribe", input, "-m", tiny.model]
            let equal = try Program.run(arguments + ["--output-template", "{folder}/{name}.{format}"])
            #expect(
                equal.exitCode == 64
                    && equal.standardError.contains("would both be written to \(input)/a/one.txt; tell them apart"))
            // The tiny model is for no named language: "und" is ISO 639's code for it.
            let template = ["--output-template", "{folder}/{name}-{extension}.{language}.{format}"]
            try FileManager.default.removeItem(atPath: "\(input)/a/one.WAV")
            for (more, folder) in [([], "\(input)/a"), (["-o", "\(tiny.folder)/out"], "\(tiny.folder)/out/a")] {
                let first = try Program.run(arguments + template + more + ["-f", "txt,trn"])
                #expect(
                    first.standardError.hasPrefix(
                        "wrote \(folder)/one-wav.und.txt\nwrote \(folder)/one-wav.und.trn\n1 file: 0.5 s of audio in "),
                    "\(first.standardError)")
                #expect(try String(contentsOfFile: "\(folder)/one-wav.und.txt", encoding: .utf8) == text)
                let second = try Program.run(arguments + template + more + ["-f", "txt,trn", "--skip-existing"])
                #expect(second.exitCode == 0 && second.standardError == "1 of 1 files are transcribed already\n")
            }
            for (bad, message) in [
                ("{folder}/{nmae}", "the fields are {folder}, {name}, {extension}, {language}, {format}."),
                ("{folder", "the fields are"),
            ] {
                let result = try Program.run(arguments + ["--output-template", bad])
                #expect(result.exitCode == 64 && result.standardError.contains(message), "\(result.standardError)")
            }
            let single = try Program.run(arguments + ["--output-template", "{folder}/{name}.x", "-f", "txt,srt"])
            #expect(single.exitCode == 64 && single.standardError.contains("text and srt would both be written to"))
        }
    }

    @Test("names with spaces, quotes, line ends and bytes that are no UTF-8 are read and written as they are")
    func names() throws {
        try TinyModel.with { tiny in
            let text = try Self.copies(tiny, ["sp ace.wav", "it's \"q\".wav", "-dash.wav", "li\nne.wav"])
            let result = try Program.run(
                shell: """
                    cd '\(tiny.folder)' && cp in/-dash.wav "in/caf$(printf '\\351').wav" && folder="in/f$(printf '\\377')" && mkdir "$folder" && cp in/-dash.wav "$folder/x.wav" &&
                    "$0" transcribe in -o out -m model --vad-threshold 0 && "$0" transcribe in/caf*.wav -m model --vad-threshold 0 -f json &&
                    cd in && "$0" transcribe -m ../model --vad-threshold 0 -- -dash.wav && cd .. &&
                    for f in out/*.txt out/*/*.txt; do printf '%s\\0' "$f"; cat "$f"; done | od -An -c | tr -d ' \\n'
                    """)
            #expect(result.exitCode == 0, "\(result.standardError)")
            for line in [
                "wrote out/li\\nne.txt\n", "wrote out/caf\\xE9.txt\n", "wrote out/f\\xFF/x.txt\n",
                "wrote out/it's \"q\".txt\n",
            ] {
                #expect(result.standardError.contains(line), "\(line)")
            }
            #expect(
                result.standardOutput.contains("\"file\":\"in/caf\\\\xE9.wav\"") && result.standardOutput.contains(text)
            )
            // od writes the byte 0xE9 as 351 and the line end as \n.
            for name in ["out/caf351.txt", "out/f377/x.txt", "out/li\\nne.txt", "out/space.txt", "out/-dash.txt"] {
                #expect(result.standardOutput.contains("\(name)\\0"), "\(name)")
            }
        }
    }

    @Test("Ctrl-C: what was written is whole, nothing else is there, exit code 130")
    func interruption() throws {
        try TinyModel.with { tiny in
            let text = try Self.copies(tiny, (10..<30).map { "\($0).wav" })
            // Nobody writes into the pipe: the program waits for it.
            let result = try Program.run(
                shell: """
                    cd '\(tiny.folder)' && mkfifo in/wait.wav
                    "$0" transcribe in -m model -o out --threads 1 --vad-threshold 0 & process=$!
                    for i in $(seq 400); do [ -e out/10.txt ] && break; sleep 0.05; done
                    kill -INT $process; wait $process; echo $?; ls -A out | grep -v '[0-9].txt'; cat out/*.txt | sort -u
                    """)
            #expect(result.standardOutput == "130\n\(text)", "\(result.standardError)")
            #expect(result.standardError.contains("--skip-existing goes on with the others"))
        }
    }

    @Test("an output folder that cannot be written to is found out about before any work")
    func unwritable() throws {
        try TinyModel.with { tiny in
            let arguments = ["transcribe", tiny.clip, "-m", "\(tiny.folder)/no-model"]
            expectOneLine(
                try Program.run(arguments + ["-o", "\(tiny.clip)/texts"]),
                contains: "low.wav: cannot be written (Not a directory); ")
            expectOneLine(try Program.run(arguments + ["-o", "\(tiny.folder)/texts/a"]), contains: "no-model")
            if getuid() != 0 {
                chmod(tiny.data, 0o500)
                expectOneLine(
                    try Program.run(arguments + ["-o", "\(tiny.data)/texts"]),
                    contains: "data: cannot be written (Permission denied); ")
            }
        }
    }

    /// A program called ffmpeg that takes samples as they are from behind the first five bytes, as if they had been packed.
    private static let ffmpeg = """
        #!/bin/sh
        for argument; do [ "$argument" = file:/proc/self/fd/3 ] && found=1; done
        [ "$found" ] || { echo "no input" >&2; exit 1; }
        [ "$(head -c 5 /proc/self/fd/3)" = movie ] || { echo "[demuxer @ 0x1] Invalid data" >&2; exit 1; }
        tail -c +6 /proc/self/fd/3
        """

    @Test("what libsndfile does not know goes through ffmpeg; without it the message says so")
    func conversion() throws {
        try TinyModel.with { tiny in
            let text = try Program.run("transcribe", tiny.clip, "-m", tiny.model).standardOutput
            // Written by a process of its own: a program that is open for writing, here or in what is started from here, cannot be run.
            let script = try tiny.write("script", Array(Self.ffmpeg.utf8))
            _ = try Program.run(
                shell: "cd '\(tiny.folder)' && mkdir bin && cp '\(script)' bin/ffmpeg && chmod 755 bin/ffmpeg")
            let clip = try Data(contentsOf: URL(filePath: tiny.clip))
            // 16-bit samples behind a header of 44 bytes.
            let samples: [Float] = stride(from: 44, to: clip.count, by: 2).map {
                Float(Int16(truncatingIfNeeded: Int(clip[$0]) | Int(clip[$0 + 1]) << 8)) / 32_768
            }
            let film =
                Array("movie".utf8) + samples.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) }
            try tiny.write("film.mp4", film)
            try tiny.write("bad.mp4", Array("no film".utf8))
            func run(_ path: String, _ arguments: String) throws -> Program.Result {
                try Program.run(
                    shell:
                        "cd '\(tiny.folder)' && PATH='\(path)' && \"$0\" transcribe \(arguments) -m model --vad-threshold 0 --threads 1"
                )
            }
            let path = "\(tiny.folder)/bin:/usr/bin:/bin"
            for arguments in ["film.mp4", "- < film.mp4"] {
                let result = try run(path, arguments)
                #expect(result.exitCode == 0 && result.standardOutput == text, "\(arguments): \(result.standardError)")
            }
            expectOneLine(
                try run(path, "bad.mp4"),
                contains: "bad.mp4: is not audio that can be read (ffmpeg: Invalid data); if a player plays it")
            expectOneLine(
                try run("/nowhere", "film.mp4"),
                contains: "film.mp4: is not audio that can be read without ffmpeg, which is not on the path; install")
        }
    }

    static let hasFFmpeg = access("/usr/bin/ffmpeg", X_OK) == 0

    @Test(
        "the sound of containers is that of the recording", .enabled(if: hasFFmpeg),
        arguments: ["mp4", "m4a", "mkv", "webm"])
    func containers(ending: String) throws {
        try TemporaryFolder.with { folder in
            let result = try Program.run(
                shell: """
                    cd '\(folder)' && /usr/bin/ffmpeg -nostdin -v error -f lavfi -i color=c=red:s=64x64:d=1 -i '\(Program.packageRoot)/audio/sentence-awb.flac' talk.\(ending) &&
                    "$0" transcribe talk.\(ending) && head -c $(($(stat -c %s talk.\(ending)) * 2 / 3)) talk.\(ending) > cut.\(ending) && "$0" transcribe cut.\(ending)
                    """)
            #expect(result.standardOutput == "It is easy to tell the depth of the well.\n", "\(result.standardError)")
            #expect(
                result.exitCode == 1
                    && result.standardError.contains("cut.\(ending): is not audio that can be read (ffmpeg: "),
                "\(result.standardError)")
        }
    }
}
