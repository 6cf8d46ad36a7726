import FoundationEssentials
import Models
import TestSupport
import Testing

@Suite("asr report")
struct ReportCommandTests {
    @Test("writes what asr train has written at its end")
    func report() throws {
        try TinyModel.with { tiny in
            let path = "\(tiny.model)/training.html"
            let written = try Data(contentsOf: URL(filePath: path))
            #expect(written.count > 10_000)
            try FileManager.default.removeItem(atPath: path)
            let result = try Program.run("report", tiny.model)
            #expect(result.exitCode == 0 && result.standardError.isEmpty, "\(result.standardError)")
            #expect(result.standardOutput == "\(path)\n")
            #expect(try Data(contentsOf: URL(filePath: path)) == written)
        }
    }

    @Test("names the folder that no training has written to")
    func noTraining() throws {
        try TemporaryFolder.with { folder in
            expectOneLine(try Program.run("report", folder), contains: "\(folder)/metrics.jsonl: no such file")
        }
    }

    @Test("a training that fails leaves its report")
    func failure() throws {
        try TinyModel.with(model: false) { tiny in
            let result = try tiny.train(
                output: tiny.model, "--set", "schedule.peakLearningRate=1e38", "--set", "schedule.warmupSteps=0",
                "--set", "stopping.epochs=30")
            #expect(result.exitCode == 1)
            #expect(result.standardError.contains("curves, attention and transcripts: \(tiny.model)/training.html\n"))
            #expect(FileManager.default.fileExists(atPath: "\(tiny.model)/training.html"))
        }
    }
}
