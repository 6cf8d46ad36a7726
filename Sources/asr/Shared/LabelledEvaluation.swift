import Audio
import Datasets
import Evaluation
import Files
import FoundationEssentials
import Glibc
import Models
import Recognition
import Tensors
import Text
import Training

/// Transcribes labelled utterances: results are kept as they come, so that an interrupted run goes on.
struct LabelledEvaluation {
    /// What came of all utterances.
    struct Result {
        var records: [ScoringRecord] = []
        /// One line for each utterance that could not be read.
        var failures: [String] = []
        /// Seconds of audio transcribed in this run, and seconds that it took.
        var audioInSeconds = 0.0
        var workInSeconds = 0.0
        /// Whether the user wanted to leave before all was done.
        var isInterrupted = false
    }

    private let transcriber: Transcriber
    private let workers: WorkerPool
    private let output: String?

    /// - Parameter output: the folder where `hypotheses.jsonl` is kept; nil keeps nothing.
    init(_ transcriber: Transcriber, workers: WorkerPool, output: String?) {
        self.transcriber = transcriber
        self.workers = workers
        self.output = output
    }

    /// Transcribes what no earlier run has; `progress` is called with the number of utterances done.
    func run(_ manifest: Manifest, progress: (Int) -> Void) throws -> Result {
        let log = try output.map { try HypothesisLog(folder: $0, settings: settings) }
        let normalizer = transcriber.model.configuration.labelNormalizer
        let start = ContinuousClock.now
        var result = Result()
        var texts = manifest.utterances.map { log?.hypothesis(of: $0.id) }
        let missing = texts.indices.filter { texts[$0] == nil }
        var done = texts.count - missing.count
        progress(done)
        let sources = missing.map { index in
            let utterance = manifest.utterances[index]
            return AudioSource.lazySamples(name: utterance.id) { try utterance.waveform(sampleRate: $0) }
        }
        func isInterrupted() -> Bool { Interruption.isRequested }
        let outcome = try TranscriptionPipeline(transcriber, workers: workers).run(
            sources, shouldStop: isInterrupted
        ) { number, transcription in
            let utterance = manifest.utterances[missing[number]]
            switch transcription {
            case .success(let transcription):
                let recognized = HypothesisLog.Recognized(
                    text: transcription.text, duration: transcription.durationInSeconds)
                texts[missing[number]] = recognized
                try log?.append(id: utterance.id, recognized)
                result.audioInSeconds += recognized.duration
            case .failure(let error): result.failures.append("\(utterance.source): \(error)")
            }
            done += 1
            progress(done)
        }
        result.isInterrupted = outcome == .stopped
        result.records = zip(manifest.utterances, texts).compactMap { utterance, text in
            text.map { text in
                ScoringRecord(
                    id: utterance.id, reference: normalizer.normalized(utterance.text), hypothesis: text.text,
                    speaker: utterance.speaker, durationInSeconds: text.duration, audioPath: utterance.audioPath)
            }
        }
        let work = (ContinuousClock.now - start).components
        result.workInSeconds = Double(work.seconds) + Double(work.attoseconds) * 1e-18
        return result
    }

    /// What decides over the texts: another model or another search must not be mixed with this one.
    private var settings: String {
        let options = transcriber.options
        return "\(transcriber.model.fingerprint) beam \(options.beamSize) ctc \(options.ctcWeight) "
            + "length \(options.lengthPenalty) \(options.precision) segments \(transcriber.longestSegmentInSeconds)"
    }
}

/// `hypotheses.jsonl`: the settings, then one recognised utterance a line, written as they come.
final class HypothesisLog {
    /// What was recognised, and how many seconds of audio it was.
    struct Recognized: Codable {
        let text: String
        let duration: Double
    }

    private struct Line: Codable {
        let id: String
        let predictedText: String
        let duration: Double

        enum CodingKeys: String, CodingKey {
            case id, duration
            case predictedText = "pred_text"
        }
    }

    private struct Header: Codable {
        let settings: String
    }

    private var known: [String: Recognized] = [:]
    private let path: String
    private let encoder = JSONEncoder()

    /// Opens the log of a folder; texts of other settings are an error, a line that was cut off is dropped.
    init(folder: String, settings: String) throws {
        path = "\(folder)/hypotheses.jsonl"
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try AtomicFile.makeFolder(folder)
        var content = Data()
        if let data = FileManager.default.contents(atPath: path), !data.isEmpty {
            // What follows the last line break was cut off.
            let lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
            for (number, line) in zip(1..., lines) { try read(line, number: number, settings: settings) }
        }
        content.append(try encoder.encode(Header(settings: settings)) + [UInt8(ascii: "\n")])
        for (id, recognized) in known.sorted(by: { $0.key < $1.key }) {
            content.append(try data(id: id, recognized))
        }
        try AtomicFile.write(content, to: path)
    }

    private func read(_ line: Data, number: Int, settings: String) throws {
        if number == 1, let header = try? JSONDecoder().decode(Header.self, from: line) {
            guard header.settings == settings else {
                throw EvaluationError(
                    description:
                        "\(path): holds texts of another model or search; remove it, or choose another --output")
            }
        } else if number > 1, let line = try? JSONDecoder().decode(Line.self, from: line) {
            known[line.id] = Recognized(text: line.predictedText, duration: line.duration)
        } else {
            throw EvaluationError(
                description:
                    "\(path):\(number): not written by asr evaluate; remove the file, or choose another --output")
        }
    }

    func hypothesis(of id: String) -> Recognized? { known[id] }

    func append(id: String, _ recognized: Recognized) throws {
        known[id] = recognized
        try AtomicFile.append(data(id: id, recognized), to: path)
    }

    private func data(id: String, _ recognized: Recognized) throws -> Data {
        try encoder.encode(Line(id: id, predictedText: recognized.text, duration: recognized.duration))
            + [UInt8(ascii: "\n")]
    }
}

/// Shows how far an evaluation is, on a terminal only.
struct EvaluationProgress {
    let total: Int
    private let isTerminal = isatty(STDERR_FILENO) == 1

    init(total: Int) { self.total = total }

    func show(_ done: Int) { if isTerminal { writeError("\r\u{1B}[Ktranscribed \(done)/\(total)") } }

    func finish() { if isTerminal { writeError("\n") } }
}
