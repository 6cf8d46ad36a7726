import Glibc
import Synchronization
import Training

/// Shows on stderr how training goes: one line that is written over again on a terminal, a plain line now and then
/// elsewhere.
final class TrainingProgress: Sendable {
    private struct State {
        var lineIsOpen = false
        var lastPlain = ContinuousClock.now
        /// Running means of the loss, and of the seconds of audio (or characters of text) and of work of a step.
        var loss: Double?
        var audio: Double?
        var work: Double?
    }
    private let state = Mutex(State())
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private static let plainInterval = Duration.seconds(30)

    func show(_ event: TrainingEvent) {
        state.withLock { state in
            switch event {
            case .message(let text): line(text, &state)
            case .warning(let text): line("Warning: \(text)", &state)
            case .reading(let count, let total):
                if isTerminal {
                    overwrite("reading audio \(count)/\(total)", &state)
                    if count == total { line(nil, &state) }
                }
            case .step(let report): show(report, &state)
            case .perplexity(let report):
                line(
                    "epoch \(report.epoch)  step \(report.step)  dev perplexity \(fixed(report.perplexity.perCharacter, 3)) per character, "
                        + "\(fixed(report.perplexity.perWord, 1)) per word  loss \(fixed(report.loss, 4))"
                        + (report.isBest ? "  best so far" : ""), &state)
            case .evaluation(let report):
                let best = report.isBest ? "  best so far" : ""
                line(
                    "epoch \(report.epoch)  step \(report.step)  dev WER \(percent(report.wordErrorRate.rate))  CER "
                        + "\(percent(report.characterErrorRate.rate))  loss \(fixed(report.loss, 3))\(best)", &state)
                for sample in report.samples.prefix(1) {
                    line("    said        \(sample.reference)", &state)
                    line("    recognised  \(sample.hypothesis)", &state)
                }
            }
        }
    }

    /// Ends an open line.
    func finish() { state.withLock { line(nil, &$0) } }

    private func show(_ report: StepReport, _ state: inout State) {
        func mean(_ value: Double?, _ next: Double) -> Double { value.map { 0.95 * $0 + 0.05 * next } ?? next }
        let loss = report.loss.isFinite ? mean(state.loss, report.loss) : state.loss
        let audio = mean(state.audio, report.characterCount.map(Double.init) ?? report.audioInSeconds)
        let work = mean(state.work, report.durationInSeconds)
        (state.loss, state.audio, state.work) = (loss, audio, work)
        let remaining = (report.epochCount - report.epoch) * report.batchCount + report.batchCount - report.batch
        let epochFraction = Double(report.batch) / Double(report.batchCount)
        let text =
            "epoch \(report.epoch)/\(report.epochCount) \(bar(epochFraction)) loss \(fixed(loss ?? .nan, 3))  "
            + "accuracy \(percent(report.accuracy))  lr \(scientific(report.learningRate))  "
            + "\(fixed(audio / max(1e-9, work), 0)) \(report.characterCount == nil ? "s/s" : "characters/s")  ETA \(clock(work * Double(remaining)))"
        if isTerminal {
            overwrite(text, &state)
        } else if ContinuousClock.now - state.lastPlain >= Self.plainInterval {
            state.lastPlain = .now
            printError(text)
        }
    }

    private func overwrite(_ text: String, _ state: inout State) {
        writeError("\r\u{1B}[K\(text)")
        state.lineIsOpen = true
    }

    private func line(_ text: String?, _ state: inout State) {
        if state.lineIsOpen { writeError("\n") }
        state.lineIsOpen = false
        if let text { printError(text) }
    }
}
