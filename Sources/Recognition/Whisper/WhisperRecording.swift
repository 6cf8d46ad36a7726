import Audio
import Models
import Numerics
import Tensors
import Text

/// Transcribes a whole recording with a Whisper model: window after window of 30 s, each beginning where the last segment before it
/// ended; openai/whisper, `transcribe.py`.
struct WhisperRecording {
    private let model: SpeechModel
    private let options: TranscriptionOptions
    private let tokenizer: WhisperTokenizer
    private let recording: StoredRecording
    private let frameCount: Int
    private let durationInSeconds: Double
    private let frameInSeconds: Double
    /// What is heard of it, and whether that was looked for.
    private let timeline: SpeechTimeline
    private let findsSpeech: Bool
    private var coverage = Coverage()
    private var nBest: [Transcription.NBest] = []

    /// The tokens of all text before the window, the initial prompt included, and from which of them on they are shown.
    private var earlier: [Int] = []
    private var shownFrom = 0
    private let initialPrompt: [Int]
    private let hotwords: HotwordTree?
    /// Where words ended that have times, in seconds.
    private var lastSpeech = 0.0

    /// - Parameters:
    ///   - hotwords: of the options; nil: none.
    ///   - recording: read for this model.
    /// - Throws: `SearchError`; `FileReadError`; `VocabularyError` for a language or task that the model does not have.
    init(
        _ model: SpeechModel, _ options: TranscriptionOptions, _ tokenizer: WhisperTokenizer,
        _ hotwords: HotwordTree?, _ recording: StoredRecording
    ) throws {
        self.hotwords = hotwords
        self.model = model
        self.options = options
        self.recording = recording
        frameInSeconds = model.configuration.frontend.hopInSeconds
        durationInSeconds = recording.durationInSeconds
        frameCount = recording.frameCount
        findsSpeech = recording.speech != nil
        timeline = recording.speech.map(SpeechTimeline.init) ?? SpeechTimeline(frameCount: frameCount)
        let first = timeline.next(from: 0) ?? 0
        let beginning = timeline.trimmed(first..<min(frameCount, first + WhisperWindow.frameCount))
        let heard =
            try options.whisper.language ?? Self.language(model, recording, beginning, options, tokenizer)
        self.tokenizer = try tokenizer.asking(
            for: options.whisper.task, in: heard, timestamps: options.whisper.hasTimestamps)
        let prompt = options.whisper.initialPrompt.split(separator: " ").joined(separator: " ")
        initialPrompt = prompt.isEmpty ? [] : tokenizer.tokens(of: " " + prompt)
        earlier = initialPrompt
    }

    /// The language of a window: the most probable one; English for a model that knows no other.
    private static func language(
        _ model: SpeechModel, _ recording: StoredRecording, _ range: Range<Int>, _ options: TranscriptionOptions,
        _ tokenizer: WhisperTokenizer
    ) throws -> WhisperLanguage {
        guard tokenizer.special.isMultilingual, !range.isEmpty else { return .english }
        let window = try WhisperWindow(
            model.network, recording.features(range), 0..<range.count, precision: options.precision)
        let probabilities = try window.languageProbabilities(tokenizer.special)
        let best = probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0
        return tokenizer.special.languages[best]
    }

    /// What is said in the recording.
    ///
    /// - Parameter heard: gets the segments of each window, and where the next one begins, in seconds.
    /// - Throws: `SearchError` where the model's scores are NaN or infinite; `FileReadError`.
    mutating func transcription(heard: ([Transcription.Segment], Double) -> Void) throws -> Transcription {
        var segments: [Transcription.Segment] = []
        var windowCount = 0
        // Too short for a word: a model would make a text up.
        var start = durationInSeconds < Self.shortestInSeconds ? frameCount : 0  // frame
        while let next = timeline.next(from: start), next < frameCount {
            coverage.add(.noSpeech, to: seconds(next))
            let range = timeline.trimmed(next..<min(next + WhisperWindow.frameCount, frameCount))
            let count = segments.count
            let outcome = try window(range, number: windowCount, &segments)
            start = next + outcome.advance
            windowCount += 1
            coverage.add(outcome.kind, to: seconds(start), reason: outcome.reason)
            heard(Array(segments[count...]), seconds(start))
        }
        coverage.add(.noSpeech, to: durationInSeconds)
        var warnings = coverage.warnings
        if segments.isEmpty {
            warnings.append("no speech found in \(hundredths(durationInSeconds)) s of audio")
        }
        return Transcription(
            segments: segments, segmentCount: windowCount, durationInSeconds: durationInSeconds,
            language: tokenizer.language.code, warnings: warnings, coverage: coverage, nBest: nBest)
    }

    private func seconds(_ frame: Int) -> Double { min(durationInSeconds, Double(frame) * frameInSeconds) }

    /// A recording below this has no text.
    private static let shortestInSeconds = 0.1

