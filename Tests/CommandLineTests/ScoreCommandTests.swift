import Files
import FoundationEssentials
import Recognition
import TestSupport
import Testing
import Training

@Suite("asr score")
struct ScoreCommandTests {
    /// Writes `r.txt` and `h.txt` and calls `body` with their folder: 1 of 5 words wrong.
    private func withTexts(_ body: (String) throws -> Void) throws {
        try TemporaryFolder.with { folder in
            try Data("The cat sat.\na b\n".utf8).write(to: URL(filePath: "\(folder)/r.txt"))
            try Data("the hat sat\na b\n".utf8).write(to: URL(filePath: "\(folder)/h.txt"))
            try body(folder)
        }
    }

    private func score(_ folder: String, _ arguments: String...) throws -> Program.Result {
        try Program.run(
            ["score", "--reference", "\(folder)/r.txt", "--hypothesis", "\(folder)/h.txt", "--normalizer", "basic"]
                + arguments)
    }

    @Test("prints Kaldi's line first, and the normaliser")
    func lines() throws {
        try withTexts { folder in
            let result = try score(folder)
            #expect(result.exitCode == 0 && result.standardError.isEmpty)
            let unnamed = try Program.run("score", "\(folder)/r.txt", "\(folder)/h.txt", "--normalizer", "basic")
            #expect(unnamed.standardOutput == result.standardOutput)
            let lines = result.standardOutput.split(separator: "\n")
            #expect(lines[0] == "%WER 20.00 [ 1 / 5, 0 ins, 0 del, 1 sub ]")
            #expect(lines.contains { $0.hasPrefix("normalizer basic-v1-") && $0.hasSuffix("alignment levenshtein") })
        }
    }

    @Test("prints one JSON object")
    func json() throws {
        struct Figures: Decodable {
            var wer: Double
            var cer: Double
            var substitutions: Int
            var deletions: Int
            var insertions: Int
            var referenceWords: Int
        }
        try withTexts { folder in
            let result = try score(folder, "--json")
            let figures = try JSONDecoder().decode(Figures.self, from: Data(result.standardOutput.utf8))
            #expect(figures.wer == 0.2 && figures.substitutions == 1 && figures.referenceWords == 5)
            // "the cat sat" and "a b" have 14 characters; one differs.
            #expect(abs(figures.cer - 1.0 / 14) < 1e-12 && figures.deletions == 0 && figures.insertions == 0)
        }
    }

    @Test("fails above a limit")
    func limit() throws {
        try withTexts { folder in
            #expect(try score(folder, "--fail-above", "20").exitCode == 0)
            let result = try score(folder, "--fail-above", "19.9")
            #expect(result.exitCode == 1)
            #expect(result.standardOutput.hasPrefix("%WER 20.00"))
            #expect(result.standardError == "Error: word error rate 20.00 % is above --fail-above 19.9 %\n")
        }
    }

    @Test("writes a folder and a report")
    func files() throws {
        try withTexts { folder in
            let result = try score(folder, "--output", "\(folder)/out", "--report", "\(folder)/report.html")
            #expect(result.exitCode == 0, "\(result.standardError)")
            let names = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/out").sorted()
            #expect(
                names == ["alignments.txt", "summary.json", "summary.txt", "utterances.csv", "utterances.jsonl"])
            let report = String(decoding: try Data(contentsOf: URL(filePath: "\(folder)/report.html")), as: UTF8.self)
            #expect(report.hasPrefix("<!DOCTYPE html>") && report.hasSuffix("</html>\n"))
        }
    }

    @Test("prints the figures where a report cannot be written")
    func unwritableReport() throws {
        try withTexts { folder in
            let result = try score(folder, "--report", "\(folder)/none/report.html")
            #expect(result.exitCode == 1)
            #expect(result.standardOutput.hasPrefix("%WER 20.00"))
            #expect(
                result.standardError.hasPrefix("Error: \(folder)/none/report.html: cannot be written (No such file"))
        }
    }

    @Test("refuses empty values", arguments: [["--output", ""], ["--output="]])
    func emptyValues(arguments: [String]) throws {
        let result = try Program.run(["score", "--reference", "r.txt", "--hypothesis", "h.txt"] + arguments)
        #expect(result.exitCode == 64)
        #expect(result.standardError.hasPrefix("Error: An argument is empty"))
    }

    @Test("compares two systems and prints tables")
    func comparison() throws {
        try withTexts { folder in
            let result = try score(folder, "--compare", "\(folder)/r.txt", "--bootstrap", "100")
            #expect(result.standardOutput.contains("second system: WER 0.00, CER 0.00"))
            #expect(result.standardOutput.contains("matched pairs: 1 segments"))
            let table = try score(folder, "--table", "espnet", "--name", "dev").standardOutput
            #expect(table.hasSuffix("|dev|2|5|80.0|20.0|0.0|0.0|20.0|50.0|\n"))
        }
    }

    @Test("says in one line what is wrong with a file")
    func faults() throws {
        try TemporaryFolder.with { folder in
            try Data("u1 a\nu2 b\n".utf8).write(to: URL(filePath: "\(folder)/r.kaldi"))
            try Data("u1 a\n".utf8).write(to: URL(filePath: "\(folder)/h.kaldi"))
            let files = ["score", "--reference", "\(folder)/r.kaldi", "--hypothesis", "\(folder)/h.kaldi"]
            let result = try Program.run(files)
            #expect(result.exitCode == 1 && result.standardOutput.isEmpty)
            #expect(
                result.standardError
                    == "Error: \(folder)/h.kaldi: no hypothesis for 1 id: 'u2'; count them as deleted with "
                    + "--allow-missing\n")
            #expect(try Program.run(files + ["--allow-missing"]).standardOutput.hasPrefix("%WER 50.00"))
        }
    }

    @Test(
        "refuses wrong usage with 64",
        arguments: [
            ["--reference", "r.txt"], ["--hypothesis", "h.txt"],
            ["--reference", "r.txt", "--hypothesis", "h.txt", "--normalizer", "german"],
            ["--reference", "r.txt", "--hypothesis", "h.txt", "--bootstrap", "-1"],
            ["--reference", "r.txt", "--hypothesis", "h.txt", "--json", "--table", "csv"],
            ["--reference", "r.txt", "--hypothesis", "h.txt", "--fail-above", "nan"],
        ])
    func usage(_ arguments: [String]) throws {
        #expect(try Program.run(["score"] + arguments).exitCode == 64)
    }
}
