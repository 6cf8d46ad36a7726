import Datasets
import Files
import FoundationEssentials
import TestSupport
import Testing
import Training

@Suite struct MetricsLogTests {
    private static let step =
        #"{"accuracy":0.5,"audioInSeconds":2.5,"ctcLoss":3,"durationInSeconds":0.5,"epoch":1,"gradientNorm":2,"learningRate":0.25,"#
        + #""loss":1.5,"step":1}"#
    private static let evaluation =
        #"{"devCTCLoss":2,"devCharacterErrorRate":0.5,"devLoss":1,"devWordErrorRate":0.75,"epoch":1,"step":1}"#
    private static let alert = #"{"alert":"divergence","message":"step 2: look","step":2}"#
    private static let skipped =
        #"{"accuracy":0,"audioInSeconds":1,"durationInSeconds":1,"epoch":2,"learningRate":0.5,"step":2,"wasSkipped":true}"#

    private func text(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
    }

    @Test func readsTheThreeKindsOfLines() throws {
        let folder = try TemporaryFolder()
        let text = [Self.step, Self.evaluation, Self.skipped, Self.alert].joined(separator: "\n") + "\n"
        let lines = try MetricsLog.lines(path: folder.write("metrics.jsonl", text))
        #expect(lines.map(\.step) == [1, 1, 2, 2])
        guard case .step(let step) = lines[0], case .evaluation(let evaluation) = lines[1],
            case .step(let skipped) = lines[2], case .alert(let alert) = lines[3]
        else {
            Issue.record("\(lines)")
            return
        }
        #expect(step.loss == 1.5 && step.ctcLoss == 3 && evaluation.devCTCLoss == 2 && skipped.ctcLoss == nil)
        #expect(step.learningRate == 0.25 && step.wasSkipped == nil)
        #expect(evaluation.devWordErrorRate == 0.75 && evaluation.samples == nil)
        #expect(skipped.loss == nil && skipped.gradientNorm == nil && skipped.wasSkipped == true)
        #expect(alert == TrainingAlert(step: 2, kind: .divergence, message: "step 2: look"))
    }

    // A run was killed while it wrote, or is just writing.
    @Test func aLastLineMayBeCutOff() throws {
        let folder = try TemporaryFolder()
        for count in [1, 30, Self.skipped.utf8.count - 1] {
            let path = try folder.write("metrics.jsonl", "\(Self.step)\n\(Self.skipped.prefix(count))")
            #expect(try MetricsLog.lines(path: path).map(\.step) == [1])
        }
        // Only the line break is missing.
        #expect(try MetricsLog.lines(path: folder.write("m", "\(Self.step)\n\(Self.skipped)")).map(\.step) == [1, 2])
        #expect(try MetricsLog.lines(path: folder.write("m", "")).isEmpty)
    }

    @Test func namesAnotherLineThatIsBroken() throws {
        let folder = try TemporaryFolder()
        for text in ["\(Self.step)\noops\n\(Self.alert)\n", "\(Self.step)\n\(Self.step.dropLast())\n"] {
            let path = try folder.write("metrics.jsonl", text)
            let error = #expect(throws: TrainingError.self) { try MetricsLog.lines(path: path) }
            #expect(error?.description.hasPrefix("\(path):2: ") == true)
        }
        let error = #expect(throws: TrainingError.self) { try MetricsLog.lines(path: "\(folder.path)/none") }
        #expect(error?.description.contains("none: no such file") == true)
    }

    // After a resume from step 1 the lines of step 2 are written anew; after a start from nothing all are.
    @Test func dropsWhatLiesBeyondTheCheckpoint() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(
            "metrics.jsonl", "\(Self.step)\n\(Self.evaluation)\n\(Self.skipped)\n\(Self.alert)\n{\"ste")
        let log = try MetricsLog(path: path, from: ResumePoint(step: 1, isEvaluated: true))
        #expect(log.earlier.map(\.step) == [1, 1])
        #expect(try text(path) == "\(Self.step)\n\(Self.evaluation)\n")
        try log.write(.alert(TrainingAlert(step: 2, kind: .divergence, message: "step 2: look")))
        #expect(try text(path) == "\(Self.step)\n\(Self.evaluation)\n\(Self.alert)\n")
        // A checkpoint from before the evaluation.
        let before = try MetricsLog(path: path, from: ResumePoint(step: 1, isEvaluated: false))
        #expect(before.earlier.count == 1)
        #expect(try text(path) == "\(Self.step)\n")
        #expect(try MetricsLog(path: path, from: ResumePoint(step: 0, isEvaluated: true)).earlier.isEmpty)
        #expect(try text(path).isEmpty)
    }
}
