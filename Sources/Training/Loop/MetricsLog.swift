import FoundationEssentials

/// `metrics.jsonl`: one JSON object a line, for every step and every evaluation.
final class MetricsLog {
    private struct StepLine: Codable {
        var step: Int
        var epoch: Int
        /// Nil when it was no number.
        var loss: Double?
        var accuracy: Double
        var learningRate: Float
        var gradientNorm: Float?
        var audioInSeconds: Double
        var durationInSeconds: Double
    }

    private struct EvaluationLine: Codable {
        var step: Int
        var epoch: Int
        var devLoss: Double?
        var devWordErrorRate: Double?
        var devCharacterErrorRate: Double?
        /// Of how many models this is the average; nil: it is the model of this step.
        var averagedModelCount: Int?
    }

    private struct AnyLine: Decodable {
        var step: Int
    }

    private let path: String
    private let encoder = JSONEncoder()

    /// Opens the log for what comes after `afterStep`; what an interrupted run has written beyond it is dropped.
    init(path: String, afterStep: Int) throws {
        self.path = path
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard afterStep > 0, let data = FileManager.default.contents(atPath: path) else {
            try AtomicFile.write(Data(), to: path)
            return
        }
        let lines = data.split(separator: UInt8(ascii: "\n")).filter {
            ((try? JSONDecoder().decode(AnyLine.self, from: $0))?.step ?? .max) <= afterStep
        }
        try AtomicFile.write(Data(lines.map { $0 + [UInt8(ascii: "\n")] }.joined()), to: path)
    }

    func write(_ report: StepReport) throws {
        try append(
            StepLine(
                step: report.step, epoch: report.epoch, loss: Self.finite(report.loss), accuracy: report.accuracy,
                learningRate: report.learningRate,
                gradientNorm: report.gradientNorm.isFinite ? report.gradientNorm : nil,
                audioInSeconds: report.audioInSeconds, durationInSeconds: report.durationInSeconds))
    }

    func write(_ report: EvaluationReport) throws {
        try append(
            EvaluationLine(
                step: report.step, epoch: report.epoch, devLoss: Self.finite(report.loss),
                devWordErrorRate: Self.finite(report.wordErrorRate.rate),
                devCharacterErrorRate: Self.finite(report.characterErrorRate.rate)))
    }

    /// The evaluation of an average of models, after the last one of this step.
    func write(averagedModelCount: Int, step: Int, epoch: Int, _ result: DevEvaluation.Result) throws {
        try append(
            EvaluationLine(
                step: step, epoch: epoch, devLoss: Self.finite(result.loss),
                devWordErrorRate: Self.finite(result.words.rate),
                devCharacterErrorRate: Self.finite(result.characters.rate), averagedModelCount: averagedModelCount))
    }

    /// JSON has no infinity and no NaN.
    private static func finite(_ value: Double) -> Double? { value.isFinite ? value : nil }

    private func append(_ line: some Encodable) throws {
        let data = try encoder.encode(line)
        try AtomicFile.append(data + [UInt8(ascii: "\n")], to: path)
    }
}
