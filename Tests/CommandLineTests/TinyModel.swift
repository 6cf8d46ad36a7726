import Files
import FoundationEssentials
import Models
import Recognition
import TestSupport
import Testing
import Training

/// Made-up labelled tones, and a model trained on them in a fraction of a second: it recognises nothing, but runs.
struct TinyModel {
    /// The folder of the test.
    let folder: String
    var data: String { "\(folder)/data" }
    var model: String { "\(folder)/model" }
    var configuration: String { "\(folder)/tiny.yaml" }
    /// A clip of the data.
    var clip: String { "\(data)/low.wav" }

    /// Calls `body` with labelled tones in a fresh folder, and with a model unless told otherwise.
    static func with(model: Bool = true, _ body: (TinyModel) throws -> Void) throws {
        try TemporaryFolder.with { folder in
            let tiny = TinyModel(folder: folder)
            try FileManager.default.createDirectory(atPath: tiny.data, withIntermediateDirectories: true)
            for (name, step) in [("low", 80), ("mid", 20), ("high", 6)] {
                // A square wave whose period is `step` samples.
                let samples = (0..<8_000).map { $0 % step < step / 2 ? Float(0.3) : -0.3 }
                try tiny.write("data/\(name).wav", waveFile(samples))
                try tiny.write("data/\(name).txt", Array("\(name)\n".utf8))
            }
            let configuration = """
                model:
                  encoderLayerCount: 1
                  decoderLayerCount: 1
                  transformer: {modelDimension: 16, headCount: 2, feedForwardDimension: 16}
                stopping: {epochs: 1}
                """
            try tiny.write("tiny.yaml", Array(configuration.utf8))
            if model {
                let result = try tiny.train(output: tiny.model)
                try #require(result.exitCode == 0, "\(result.standardError)")
            }
            try body(tiny)
        }
    }

    /// `asr train` with the tones and the tiny configuration.
    func train(output: String, _ more: String...) throws -> Program.Result {
        try Program.run(
            ["train", "--config", configuration, "--train", data, "--dev", data, "--output", output] + more)
    }

    /// Writes a file below the folder and returns its path.
    @discardableResult
    func write(_ name: String, _ bytes: [UInt8]) throws -> String {
        let path = "\(folder)/\(name)"
        try Data(bytes).write(to: URL(filePath: path))
        return path
    }
}

/// Expects a failure told in one line of stderr, with nothing on stdout.
func expectOneLine(
    _ result: Program.Result, contains text: String, exitCode: Int32 = 1,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(result.exitCode == exitCode, "\(result.standardError)", sourceLocation: sourceLocation)
    #expect(result.standardOutput.isEmpty, sourceLocation: sourceLocation)
    let lines = result.standardError.split(separator: "\n")
    #expect(lines.count == 1, "\(result.standardError)", sourceLocation: sourceLocation)
    #expect(
        result.standardError.hasPrefix("Error: ") && result.standardError.contains(text), "\(result.standardError)",
        sourceLocation: sourceLocation)
}
