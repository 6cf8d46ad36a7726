import Datasets
import Evaluation
import Files
import FoundationEssentials
import Pictures

/// A page for the browser about a training run: curves, attention, transcripts, alerts, configuration. One file that needs no
/// network and no script.
public struct TrainingReport {
    private let directory: String
    private let history: TrainingHistory
    /// `training.yaml`, if it is there.
    private let configuration: String?

    /// Evaluations of which attention and transcripts are shown.
    private static let shownEvaluations = 6

    /// Reads what a run, finished or not, has written so far.
    ///
    /// - Parameter directory: the output folder of `asr train`.
    /// - Throws: `TrainingError` naming what is missing or cannot be read.
    public init(directory: String) throws {
        self.directory = directory
        let path = "\(directory)/metrics.jsonl"
        history = TrainingHistory(try MetricsLog.lines(path: path))
        guard !history.steps.isEmpty else {
            throw TrainingError("\(path): there is no step in it yet; wait until training has begun")
        }
        configuration = FileManager.default.contents(atPath: "\(directory)/training.yaml")
            .map { String(decoding: $0, as: UTF8.self) }
    }

    /// How the run went so far, and what to do next.
    package var verdict: TrainingVerdict { TrainingVerdict(history) }

    /// Writes the page as `training.html` into the folder.
    ///
    /// - Returns: its path.
    /// - Throws: `TrainingError` for a picture that cannot be read, `FileWriteError`.
    @discardableResult
    public func write() throws -> String {
        let path = "\(directory)/training.html"
        try AtomicFile.write(Data(html().utf8), to: path)
        return path
    }

    /// The page.
    ///
    /// - Throws: `TrainingError` for a picture that cannot be read.
    public func html() throws -> String {
        let folder = directory.split(separator: "/").last.map(String.init) ?? directory
        let name = folder == "." || folder == ".." ? "the model" : folder
        var parts = [HTMLPage.beginning(title: "Training of \(name)", style: TrainingReportStyle.css), "<main>"]
        parts.append("<h1>Training of \(HTMLPage.escaped(name))</h1>")
        parts.append(verdict.html)
        parts.append(summaryLine)
        parts.append(cards)
        if !history.alerts.isEmpty {
            parts.append("<h2>Alerts</h2>\n<ul class=\"alerts\">")
            parts += history.alerts.map { "<li>\(HTMLPage.escaped($0.message))</li>" }
            parts.append("</ul>")
        }
        parts.append(TrainingCurves(history).html)
        parts.append(
            AttentionPictures(
                history.selected(count: Self.shownEvaluations) { !($0.attention?.pictures ?? []).isEmpty }
            )
            .html(directory: directory, best: history.best?.metrics.step))
        parts.append(samples)
        if let configuration {
            parts.append("<details><summary>Configuration</summary>")
            parts.append("<pre class=\"mono\">\(HTMLPage.escaped(configuration))</pre></details>")
        }
        return parts.joined(separator: "\n") + "\n</main>\n" + HTMLPage.end
    }

    private var summaryLine: String {
        let last = history.steps[history.steps.count - 1].metrics
        guard history.characterCount == 0 else {
            return """
                <div class="dim">\(last.step) steps in \(last.epoch) \(last.epoch == 1 ? "epoch" : "epochs"), \
                \(history.hours.text(2)) h of training on \((Double(history.characterCount) / 1e6).text(1)) million characters of text \
                (what was read several times counts each time)</div>
                """
        }
        return """
            <div class="dim">\(last.step) steps in \(last.epoch) \(last.epoch == 1 ? "epoch" : "epochs"), \
            \(history.hours.text(2)) h of training on \((history.audioInSeconds / 3_600).text(1)) h of speech \
            (what was heard several times counts each time)</div>
            """
    }

