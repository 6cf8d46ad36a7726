import FoundationEssentials
import Testing

/// `asr train-lm`, `asr tune`, and what transcribes with a language model.
@Suite("language models")
struct LanguageModelCommandTests {
    private static let text = "low mid\nhigh low\nmid\nlow high mid\n"

    /// From text to a model whose search uses it, and whose weights are found: one command each.
    @Test("a language model is made, used and tuned")
    func madeUsedAndTuned() throws {
        try TinyModel.with { tiny in
            try Self.text.write(toFile: "\(tiny.folder)/text.txt", atomically: true, encoding: .utf8)
            let folder = "\(tiny.model)/language-model"
            let arguments = [
                "train-lm", "--text", "\(tiny.folder)/text.txt", "--vocabulary", tiny.model, "--unit", "characters",
            ]
            let made = try Program.run(arguments + ["--order", "3", "--output", folder, "--arpa"])
            try #require(made.exitCode == 0, "\(made.standardError)")
            #expect(made.standardError.contains("wrote \(folder)/characters.ngram: "))
            #expect(FileManager.default.fileExists(atPath: "\(folder)/characters.arpa"))
            expectOneLine(
                try Program.run(arguments + ["--output", folder]),
                contains: "there is a model already; choose another --output")

            for (options, parts) in [
                ([], ["language model"]), (["--no-lm"], []),
                (["--lm", folder, "--lm-weight", "2", "--length-reward", "1"], ["language model"]),
                (["--internal-lm-weight", "0.2"], ["language model", "internal language model"]),
                (["--no-lm", "--rescore-lm", folder, "--rescore-lm-weight", "0.3"], ["rescoring model"]),
            ] as [([String], [String])] {
                let json = ["--n-best", "2", "--format", "json"]
                let result = try Program.run(["transcribe", tiny.clip, "--model", tiny.model] + options + json)
                #expect(result.exitCode == 0, "\(options): \(result.standardError)")
                for name in ["language model", "internal language model", "rescoring model"] {
                    #expect(
                        result.standardOutput.contains("\"\(name)\"") == parts.contains(name), "\(options): \(name)")
                }
            }
            let manifest = "\(tiny.folder)/dev.jsonl"
            try #"{"id": "a", "audio_filepath": "\#(tiny.clip)", "text": "low"}"#
                .write(toFile: manifest, atomically: true, encoding: .utf8)
            let tuned = try Program.run("tune", "--model", tiny.model, "--dev", manifest, "--beam-size", "2")
            try #require(tuned.exitCode == 0, "\(tuned.standardError)")
            #expect(tuned.standardOutput.contains("\nbest: weight "))
            let configuration = try String(contentsOfFile: "\(tiny.model)/config.json", encoding: .utf8)
            #expect(configuration.contains("\"lengthReward\""))
            #expect(try Program.run("transcribe", tiny.clip, "--model", tiny.model).exitCode == 0)
        }
    }

    /// An ARPA file is imported: what `--arpa` wrote gives the same n-grams again.
    @Test("an ARPA file is imported", arguments: ["words", "characters"])
    func arpaImported(unit: String) throws {
        try TinyModel.with { tiny in
            // The model knows the letters of "low", "mid" and "high", and no space but with this text.
            let model = "\(tiny.folder)/spaced"
            try tiny.write("data/mid.txt", Array("mid low\n".utf8))
            try #require(try tiny.train(output: model).exitCode == 0)
            let text = "\(tiny.folder)/text.txt"
            try Self.text.write(toFile: text, atomically: true, encoding: .utf8)
            let (counted, imported) = ("\(tiny.folder)/counted", "\(tiny.folder)/imported")
            let made = try Program.run(
                "train-lm", "--text", text, "--vocabulary", model, "--unit", unit, "--minimum-word-count", "1",
                "--arpa",
                "--output", counted)
            try #require(made.exitCode == 0, "\(made.standardError)")
            let arguments = ["train-lm", "--vocabulary", model, "--unit", unit, "--output", imported]
            let arpa = "\(counted)/\(unit).arpa"
            let result = try Program.run(arguments + ["--from-arpa", arpa, "--dev", text])
            try #require(result.exitCode == 0, "\(result.standardError)")
            #expect(result.standardError.contains("wrote \(imported)/\(unit).ngram: "))
            #expect(result.standardError.contains("dev perplexity "))
            #expect(
                FileManager.default.contentsEqual(
                    atPath: "\(counted)/\(unit).ngram", andPath: "\(imported)/\(unit).ngram"))
            let info = try Program.run("model", "info", imported)
            #expect(info.standardOutput.contains("imported from    \(unit).arpa\n"))
            let clip = ["transcribe", tiny.clip, "--model", model, "--lm", imported, "--lm-weight", "0.5"]
            #expect(try Program.run(clip).exitCode == 0)

            expectOneLine(
                try Program.run(arguments + ["--from-arpa", arpa]), contains: "there is a model already")
            let cut = "\(tiny.folder)/cut.arpa"
            let lines = try String(contentsOfFile: arpa, encoding: .utf8).split(
                separator: "\n", omittingEmptySubsequences: false)
            try lines.prefix(12).joined(separator: "\n").write(toFile: cut, atomically: true, encoding: .utf8)
            let broken = try Program.run(arguments.dropLast() + ["\(tiny.folder)/cut", "--from-arpa", cut])
            expectOneLine(broken, contains: "the file is cut off")
            #expect(broken.standardError.contains("\(cut):12: "))
            #expect(!FileManager.default.fileExists(atPath: "\(tiny.folder)/cut"))
            for option in [["--text", text], ["--order", "3"], ["--arpa"], ["--kind", "lstm"]] {
                let refused = try Program.run(arguments + ["--from-arpa", arpa] + option)
                #expect(refused.exitCode == 64 && refused.standardError.contains("--from-arpa"), "\(option)")
            }
        }
    }

    /// A network instead: trained, interrupted by nobody, used, and shown.
    @Test("a network is trained and used", arguments: ["lstm", "transformer"])
    func networkTrainedAndUsed(kind: String) throws {
        try TinyModel.with { tiny in
            let text = "\(tiny.folder)/text.txt"
            try String(repeating: Self.text, count: 40).write(toFile: text, atomically: true, encoding: .utf8)
            let folder = "\(tiny.model)/language-model"
            let arguments = [
                "train-lm", "--kind", kind, "--text", text, "--vocabulary", tiny.model, "--output", folder, "--set",
                "lm.dimension=12", "--set", "lm.layers=1", "--set", "stopping.steps=3",
            ]
            let made = try Program.run(arguments)
            try #require(made.exitCode == 0, "\(made.standardError)")
            #expect(made.standardError.contains("dev perplexity "))
            #expect(made.standardError.contains("finished: the language model is in \(folder)"))
            for file in ["config.json", "model.safetensors", "README.md", "training.yaml", "training.html"] {
                #expect(FileManager.default.fileExists(atPath: "\(folder)/\(file)"), "\(file)")
            }
            expectOneLine(try Program.run(arguments), contains: "add --resume to continue")
            #expect(try Program.run(arguments + ["--resume"]).exitCode == 0)
            #expect(try Program.run("transcribe", tiny.clip, "--model", tiny.model).exitCode == 0)
            let info = try Program.run("model", "info", folder)
            #expect(info.exitCode == 0 && info.standardOutput.contains("perplexity"), "\(info.standardError)")
            let refused = try Program.run(arguments + ["--order", "3"])
            #expect(refused.exitCode == 64 && refused.standardError.contains("are for n-grams"))
        }
    }

    @Test("what cannot work is refused")
    func refused() throws {
        try TinyModel.with { tiny in
            let clip = ["transcribe", tiny.clip, "--model", tiny.model]
            expectOneLine(try Program.run(clip + ["--lm", "\(tiny.folder)/none"]), contains: "asr train-lm writes")
            for (options, message) in [
                (["--lm", "x", "--no-lm"], "--no-lm cannot be used"),
                (["--lm", "x", "--lm", "y", "--lm-weight", "1"], "1 weights for 2 language models"),
                (["--lm-weight", "1"], "there is no language model in"),
                (["--lm", "x", "--beam-size", "1"], "--lm needs a --beam-size of 2 or more"),
                (["--rescore-lm", "x", "--beam-size", "1"], "--rescore-lm needs a --beam-size of 2 or more"),
                (["--rescore-lm", "x", "--rescore-lm", "y"], "Several --rescore-lm need an --rescore-lm-weight each"),
                (["--rescore-lm-weight", "1"], "1 weights for 0 --rescore-lm"),
                (["--internal-lm-weight", "0.2"], "--internal-lm-weight is for a search with a language model"),
                (["--internal-lm-weight", "nan"], "must be finite numbers"),
            ] {
                let result = try Program.run(clip + options)
                #expect(result.exitCode == 64 && result.standardError.contains(message), "\(result.standardError)")
            }
            let text = "\(tiny.folder)/latin1.txt"
            try Data([0x61, 0xE9, 0x0A]).write(to: URL(filePath: text))
            expectOneLine(
                try Program.run(
                    "train-lm", "--text", text, "--vocabulary", tiny.model, "--output", "\(tiny.folder)/lm"),
                contains: "latin1.txt:1: byte 1 is not UTF-8")
            let wrong = try Program.run(
                "train-lm", "--text", text, "--vocabulary", tiny.model, "--output", "x", "--prune", "0,2,1")
            #expect(wrong.exitCode == 64)
            let none = try Program.run("train-lm", "--vocabulary", tiny.model, "--output", "x")
            #expect(none.exitCode == 64 && none.standardError.contains("Name text to learn from"))
            let resumed = try Program.run(
                "train-lm", "--text", text, "--vocabulary", tiny.model, "--output", "x", "--resume")
            #expect(resumed.exitCode == 64 && resumed.standardError.contains("--resume is for networks"))
        }
    }
}
