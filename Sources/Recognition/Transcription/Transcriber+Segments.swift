import Audio
import Files
import Models
import Tensors
import Text

/// What became of one segment of a recording.
public struct SegmentResult: Sendable {
    /// Nil where there is no text.
    public let segment: Transcription.Segment?
    /// Where it begins and ends, in seconds.
    public let startInSeconds: Double
    public let endInSeconds: Double
    public let kind: Coverage.Kind
    /// Why it is a gap; empty for other kinds.
    public let reason: String
    /// The best texts; empty where they are not asked for.
    public let texts: [Transcription.ScoredText]

    init(
        _ heard: AudioSegmenter.Segment, _ kind: Coverage.Kind, reason: String = "",
        segment: Transcription.Segment? = nil, texts: [Transcription.ScoredText] = []
    ) {
        self.texts = texts
        self.segment = segment
        startInSeconds = heard.startInSeconds
        endInSeconds = heard.endInSeconds
        self.kind = kind
        self.reason = reason
    }
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
        let frontend = model.configuration.frontend
        return min(learned, Double(frameCount) * frontend.hopInSeconds - frontend.silenceInSeconds)
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
        guard Self.isSound(segment.waveform) else {
            return SegmentResult(segment, .noSpeech)
        }
        // Segments have many lengths: memory of a size that none of the last ones needed is given back.
        defer { FreedMemory.freeUnusedBlocks(age: 4) }
        let features = try model.features(segment.waveform)
        var (found, alignment) = try found(in: features, sharedAmong: workers)
        var hypothesis = found.best
        var reason = hypothesis.isComplete ? "" : "the length limit cut off the text"
        if isLoop(hypothesis) {
            // What the audio says weighs more then than what the decoder expects; without a CTC output the search would find the same.
            let again =
                model.configuration.hasCTCOutput
                ? try self.found(in: features, sharedAmong: workers, isLoop: true) : nil
            if let again, !isLoop(again.texts.best) {
                (found, alignment, reason) = (again.texts, again.alignment, "")
                hypothesis = found.best
            } else {
                reason = "the text repeats itself"
            }
        }
        let text = text(of: hypothesis)
        guard !text.isEmpty else {
            let isSpeech = segment.speechInSeconds != nil && segment.waveform.durationInSeconds >= 1
            if reason.isEmpty && isSpeech { reason = "no words were found" }
            return SegmentResult(segment, reason.isEmpty ? .noSpeech : .gap, reason: reason)
        }
        let hasSpaces = WhisperLanguage.hasSpaces(model.configuration.language)
        let evidence = found.evidence(
            ranges: { model.tokenizer.wordRanges(of: $0, hasSpaces: hasSpaces) },
            text: { model.tokenizer.text(of: $0) }, hasEndToken: hasSpaces && model.characters != nil,
            settings: model.description.confidence, keepsValues: options.keepsEvidence)
        var words = alignment.map {
            self.words(of: hypothesis.tokens, evidence, $0, segment, hasSpaces: hasSpaces)
        }
        var start = words?.first?.startInSeconds ?? segment.startInSeconds
        var end = words?.last?.endInSeconds ?? segment.endInSeconds
        if let speech = segment.speechInSeconds {
            start = min(max(start, speech.lowerBound), end)
            end = max(start, min(end, speech.upperBound))
            words = words?.map { $0.clamped(to: start...end) }
        }
        return SegmentResult(
            segment, reason.isEmpty ? .speech : .gap, reason: reason,
            segment: Transcription.Segment(
                startInSeconds: start, endInSeconds: end, text: text, tokens: hypothesis.tokens,
                averageLogProbability: Double(hypothesis.modelLogProbability) / Double(hypothesis.tokens.count + 1),
                words: words, evidence: evidence),
            texts: found.scoredTexts(model.tokenizer, count: options.nBestCount))
    }

    /// The text of a hypothesis, with one space between words.
    func text(of hypothesis: Hypothesis) -> String {
        model.tokenizer.text(of: hypothesis.tokens).split(separator: " ").joined(separator: " ")
    }

    /// Whether zlib makes a text so much smaller that it must repeat itself; openai/whisper, `decoding.py`.
    private func isLoop(_ hypothesis: Hypothesis) -> Bool {
        let text = text(of: hypothesis).utf8
        return Double(text.count) > Self.loopCompression * Double(compressedByteCount(text))
    }

    private static let loopCompression = 2.4

    /// Joins what the segments of one recording gave; what lies between them was left out.
    public func transcription(_ results: [SegmentResult], durationInSeconds: Double) -> Transcription {
        let segments = results.compactMap(\.segment)
        var coverage = Coverage()
        for result in results {
            coverage.add(.noSpeech, to: result.startInSeconds)
            coverage.add(result.kind, to: result.endInSeconds, reason: result.reason)
        }
        coverage.add(.noSpeech, to: durationInSeconds)
        var warnings = coverage.warnings
        if segments.isEmpty { warnings.append("no speech found in \(hundredths(durationInSeconds)) s of audio") }
        return Transcription(
            segments: segments, segmentCount: results.count, durationInSeconds: durationInSeconds,
            language: model.configuration.language, warnings: warnings, coverage: coverage,
            nBest: results.filter { !$0.texts.isEmpty }.map {
                Transcription.NBest(
                    startInSeconds: $0.startInSeconds, endInSeconds: $0.endInSeconds, texts: $0.texts)
            })
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
}