    /// What became of a window, up to where the next one begins.
    private struct Outcome {
        /// Frames to the beginning of the next window; at least one.
        var advance: Int
        var kind = Coverage.Kind.speech
        /// Why it is a gap.
        var reason = ""
    }

    /// Transcribes a window, and appends its segments.
    private mutating func window(
        _ range: Range<Int>, number: Int, _ segments: inout [Transcription.Segment]
    ) throws -> Outcome {
        // In silence a model would make a text up, and take its time for it.
        if recording.isSilent(range) {
            return Outcome(advance: range.count, kind: .noSpeech)
        }
        let window = try WhisperWindow(
            model.network, recording.features(range), 0..<range.count, precision: options.precision,
            thinsPadding: options.whisper.thinsPadding)
        let text = try window.text(
            options, tokenizer, prompt: prompt(), hotwords: hotwords, confidence: model.description.confidence,
            key: RandomKey(seed: 0).derived("sampling").derived(number))
        if text.isSilence(options.whisper) {
            let isHeard = text.noSpeechProbability > options.whisper.noSpeechThreshold ?? 1
            return isHeard
                ? Outcome(advance: range.count, kind: .noSpeech)
                : Outcome(advance: range.count, kind: .gap, reason: "every text that was tried is improbable")
        }

        let offset = Double(range.lowerBound) * frameInSeconds
        let cut = WhisperSegments(
            text.tokens, frameCount: range.count, frameInSeconds: frameInSeconds, tokenizer.special)
        var parts = cut.segments.map {
            WhisperWords.Segment(
                startInSeconds: offset + $0.startInSeconds, endInSeconds: offset + $0.endInSeconds, words: [])
        }
        var advance = cut.advance
        let setsWindows = options.whisper.hasWordTimes
        let hasWords = setsWindows || options.addsWordTimes
        if hasWords {
            parts = timed(parts, cut, text, window, offset: offset, frameCount: range.count)
        }
        if setsWindows {
            let decision = afterWordTimes(parts, cut, offset: offset, frameCount: range.count)
            parts.removeLast(parts.count - decision.keptCount)
            advance = decision.advance
            // A window that is heard again has not been written.
            if decision.isHeardAgain { return Outcome(advance: max(1, advance), kind: .noSpeech) }
        }
        lastSpeech = parts.last { !$0.words.isEmpty }?.endInSeconds ?? lastSpeech
        if !text.texts.isEmpty {
            nBest.append(
                Transcription.NBest(
                    startInSeconds: offset, endInSeconds: seconds(range.lowerBound + max(1, advance)),
                    texts: text.texts))
        }
        var written = offset  // until when, in seconds
        let evidence = evidence(text, cut)
        for (number, (segment, part)) in zip(cut.segments, parts).enumerated() {
            let words = tokenizer.text(of: segment.tokens).split(whereSeparator: \.isWhitespace).joined(separator: " ")
            let hasNoTime =
                setsWindows
                ? part.startInSeconds == part.endInSeconds : segment.startInSeconds == segment.endInSeconds
            // Marks alone are what a model writes of noise.
            guard words.contains(where: { $0.isLetter || $0.isNumber }), !hasNoTime else { continue }
            // What is written of a time without speech is made up.
            let times = part.startInSeconds...max(part.startInSeconds, part.endInSeconds)
            guard let spoken = findsSpeech ? timeline.speech(in: times) : times else { continue }
            earlier += segment.tokens
            segments.append(
                Transcription.Segment(
                    startInSeconds: spoken.lowerBound, endInSeconds: min(spoken.upperBound, durationInSeconds),
                    text: words, tokens: segment.tokens, averageLogProbability: text.averageLogProbability,
                    temperature: Double(text.temperature), compressionRatio: text.compressionRatio,
                    noSpeechProbability: text.noSpeechProbability,
                    words: !hasWords
                        ? nil
                        : part.words.map {
                            Transcription.Word(
                                text: $0.text, startInSeconds: $0.startInSeconds, endInSeconds: $0.endInSeconds,
                                probability: $0.probability, confidence: $0.confidence
                            ).clamped(to: spoken)
                        }, evidence: evidence[number]))
            written = max(written, part.endInSeconds)
        }
        // What was drawn at a high temperature would lead the next window astray.
        if !options.whisper.conditionsOnPreviousText || text.temperature > 0.5 { shownFrom = earlier.count }
        let result = outcome(of: text, advance: max(1, advance))
        coverMissing(from: written, to: range.lowerBound + result.advance)
        return result
    }

    /// Where a window's text ends long before the speech in it, the rest is a gap.
    private mutating func coverMissing(from start: Double, to end: Int) {
        let end = seconds(end)
        guard findsSpeech, start < end, let speech = timeline.speech(in: start...end),
            speech.upperBound - speech.lowerBound >= Self.longestWordlessInSeconds
        else { return }
        coverage.add(.speech, to: start)
        coverage.add(.gap, to: end, reason: "no words were found")
    }

