import Files
import FoundationEssentials
import Models
import Testing

@Suite("asr train")
struct TrainCommandTests {
    @Test("names the line of labelled data that cannot be used")
    func manifests() throws {
        try TinyModel.with(model: false) { tiny in
            let good = "{\"audio_filepath\": \"data/low.wav\", \"text\": \"low\"}\n"
            for (line, message) in [
                ("no json", ":2: not JSON; "),
                ("{\"audio_filepath\": \"none.wav\", \"text\": \"a\"}", ":2: no audio file "),
                ("{\"audio_filepath\": \"data/mid.wav\", \"text\": \" \"}", ":2: empty text; "),
                ("{\"audio_filepath\": \"data/mid.wav\", \"text\": 3}", ":2: the value of `text` has the wrong type; "),
                (
                    "{\"audio_filepath\": \"data/mid.wav\", \"text\": \"...\"}",
                    ":2: the text \"...\" has no character left"
                ),
            ] {
                let manifest = try tiny.write("m.jsonl", Array((good + line + "\n").utf8))
                let result = try Program.run(
                    "train", "--config", tiny.configuration, "--train", manifest, "--dev", tiny.data, "-o", tiny.model)
                expectOneLine(result, contains: manifest + message)
            }
            let empty = try tiny.write("m.jsonl", [])
            expectOneLine(
                try Program.run("train", "--train", empty, "--dev", tiny.data, "-o", tiny.model),
                contains: "\(empty): no utterances; ")
        }
    }

    @Test(
        "names the setting that cannot work",
        arguments: [
            ("nope=1", "unknown key `nope`"), ("seed=x", "`seed`: expected a whole number"), ("seed", "key=value"),
            ("stopping.epochs=0", "stopping.epochs is 0; it must be from 1"),
            ("stopping.patience=-1", "stopping.patience is -1; it must be at least 0"),
            ("schedule.warmupSteps=-1", "schedule.warmupSteps is -1"),
            ("optimizer.weightDecay=-1", "optimizer.weightDecay is -1.0; it must not be negative"),
            ("optimizer.beta2=1", "optimizer.beta2 is 1.0; it must be at least 0 and below 1"),
            ("schedule.holdFraction=2", "schedule.holdFraction is 2.0; it must be from 0 to 1"),
            ("schedule={kind: triStage, finalFraction: 0}", "schedule.finalFraction is 0, which an exponential"),
            ("schedule.kind=tri", "expected one of noam, cosine, triStage, constant, found `tri`"),
            ("evaluation.beamSize=0", "evaluation.beamSize is 0; it must be from 1 to 100"),
            ("evaluation.ctcWeight=-1", "evaluation.ctcWeight is -1.0; it must be from 0 to 1"),
            ("evaluation.maximumUtterances=-1", "evaluation.maximumUtterances is -1; it must be at least 0"),
            ("loss.ctcWeight=0", "set evaluation.ctcWeight to 0 too"),
            ("optimizer.averageDecay=1", "optimizer.averageDecay is 1.0; it must be at least 0 and below 1"),
            ("stopping.keepBest=-1", "stopping.keepBest is -1; it must be from 0 to 1000"),
            ("loss.scheduledSampling=2", "loss.scheduledSampling is 2.0; it must be from 0 to 1"),
            ("model.transformer.headCount=3", "model.transformer.modelDimension 16 is not a multiple"),
            ("augmentation.volume.probability=3", "augmentation.volume.probability is 3.0"),
            ("data.minimumCharacterCount=99", "lower data.minimumCharacterCount"),
        ])
    func settings(setting: String, message: String) throws {
        try TinyModel.with(model: false) { tiny in
            let result = try tiny.train(output: tiny.model, "--set", setting)
            #expect(result.exitCode == 1 && result.standardOutput.isEmpty)
            let last = try #require(result.standardError.split(separator: "\n").last)
            #expect(last.hasPrefix("Error: ") && last.contains(message), "\(result.standardError)")
        }
    }

    @Test("names the file and line of a bad setting")
    func configurationFile() throws {
        try TinyModel.with(model: false) { tiny in
            for (text, message) in [
                ("seed: 1\nmodell: {}\n", ":2: unknown key `modell`; did you mean `model`?"),
                // A setting that is gone is not offered.
                ("gradientPart: 4\n", ":1: unknown key `gradientPart`; known keys: data, model, initialization, "),
                ("seed: [1\n", ": not YAML"), ("seed: one\n", ":1: `seed`: expected a whole number"),
            ] {
                try tiny.write("tiny.yaml", Array(text.utf8))
                let result = try tiny.train(output: tiny.model)
                expectOneLine(result, contains: tiny.configuration)
                #expect(result.standardError.contains(message), "\(result.standardError)")
            }
            let missing = try Program.run("train", "--config", "none.yaml", "--output", tiny.model)
            expectOneLine(missing, contains: "none.yaml: no such file")
        }
    }

