import Audio
import Files
import FoundationEssentials
import Pictures
import Recognition

/// Keeps the records of a training run in its output folder, looks for trouble in them, and tells the observer: `metrics.jsonl`,
/// pictures of the attention in `attention`, and event files in `tensorboard` if so configured.
final class TrainingWatch {
    private let output: TrainingOutput
    private let observer: @Sendable (TrainingEvent) -> Void
    private let log: MetricsLog
    private let tensorBoard: TensorBoardLog?
    private var monitor: AlertMonitor

    /// Opens the records for what comes after a point.
    ///
    /// - Throws: `TrainingError` or `FileWriteError` naming the file.
    init(
        _ configuration: WatchConfiguration, warmupSteps: Int, output: TrainingOutput, from point: ResumePoint,
        observer: @escaping @Sendable (TrainingEvent) -> Void
    ) throws {
        self.output = output
        self.observer = observer
        log = try MetricsLog(path: output.metricsPath, from: point)
        tensorBoard =
            configuration.tensorBoard
            ? try TensorBoardLog(folder: "\(output.folder)/tensorboard", from: point) : nil
        monitor = AlertMonitor(warmupSteps: warmupSteps)
        for line in log.earlier { _ = monitor.alerts(after: line) }
    }

    func record(_ report: StepReport) throws {
        try tensorBoard?.write(report)
        observer(.step(report))
        try record(.step(StepMetrics(report)))
    }

    func record(_ report: EvaluationReport) throws {
        let pictures = try writePictures(report)
        try tensorBoard?.write(report)
        observer(.evaluation(report))
        try record(.evaluation(EvaluationMetrics(report, pictures: pictures)))
    }

    func record(_ report: PerplexityReport) throws {
        try tensorBoard?.write(report)
        observer(.perplexity(report))
        try record(.evaluation(EvaluationMetrics(report)))
    }

    /// The evaluation of an average of models, after the last one of this step.
    func record(averagedModelCount: Int, step: Int, epoch: Int, _ result: DevEvaluation.Result) throws {
        try record(
            .evaluation(
                EvaluationMetrics(
                    step: step, epoch: epoch, loss: result.loss, ctcLoss: result.ctcLoss, words: result.words,
                    characters: result.characters,
                    averagedModelCount: averagedModelCount)))
    }

    private func record(_ line: MetricsLine) throws {
        try log.write(line)
        for alert in monitor.alerts(after: line) {
            try log.write(.alert(alert))
            observer(.warning(alert.message))
        }
    }

    /// Writes a picture of each decoder layer's attention; returns their paths seen from the output folder.
    private func writePictures(_ report: EvaluationReport) throws -> [String] {
        guard let alignments = report.attention?.alignments else { return [] }
        try AtomicFile.makeFolder("\(output.folder)/attention")
        return try alignments.enumerated().map { index, alignment in
            let path = "attention/step-\(report.step)-layer-\(index + 1).png"
            try AtomicFile.write(alignment.picture.png, to: "\(output.folder)/\(path)")
            return path
        }
    }
}

extension AttentionAlignment {
    /// Tokens from top to bottom, positions from left to right. Brightness is the square root of the weight, which shows
    /// small ones too, and full from `fullWeight` on: the same in every picture, so that they compare.
    var picture: MatrixPicture {
        MatrixPicture(
            weights.map { min(1, ($0 / Self.fullWeight).squareRoot()) }, rowCount: tokenCount,
            columnCount: positionCount)
    }

    private static let fullWeight: Float = 0.25
}