    private var cards: String {
        var cards: [(title: String, value: String, note: String)] = []
        func percent(_ rate: Double?) -> String { rate.map { "\((100 * $0).text(2)) %" } ?? "none" }
        if let best = history.best {
            let place = "the best, after step \(best.metrics.step)"
            cards.append(("Dev word error rate", percent(best.metrics.devWordErrorRate), place))
            cards.append(("Dev character error rate", percent(best.metrics.devCharacterErrorRate), place))
        }
        if let best = history.bestPerplexity {
            let place = "the best, after step \(best.step)"
            cards.append(("Perplexity of a character", best.devPerplexityPerCharacter?.text(3) ?? "none", place))
            cards.append(("Perplexity of a word", best.devPerplexityPerWord?.text(1) ?? "none", place))
        }
        if let average = history.average, let count = average.averagedModelCount {
            let note = "WER \(percent(average.devWordErrorRate)), average of the \(count) best models"
            cards.append(("Averaged model's CER", percent(average.devCharacterErrorRate), note))
        }
        // Single steps differ much: the mean of the last ones.
        let recent = history.steps.suffix(50).map(\.metrics)
        let losses = recent.compactMap(\.loss)
        if !losses.isEmpty {
            let loss = losses.reduce(0, +) / Double(losses.count)
            let accuracy = recent.reduce(0) { $0 + $1.accuracy } / Double(recent.count)
            cards.append(("Training loss", loss.text(3), "\(percent(accuracy)) of the tokens right"))
        }
        cards.append(
            history.characterCount > 0
                ? ("Speed", history.charactersPerSecond.text(0), "characters of text per second")
                : ("Speed", history.speed.text(0), "seconds of speech per second"))
        if history.skippedStepCount > 0 {
            cards.append(("Steps skipped", "\(history.skippedStepCount)", "loss or gradient was NaN or infinite"))
        }
        let html = cards.map { title, value, note in
            "<div class=\"card\"><span class=\"dim\">\(title)</span><b>\(value)</b><span class=\"dim\">\(note)</span></div>"
        }
        return "<div class=\"cards\">\n\(html.joined(separator: "\n"))\n</div>"
    }

    /// What was recognised of some dev utterances as training went on.
    private var samples: String {
        let evaluations = history.selected(count: Self.shownEvaluations) { !($0.samples ?? []).isEmpty }
        guard let first = evaluations.first?.metrics.samples else { return "" }
        var parts = [
            """
            <h2>Transcripts</h2>
            <div class="legend dim"><span class="s">substituted</span><span class="d">deleted</span>\
            <span class="i">inserted</span></div>
            <table class="samples">
            """
        ]
        for (index, sample) in first.enumerated() {
            parts.append(
                "<tr class=\"said\"><td class=\"n\">said</td><td>\(HTMLPage.escaped(sample.reference))</td></tr>")
            for folded in Self.folded(evaluations, sample: index) {
                let marked = TranscriptMarks.html(
                    reference: folded.sample.reference, hypothesis: folded.sample.hypothesis)
                let (first, last) = (folded.steps[0], folded.steps[folded.steps.count - 1])
                let steps = first == last ? "step \(first)" : "steps \(first) to \(last)"
                parts.append("<tr><td class=\"n\">\(steps)</td><td>\(marked)</td></tr>")
            }
        }
        return parts.joined(separator: "\n") + "\n</table>"
    }

    /// What was recognised of an utterance, evaluations in a row with the same text together.
    private static func folded(
        _ evaluations: [TrainingHistory.Evaluation], sample index: Int
    ) -> [(steps: [Int], sample: EvaluationMetrics.Sample)] {
        var result: [(steps: [Int], sample: EvaluationMetrics.Sample)] = []
        for evaluation in evaluations {
            guard let samples = evaluation.metrics.samples, index < samples.count else { continue }
            if let last = result.last, last.sample == samples[index] {
                result[result.count - 1].steps.append(evaluation.metrics.step)
            } else {
                result.append(([evaluation.metrics.step], samples[index]))
            }
        }
        return result
    }
}