    @Test("keeps what an output folder holds")
    func existingOutput() throws {
        try TinyModel.with { tiny in
            let path = "\(tiny.model)/model.safetensors"
            let before = try Data(contentsOf: URL(filePath: path))
            expectOneLine(
                try tiny.train(output: tiny.model), contains: "checkpoint.safetensors: exists; add --resume to continue"
            )
            let other = try tiny.train(output: tiny.model, "--resume", "--set", "optimizer.weightDecay=0.5")
            #expect(other.exitCode == 1)
            #expect(other.standardError.contains("optimizer.weightDecay was 0.01 and is 0.5 now; "))
            try FileManager.default.removeItem(atPath: "\(tiny.model)/checkpoint.safetensors")
            for resume in [[], ["--resume"]] {
                let result = try Program.run(
                    [
                        "train", "--config", tiny.configuration, "--train", tiny.data, "--dev", tiny.data, "-o",
                        tiny.model,
                    ]
                        + resume)
                expectOneLine(result, contains: "\(path): there is a model already")
            }
            #expect(try Data(contentsOf: URL(filePath: path)) == before)
            expectOneLine(
                try tiny.train(output: tiny.clip), contains: "\(tiny.clip): cannot be written (Not a directory); ")
        }
    }

    @Test("refuses to train without data")
    func withoutData() throws {
        let result = try Program.run("train", "--train", "a", "--output", "b")
        #expect(result.exitCode == 64)
        #expect(result.standardError.hasPrefix("Error: name labelled audio to learn from with --train, and other"))
    }

    @Test("--init begins with the weights of a model")
    func initialModel() throws {
        try TinyModel.with { tiny in
            let output = "\(tiny.folder)/tuned"
            for (more, message) in [
                (
                    ["--set", "model.decoderLayerCount=2"],
                    "model.decoderLayerCount is 2, but the initial model \(tiny.model) has 1"
                ),
                (["--set", "initialization.frozen=[decodr]"], "initialization.frozen: no parameter has a name"),
                (["--init", "none"], "none: no such model folder"),
                (
                    ["--set", "schedule.warmupSteps=9223372036854775807"],
                    "schedule.warmupSteps is 9223372036854775807; it"
                ),
                (["--set", "loss.intermediateCTCLayers=[1, 1]"], "it must be different layers before the last"),
            ] {
                let result = try Program.run(
                    ["train", "--config", tiny.configuration, "--train", tiny.data, "--dev", tiny.data, "-o", output]
                        + ["--init", tiny.model] + more)
                #expect(result.exitCode == 1)
                let last = try #require(result.standardError.split(separator: "\n").last)
                #expect(last.hasPrefix("Error: ") && last.contains(message), "\(result.standardError)")
            }
            try tiny.write("data/high.txt", Array("hiß\n".utf8))
            // No sizes are named: they are the model's.
            let result = try Program.run(
                "train", "--init", tiny.model, "--train", tiny.data, "--dev", tiny.data, "-o", output, "--set",
                "stopping.epochs=1", "--set", "initialization.frozen=[encoder]")
            #expect(result.exitCode == 0, "\(result.standardError)")
            #expect(
                result.standardError.contains("begins with \(tiny.model); 1 new characters with random weights: ß\n"))
            #expect(result.standardError.contains(" parameters are frozen\n"))
        }
    }

    @Test(
        "Ctrl-C, and the end of the terminal, save a checkpoint and exit with 130; --resume goes on",
        arguments: ["INT", "HUP"])
    func interruption(signal: String) throws {
        try TinyModel.with(model: false) { tiny in
            let command =
                "\"$0\" train --config '\(tiny.configuration)' --train '\(tiny.data)' --dev '\(tiny.data)' "
                + "-o '\(tiny.model)' --set stopping.patience=0 --set stopping.epochs="
            // The signal comes when the first step has been logged; the wait ends with the program at the latest.
            let interrupted = try Program.run(
                shell: command + """
                    1000000 & p=$!
                    while [ ! -s '\(tiny.model)/metrics.jsonl' ] && kill -0 $p; do sleep 0.05; done
                    kill -\(signal) $p; wait $p
                    """)
            #expect(interrupted.exitCode == 130)
            #expect(
                interrupted.standardError.hasSuffix(
                    "saved in \(tiny.model); the same command with --resume continues\n"))
            let log = String(
                decoding: try Data(contentsOf: URL(filePath: "\(tiny.model)/metrics.jsonl")), as: UTF8.self)
            let stepCount = log.split(separator: "\n").count { $0.contains("\"loss\"") }
            // One step an epoch: the epoch after the last step is over at once.
            let resumed = try Program.run(shell: command + "\(stepCount + 1) --resume")
            #expect(resumed.exitCode == 0, "\(resumed.standardError)")
            #expect(resumed.standardError.contains("continuing after step \(stepCount), "))
            #expect(resumed.standardError.contains("  step \(stepCount + 1)  "))
        }
    }

    @Test("weights that are no numbers are not saved as the best model")
    func divergence() throws {
        try TinyModel.with(model: false) { tiny in
            let result = try tiny.train(
                output: tiny.model, "--set", "schedule.peakLearningRate=1e38", "--set", "schedule.warmupSteps=0",
                "--set", "stopping.epochs=30")
            #expect(result.exitCode == 1, "\(result.standardError)")
            #expect(result.standardError.contains("lower schedule.peakLearningRate"))
        }
    }
}
