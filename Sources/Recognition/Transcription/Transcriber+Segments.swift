import Audio
import Models
import Tensors

/// What became of one segment of a recording.
public struct SegmentResult: Sendable {
    /// Nil where there is no text.
    public let segment: Transcription.Segment?
    /// What the reader should know about it.
    public let warning: String?
    /// Where it ends, in seconds.
    public let endInSeconds: Double
}

extension Transcriber {
    /// Below this root mean square in its loudest 25 ms a segment counts as silence: -60 dB of full scale.
    static let silenceLevel: Float = 1e-3

    /// The longest segment that this model can follow, in seconds: as long as what it has learned from. The built-in English model
    /// had a word error rate of 42 % on segments of 20 to 30 s, and of 33 % on the same audio cut to at most 16 s.
    public var longestSegmentInSeconds: Double {
        let learned = Self.longestSegment(
            learnedInSeconds: model.description.training?.longestUtteranceInSeconds ?? AudioSegmenter.longestInSeconds)
        guard let frameCount = model.configuration.longestFrameCount else { return learned }
        return min(learned, Double(frameCount) * model.configuration.frontend.hopInSeconds)
    }

    /// The same of a model that has learned from utterances of at most so many seconds; not below 5 s, because shorter stretches
    /// would cut words in two.
    package static func longestSegment(learnedInSeconds: Double) -> Double {
        min(AudioSegmenter.longestInSeconds, max(5, learnedInSeconds))
    }

    /// Recognises a segment. Silence, and what is too short for a word, has no text: a model would make one up.
    ///
    /// - Parameter workers: threads that share the work; nil: the calling thread does it all.
    /// - Throws: `FrontendError` for a waveform at another sample rate than the model's; `SearchError` where the model's scores
    ///   are NaN or infinite.
    public func recognize(
        _ segment: AudioSegmenter.Segment, sharedAmong workers: WorkerPool? = nil
    ) throws -> SegmentResult {
        let start = segment.startInSeconds
        let end = start + segment.waveform.durationInSeconds
        guard Self.isSound(segment.waveform) else {
            return SegmentResult(segment: nil, warning: nil, endInSeconds: end)
        }
        let features = try model.features(segment.waveform)
        let (hypothesis, alignment) = try alignedHypothesis(for: features, sharedAmong: workers)
        let text = model.tokenizer.text(of: hypothesis.tokens).split(separator: " ").joined(separator: " ")
        let warning =
            hypothesis.isComplete
            ? nil
            : "the length limit cut off the text of \(seconds(start)) to \(seconds(end)) s: it may be wrong there"
        guard !text.isEmpty else { return SegmentResult(segment: nil, warning: warning, endInSeconds: end) }
        let words = alignment.map { self.words(of: hypothesis.tokens, $0, segment) }
        return SegmentResult(
            segment: Transcription.Segment(
                startInSeconds: words?.first?.startInSeconds ?? start, endInSeconds: words?.last?.endInSeconds ?? end,
                text: text, tokens: hypothesis.tokens,
                averageLogProbability: Double(hypothesis.logProbability) / Double(hypothesis.tokens.count + 1),
                words: words),
            warning: warning, endInSeconds: end)
    }

    /// Joins what the segments of one recording gave.
    public func transcription(_ results: [SegmentResult], durationInSeconds: Double) -> Transcription {
        let segments = results.compactMap(\.segment)
        var warnings = results.compactMap(\.warning)
        if segments.isEmpty { warnings.append("no speech found in \(seconds(durationInSeconds)) s of audio") }
        return Transcription(
            segments: segments, segmentCount: results.count, durationInSeconds: durationInSeconds,
            language: model.configuration.language, warnings: warnings)
    }

    /// Whether there is more than silence.
    static func isSound(_ waveform: Waveform) -> Bool { loudestLevel(of: waveform) >= silenceLevel }

    private static func loudestLevel(of waveform: Waveform) -> Float {
        let width = max(1, waveform.sampleRate / 40)
        var loudest: Float = 0
        for start in stride(from: 0, to: waveform.samples.count, by: width) {
            let frame = waveform.samples[start..<min(start + width, waveform.samples.count)]
            loudest = max(loudest, frame.reduce(0) { $0 + $1 * $1 } / Float(width))
        }
        return loudest.squareRoot()
    }

    private func seconds(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }
}
