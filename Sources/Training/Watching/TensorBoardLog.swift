import Audio
import Files
import FoundationEssentials

/// Writes a training run as an event file for TensorBoard.
package struct TensorBoardLog {
    private let file: RecordFile

    /// Opens the folder's event file, or begins one, for what comes after a point; what an interrupted run has written
    /// beyond it is dropped, so that no step is there twice.
    ///
    /// - Throws: `FileWriteError` naming the folder or file.
    package init(folder: String, from point: ResumePoint) throws {
        try AtomicFile.makeFolder(folder)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let name = names.filter { $0.hasPrefix(Self.namePrefix) }.max() ?? "\(Self.namePrefix)\(Int(Self.now)).asr"
        file = RecordFile(path: "\(folder)/\(name)")
        var isStepSeen = false
        let isEmpty = try file.keep { record in
            guard point.step > 0, let step = TensorBoardEvent.step(of: record) else { return false }
            // The event of a step comes before that of the evaluation after it.
            defer { isStepSeen = step == point.step }
            return step < point.step || step == point.step && (point.isEvaluated || !isStepSeen)
        }
        if isEmpty { try file.append(TensorBoardEvent.fileVersion(wallTime: Self.now)) }
    }

    /// How TensorBoard knows event files.
    private static let namePrefix = "events.out.tfevents."

    /// Seconds since 1970.
    private static var now: Double { Date().timeIntervalSince1970 }

    package func write(_ report: StepReport) throws(FileWriteError) {
        var values: [TensorBoardEvent.Value] = [
            .scalar(tag: "train/loss", Float(report.loss)), .scalar(tag: "train/accuracy", Float(report.accuracy)),
            .scalar(tag: "train/learning_rate", report.learningRate),
            .scalar(tag: "train/gradient_norm", report.gradientNorm),
        ]
        if let loss = report.ctcLoss { values.append(.scalar(tag: "train/ctc_loss", Float(loss))) }
        try write(step: report.step, values)
    }

    package func write(_ report: EvaluationReport) throws(FileWriteError) {
        var values: [TensorBoardEvent.Value] = [
            .scalar(tag: "dev/wer", Float(report.wordErrorRate.rate)),
            .scalar(tag: "dev/cer", Float(report.characterErrorRate.rate)),
            .scalar(tag: "dev/loss", Float(report.loss)),
            .table(
                tag: "transcripts",
                rows: [["said", "recognised"]] + report.samples.map { [$0.reference, $0.hypothesis] }),
        ]
        if let loss = report.ctcLoss { values.append(.scalar(tag: "dev/ctc_loss", Float(loss))) }
        for (index, alignment) in (report.attention?.alignments ?? []).enumerated() {
            let picture = alignment.picture
            values.append(
                .image(
                    tag: "attention/layer_\(index + 1)", png: picture.png, width: picture.width, height: picture.height)
            )
        }
        try write(step: report.step, values)
    }

    package func write(_ report: PerplexityReport) throws(FileWriteError) {
        try write(
            step: report.step,
            [
                .scalar(tag: "dev/loss", Float(report.loss)),
                .scalar(tag: "dev/perplexity_per_character", Float(report.perplexity.perCharacter)),
                .scalar(tag: "dev/perplexity_per_word", Float(report.perplexity.perWord)),
            ])
    }

    private func write(step: Int, _ values: [TensorBoardEvent.Value]) throws(FileWriteError) {
        try file.append(TensorBoardEvent(wallTime: Self.now, step: step, values: values).bytes)
    }
}
