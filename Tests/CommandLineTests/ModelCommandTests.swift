import FoundationEssentials
import Models
import Testing

@Suite("asr model")
struct ModelCommandTests {
    @Test("info: the built-in model by its name, whatever the folder; any other name is a folder")
    func builtInByName() throws {
        let named = try Program.run("model", "info", "whisper-tiny.en-int8")
        #expect(named.exitCode == 0, "\(named.standardError)")
        #expect(named.standardOutput == (try Program.run("model", "info").standardOutput))
        expectOneLine(try Program.run("model", "info", "engish"), contains: "engish: no such model folder, nor /")
    }

    @Test("list: the built-in models, the default one marked, also from another folder")
    func list() throws {
        let lines = try Program.run("model", "list").standardOutput.split(separator: "\n")
        #expect(
            lines.map { $0.split(separator: " ")[0] } == [
                "english", "english-small", "voice-activity", "whisper-tiny.en-int8",
            ])
        #expect(
            lines[3].hasSuffix("/models/whisper-tiny.en-int8  (default)") && lines[3].contains("  en  "), "\(lines)")
        #expect(lines[2].hasSuffix("/models/voice-activity  (finds where somebody speaks)"))
        try TinyModel.with { tiny in
            let other = try Program.run(shell: "ASR_MODELS='\(tiny.folder)' \"$0\" model list")
            #expect(other.standardOutput.split(separator: "\n").count == 1, "\(other.standardOutput)")
            #expect(other.standardOutput.hasSuffix("  \(tiny.model)\n"), "\(other.standardOutput)")
            expectOneLine(
                try Program.run(shell: "ASR_MODELS='\(tiny.folder)/none' \"$0\" model list"),
                contains: "no built-in model \"whisper-tiny.en-int8\"")
        }
    }

    @Test("average: a model that runs, and a card that names what it is of")
    func average() throws {
        try TinyModel.with { tiny in
            let output = "\(tiny.folder)/average"
            let result = try Program.run("model", "average", tiny.model, tiny.model, "--output", output)
            #expect(result.exitCode == 0, "\(result.standardError)")
            #expect(result.standardError == "\(output): the average of 2 models\n")
            let card = String(decoding: try Data(contentsOf: URL(filePath: "\(output)/README.md")), as: UTF8.self)
            #expect(card.contains("The average of the weights of 2 models") && card.contains("| \(tiny.model) | 1 | "))
            let info = try Program.run("model", "info", output)
            #expect(info.standardOutput.contains("average          of 2 models\n"), "\(info.standardOutput)")
            expectOneLine(
                try Program.run("model", "average", tiny.model, tiny.model, "-o", output),
                contains: "\(output)/config.json: there is a model already; choose another --output")
            expectOneLine(
                try Program.run("model", "average", tiny.model, "none", "-o", "\(tiny.folder)/x"),
                contains: "none: no such model folder")
            #expect(try Program.run("model", "average", tiny.model, "-o", output).exitCode == 64)
        }
    }

    @Test(
        "convert: a model in bfloat16 transcribes, is evaluated, and converts to itself; a built-in model by its name")
    func convert() throws {
        try TinyModel.with { tiny in
            let (half, again) = ("\(tiny.folder)/half", "\(tiny.folder)/again")
            for (from, to) in [(tiny.model, half), (half, again)] {
                let result = try Program.run("model", "convert", from, "--precision", "bfloat16", "--output", to)
                #expect(result.exitCode == 0, "\(result.standardError)")
            }
            for name in ["model.safetensors", "config.json", "vocabulary.json", "README.md", "training.yaml"] {
                let (one, two) = ("\(half)/\(name)", "\(again)/\(name)")
                #expect(try Data(contentsOf: URL(filePath: one)) == Data(contentsOf: URL(filePath: two)), "\(name)")
            }
            #expect(try Program.run("transcribe", tiny.clip, "--model", half).exitCode == 0)
            #expect(try Program.run("evaluate", tiny.data, "--model", half).exitCode == 0)
            #expect(try Program.run("model", "convert", tiny.model, "-o", half).exitCode == 64)
            let builtIn = "\(tiny.folder)/built-in"
            let named = try Program.run("model", "convert", "english", "--precision", "float32", "-o", builtIn)
            #expect(named.exitCode == 0, "\(named.standardError)")
        }
    }

    @Test("models is another name of model list")
    func models() throws {
        let list = try Program.run("model", "list")
        for arguments in [["models"], ["model"]] {
            let result = try Program.run(arguments)
            #expect(result.exitCode == 0 && result.standardOutput == list.standardOutput, "\(result.standardError)")
        }
    }

    @Test(
        "bash completes formats, built-in models and folders",
        arguments: [
            ("--format s", "srt\n"), ("--model en", "english\nenglish-small\n"),
            ("--model w", "whisper-tiny.en-int8\n"),
            ("--model audi", "audio/\n"), ("--precision b", "bfloat16\n"),
        ])
    func completion(words: String, completed: String) throws {
        let script = """
            cd '\(Program.packageRoot)' && PATH="$(dirname "$0"):$PATH" && source <(asr --generate-completion-script bash)
            COMP_LINE='asr transcribe \(words)'; COMP_WORDS=($COMP_LINE); COMP_CWORD=3; COMP_POINT=${#COMP_LINE}
            _asr asr "${COMP_WORDS[3]}" "${COMP_WORDS[2]}"; printf '%s\\n' "${COMPREPLY[@]}"
            """
        let result = try Program.run(shell: "exec bash -c '\(script.replacing("'", with: "'\\''"))' \"$0\"")
        #expect(result.standardOutput == completed, "\(result.standardError)")
    }
}
