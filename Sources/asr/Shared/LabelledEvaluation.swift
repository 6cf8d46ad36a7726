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
        /// How probable the model finds each text, by id.
        var probabilities: [String: Double] = [:]
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
                    text: transcription.text, duration: transcription.durationInSeconds,
                    probability: transcription.probability)
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
        for (utterance, text) in zip(manifest.utterances, texts) {
            result.probabilities[utterance.id] = text?.probability
        }
        let work = (ContinuousClock.now - start).components
        result.workInSeconds = Double(work.seconds) + Double(work.attoseconds) * 1e-18
        return result
    }

    /// What decides over the texts: another model or another search must not be mixed with this one.
    var settings: String {
        let options = transcriber.options
        let boost = options.hotwordBoost.map { "\($0)" } ?? "usual"
        return "\(transcriber.model.fingerprint) beam \(options.beamSize) ctc \(options.ctcWeight) "
            + "length \(options.lengthPenalty) \(options.precision) segments \(transcriber.longestSegmentInSeconds)"
            + (transcriber.model.whisper == nil ? "" : " \(options.whisper)")
            + transcriber.languageModels.map {
                " \($0.rescores ? "rescoring" : "language") model \($0.model.fingerprint) \($0.weight)"
            }.joined()
            + (options.internalLanguageModelWeight == 0 ? "" : " internal \(options.internalLanguageModelWeight)")
            + (options.lengthReward == 0 ? "" : " reward \(options.lengthReward)")
            + (options.hotwords.isEmpty ? "" : " hotwords \(options.hotwords) \(boost)")
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