    /// Speech without words for less than this is a pause, or a sound that is no word.
    private static let longestWordlessInSeconds = 2.5

    /// What became of a window whose text is written.
    private func outcome(of text: WhisperText, advance: Int) -> Outcome {
        if !text.isComplete {
            return Outcome(advance: advance, kind: .gap, reason: "the length limit cut off the text")
        }
        if text.compressionRatio > options.whisper.compressionRatioThreshold ?? .infinity {
            return Outcome(advance: advance, kind: .gap, reason: "the text repeats itself")
        }
        return Outcome(advance: advance)
    }

    /// The segments of a window with times of their words.
    private func timed(
        _ parts: [WhisperWords.Segment], _ cut: WhisperSegments, _ text: WhisperText, _ window: WhisperWindow,
        offset: Double, frameCount: Int
    ) -> [WhisperWords.Segment] {
        let texts = cut.segments.map { $0.tokens.filter { $0 < tokenizer.special.endOfText } }
        var words = window.wordTimes(
            texts.flatMap { $0 }, frameCount: frameCount, heads: model.description.wordTimeHeads, tokenizer)
        // The tokens of segments are those of the text, in order.
        let places = text.tokens.indices.filter { text.tokens[$0] < tokenizer.special.endOfText }
        var next = 0
        for index in words.indices {
            let place = places[next]
            words[index].confidence = text.evidence.first { $0.tokens.contains(place) }?.confidence
            next += words[index].tokenCount
        }
        let segments = zip(texts, parts).map { ($0.count, $1.startInSeconds, $1.endInSeconds) }
        return WhisperWords(words).segments(segments, offset: offset, lastSpeech: lastSpeech)
    }

    /// What is known of the words of each segment: those whose first token it has.
    private func evidence(_ text: WhisperText, _ cut: WhisperSegments) -> [[WordEvidence]] {
        var end = 0
        return cut.segments.map { segment in
            let range = end..<end + segment.tokens.count
            end = range.upperBound
            return text.evidence.filter { range.contains($0.tokens.lowerBound) }
        }
    }

    /// Where the next window begins, now that it is known when the last word ended, and which segments are not made up.
    private func afterWordTimes(
        _ parts: [WhisperWords.Segment], _ cut: WhisperSegments, offset: Double, frameCount: Int
    ) -> (keptCount: Int, advance: Int, isHeardAgain: Bool) {
        func frames(_ seconds: Double) -> Int { Int(((seconds - offset) / frameInSeconds).rounded()) }
        let lastWord = parts.last { !$0.words.isEmpty }?.words.last?.endInSeconds
        var advance = cut.advance
        if !cut.endsInOneTimestamp, let lastWord, lastWord > offset { advance = frames(lastWord) }
        guard let threshold = options.whisper.hallucinationSilenceThreshold else {
            return (parts.count, advance, false)
        }
        if !cut.endsInOneTimestamp, let lastWord, lastWord > offset {
            let rest = offset + Double(WhisperWindow.frameCount) * frameInSeconds - lastWord
            advance = rest > threshold ? frames(lastWord) : frameCount
        }
        let decision = HallucinationSkip(threshold: threshold).decision(
            parts,
            HallucinationSkip.Window(
                startInSeconds: offset, durationInSeconds: Double(frameCount) * frameInSeconds, lastSpeech: lastSpeech,
                recordingInSeconds: Double(self.frameCount) * frameInSeconds))
        guard let next = decision.nextWindow else { return (parts.count, advance, false) }
        return (decision.keptCount, frames(next), decision.keptCount == 0 && !parts.isEmpty)
    }

    /// Earlier text that the model is shown.
    private func prompt() -> [Int] {
        guard options.whisper.carriesInitialPrompt else { return Array(earlier[shownFrom...]) }
        let room = (model.configuration.longestTokenCount ?? 448) / 2 - 1 - initialPrompt.count
        return initialPrompt + earlier[max(initialPrompt.count, shownFrom)...].suffix(max(0, room))
    }
}

extension Transcriber {
    /// The text of a recording by a Whisper model.
    ///
    /// - Parameters:
    ///   - workers: threads that share the work; nil: the calling thread does it all. The result is the same.
    ///   - heard: as of `WhisperRecording`
    /// - Throws: as `StoredRecording` and `WhisperRecording`.
    func transcription(
        of source: AudioSource, sharedAmong workers: WorkerPool?,
        heard: ([Transcription.Segment], Double) -> Void
    ) throws -> Transcription {
        guard let tokenizer = model.whisper else { preconditionFailure("Transcriber: not a Whisper model") }
        // How speech is found must not depend on whether threads are shared either: products are cut.
        let recording = try SharedWork.among(nil) {
            try StoredRecording(source, model, detector, options.voiceActivity, sharedAmong: workers)
        }
        return try SharedWork.among(workers) {
            var text = try WhisperRecording(model, options, tokenizer, hotwords, recording)
            return try text.transcription(heard: heard)
        }
    }
}
