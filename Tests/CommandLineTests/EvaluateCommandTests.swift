import Files
import FoundationEssentials
import Models
import Recognition
import Testing
import Training

@Suite("asr evaluate")
struct EvaluateCommandTests {
    @Test("keeps texts as they come, and goes on from them")
    func goesOn() throws {
        try TinyModel.with { tiny in
            let (log, output) = ("\(tiny.folder)/out/hypotheses.jsonl", "\(tiny.folder)/out")
            func evaluate(_ more: String...) throws -> Program.Result {
                try Program.run(["evaluate", tiny.data, "-m", tiny.model, "-o", output] + more)
            }
            let first = try evaluate()
            #expect(first.exitCode == 0, "\(first.standardError)")
            let complete = try Data(contentsOf: URL(filePath: log))
            let reference = try tiny.write("reference.kaldi", Array("high high\nlow low\nmid mid\n".utf8))
            let scored = try Program.run("score", "--reference", reference, "--hypothesis", log)
            #expect(scored.exitCode == 0, "\(scored.standardError)")
            #expect(scored.standardOutput.split(separator: "\n")[0] == first.standardOutput.split(separator: "\n")[0])

            // The last line is cut off, as when the machine stops: it is done again.
            try Data(complete.dropLast(10)).write(to: URL(filePath: log))
            #expect(try evaluate().standardOutput == first.standardOutput)
            #expect(try Data(contentsOf: URL(filePath: log)) == complete)

            expectOneLine(
                try evaluate("--beam-size", "1"), contains: "\(log): holds texts of another model or search; ")
            try Data("something else\n".utf8).write(to: URL(filePath: log))
            expectOneLine(try evaluate(), contains: "\(log):1: not written by asr evaluate; ")
            #expect(try Data(contentsOf: URL(filePath: log)) == Data("something else\n".utf8))
        }
    }

    @Test("scores the readable utterances and fails for the others")
    func unreadable() throws {
        try TinyModel.with { tiny in
            try tiny.write("data/bad.wav", Array("no sound".utf8))
            try tiny.write("data/bad.txt", Array("bad\n".utf8))
            let result = try Program.run("evaluate", tiny.data, "-m", tiny.model)
            #expect(result.exitCode == 1 && result.standardOutput.contains("%WER"))
            #expect(result.standardError.contains("Error: \(tiny.data)/bad.txt"))
            #expect(result.standardError.hasSuffix("1 of 4 utterances could not be read and are not in the figures\n"))
        }
    }

    @Test("refuses two utterances of one id")
    func repeatedID() throws {
        try TinyModel.with { tiny in
            expectOneLine(
                try Program.run("evaluate", tiny.data, tiny.data, "-m", tiny.model),
                contains: "the id high also occurs at ")
        }
    }

    @Test("gives a row for each model and each test set")
    func table() throws {
        try TinyModel.with { tiny in
            let sets = ["\(tiny.data)/", tiny.data]  // two names of one folder
            let arguments = ["evaluate"] + sets + ["--each", "-m", tiny.model, tiny.model, "--table", "csv"]
            let result = try Program.run(arguments)
            #expect(result.exitCode == 0, "\(result.standardError)")
            let rows = result.standardOutput.split(separator: "\n")
            #expect(rows.count == 1 + 4)
            #expect(rows[1].hasPrefix("\(tiny.model): \(sets[0]),3,"), "\(rows[1])")
            let refused = try Program.run(arguments + ["--report", "\(tiny.folder)/report.html"])
            #expect(refused.exitCode == 64)
        }
    }
}
