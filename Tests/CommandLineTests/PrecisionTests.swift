import FoundationEssentials
import Models
import Recognition
import Tensors
import Testing
import Training

/// Processors without bfloat16 products, made by forbidding oneDNN what this one may have.
@Suite("--precision bfloat16 on a processor that does not have it")
struct PrecisionTests {
    private static let old = "ONEDNN_MAX_CPU_ISA=AVX2 "

    private func expectWarning(_ result: Program.Result, _ setting: String, lineCount: Int? = 1) {
        #expect(result.exitCode == 0, "\(result.standardError)")
        let lines = result.standardError.split(separator: "\n")
        let warnings = lines.filter { $0.contains("bfloat16") }
        #expect(warnings.count == 1 && lines.count == lineCount ?? lines.count, "\(result.standardError)")
        #expect(warnings.first?.hasPrefix("Warning: \(setting) bfloat16: this processor has no such matrix") == true)
        #expect(warnings.first?.hasSuffix("going on in float32") == true)
    }

    @Test("commands go on in float32, and say so in one line")
    func goesOn() throws {
        try TinyModel.with { tiny in
            func run(_ arguments: String, _ environment: String = Self.old) throws -> Program.Result {
                try Program.run(shell: "\(environment)\"$0\" \(arguments) --threads 1")
            }
            let transcribe = "transcribe '\(tiny.clip)' -m '\(tiny.model)' --vad-threshold 0"
            let result = try run(transcribe + " --precision bfloat16")
            expectWarning(result, "--precision")
            #expect(try run(transcribe).standardOutput == result.standardOutput)
            expectWarning(
                try run("evaluate '\(tiny.data)' '\(tiny.data)' --each -m '\(tiny.model)' --precision bfloat16"),
                "--precision", lineCount: nil)
            let benchmark = try run(
                "benchmark transcribe -m '\(tiny.model)' --runs 1 --tokens 1 --json --precision bfloat16")
            expectWarning(benchmark, "--precision")
            #expect(benchmark.standardOutput.contains("\"precision\" : \"float32\""))
            let training = try run(
                "benchmark train --dimension 16 --heads 2 --feed-forward 16 --encoder-layers 1 --decoder-layers 1 "
                    + "--batch 1 --steps 7 --warmup 0 --json --precision bfloat16")
            expectWarning(training, "--precision")
            #expect(training.standardOutput.contains("\"precision\" : \"float32\""))
        }
    }

    @Test("a model in 8 bits computes with whole numbers unless told otherwise, others do it when they are asked to")
    func wholeNumbers() throws {
        try TinyModel.with { tiny in
            let converted = "\(tiny.folder)/int8"
            let conversion = try Program.run(
                "model", "convert", tiny.model, "--precision", "int8", "--output", converted)
            #expect(conversion.exitCode == 0, "\(conversion.standardError)")
            for (model, own, other) in [(converted, "int8", "float32"), (tiny.model, "float32", "int8")] {
                let evaluate = ["evaluate", tiny.data, "--model", model, "--output", "\(model)-results"]
                // Results are continued only by what computes in the same way.
                #expect(try Program.run(evaluate).exitCode == 0)
                #expect(try Program.run(evaluate + ["--precision", own]).exitCode == 0)
                let refused = try Program.run(evaluate + ["--precision", other])
                #expect(refused.exitCode == 1 && refused.standardError.contains("another model or search"))
            }
        }
    }

    @Test("training writes down what it computed in, and checkpoints go on in their own precision only")
    func training() throws {
        try TinyModel.with(model: false) { tiny in
            func train(_ environment: String, _ output: String, _ more: String) throws -> Program.Result {
                try Program.run(
                    shell: "\(environment)\"$0\" train --config '\(tiny.configuration)' --train '\(tiny.data)' "
                        + "--dev '\(tiny.data)' --output '\(tiny.folder)/\(output)' \(more)")
            }
            let bfloat16 = "--set precision=bfloat16"
            expectWarning(try train(Self.old, "old", bfloat16), "precision", lineCount: nil)
            let written = try String(contentsOfFile: "\(tiny.folder)/old/training.yaml", encoding: .utf8)
            #expect(written.contains("precision: float32"))
            // The same command goes on; so does one that asks for float32.
            expectWarning(try train(Self.old, "old", "\(bfloat16) --resume"), "precision", lineCount: nil)
            #expect(try train("", "old", "--resume").exitCode == 0)

            guard ElementType.bfloat16.isSupported else { return }
            #expect(try train("", "new", bfloat16).exitCode == 0)
            for (environment, output, option) in [(Self.old, "new", bfloat16), ("", "old", bfloat16)] {
                let result = try train(environment, output, "\(option) --resume")
                #expect(result.exitCode == 1)
                #expect(result.standardError.contains("another configuration"), "\(result.standardError)")
                #expect(result.standardError.contains("precision"), "\(result.standardError)")
            }
        }
    }
}
