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
    /// Of the recording and of 30 s of silence behind it, [frame, melBin].
    private let features: Spectrogram
    /// Frames of the recording itself.
    private let frameCount: Int
    private let durationInSeconds: Double
    private let frameInSeconds: Double
    /// The root mean square of the samples of each frame's hop.
    private let levels: [Float]
    private var warnings: [String] = []

    /// The tokens of all text before the window, the initial prompt included, and from which of them on they are shown.
    private var earlier: [Int] = []
    private var shownFrom = 0
    private let initialPrompt: [Int]
    /// Where words ended that have times, in seconds.
    private var lastSpeech = 0.0

    /// - Parameter source: read to its end; of its samples nothing is kept but features and levels.
    /// - Throws: `AudioError`, or what a stream throws; `SearchError`; `VocabularyError` for a language or task that the model does not
    ///   have.
    init(
        _ model: SpeechModel, _ options: TranscriptionOptions, _ tokenizer: WhisperTokenizer, _ source: AudioSource
    ) throws {
        self.model = model
        self.options = options
        let frontend = model.configuration.frontend
        frameInSeconds = frontend.hopInSeconds
        var samples = try source.samples(sampleRate: frontend.sampleRate)
        durationInSeconds = Double(samples.count) / Double(frontend.sampleRate)
        levels = stride(from: 0, to: samples.count, by: frontend.hopLength).map { start in
            let hop = samples[start..<min(start + frontend.hopLength, samples.count)]
            return (hop.reduce(0) { $0 + $1 * $1 } / Float(hop.count)).squareRoot()
        }
        samples.append(contentsOf: repeatElement(0, count: WhisperWindow.frameCount * frontend.hopLength))
        features = try model.features(Waveform(samples: samples, sampleRate: frontend.sampleRate))
        frameCount = max(0, features.frameCount - WhisperWindow.frameCount)
        let heard =
            try options.whisper.language
            ?? Self.language(model, features, 0..<min(frameCount, WhisperWindow.frameCount), options, tokenizer)
        self.tokenizer = try tokenizer.asking(
            for: options.whisper.task, in: heard, timestamps: options.whisper.hasTimestamps)
        let prompt = options.whisper.initialPrompt.split(separator: " ").joined(separator: " ")
        initialPrompt = prompt.isEmpty ? [] : tokenizer.tokens(of: " " + prompt)
        earlier = initialPrompt
    }

    /// The language of a window: the most probable one; English for a model that knows no other.
    private static func language(
        _ model: SpeechModel, _ features: Spectrogram, _ range: Range<Int>, _ options: TranscriptionOptions,
        _ tokenizer: WhisperTokenizer
    ) throws -> WhisperLanguage {
        guard tokenizer.special.isMultilingual, !range.isEmpty else { return .english }
        let window = try WhisperWindow(model.transformer, features, range, precision: options.precision)
        let probabilities = try window.languageProbabilities(tokenizer.special)
        let best = probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0
        return tokenizer.special.languages[best]
    }

    /// What is said in the recording.
    ///
    /// - Parameter heard: gets the segments of each window, and where the next one begins, in seconds.
    /// - Throws: `SearchError` where the model's scores are NaN or infinite.
    mutating func transcription(heard: ([Transcription.Segment], Double) -> Void) throws -> Transcription {
        var segments: [Transcription.Segment] = []
        var windowCount = 0
        // Too short for a word: a model would make a text up.
        var start = durationInSeconds < Self.shortestInSeconds ? frameCount : 0  // frame
        while start < frameCount {
            let range = start..<min(start + WhisperWindow.frameCount, frameCount)
            let count = segments.count
            start += try window(range, number: windowCount, &segments)
            windowCount += 1
            heard(Array(segments[count...]), min(durationInSeconds, Double(start) * frameInSeconds))
        }
        if segments.isEmpty {
            warnings.append("no speech found in \((durationInSeconds * 100).rounded() / 100) s of audio")
        }
        return Transcription(
            segments: segments, segmentCount: windowCount, durationInSeconds: durationInSeconds,
            language: tokenizer.language.code, warnings: warnings)
    }

    /// A recording below this has no text.
    private static let shortestInSeconds = 0.1

    /// Transcribes a window, and appends its segments.
    ///
    /// - Returns: frames to the beginning of the next window; at least one.
    private mutating func window(
        _ range: Range<Int>, number: Int, _ segments: inout [Transcription.Segment]
    ) throws -> Int {
        // In silence a model would make a text up, and take its time for it.
        if levels[range.clamped(to: 0..<levels.count)].allSatisfy({ $0 < Transcriber.silenceLevel }) {
            return range.count
        }
        let window = try WhisperWindow(
            model.transformer, features, range, precision: options.precision,
            thinsPadding: options.whisper.thinsPadding)
        let text = try window.text(
            options, tokenizer, prompt: prompt(), key: RandomKey(seed: 0).derived("sampling").derived(number))
        if text.isSilence(options.whisper) { return range.count }

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
            parts = timed(parts, cut, window, offset: offset, frameCount: range.count)
        }
        if setsWindows {
            let decision = afterWordTimes(parts, cut, offset: offset, frameCount: range.count)
            parts.removeLast(parts.count - decision.keptCount)
            advance = decision.advance
            // A window that is heard again has not been written.
            if decision.isHeardAgain { return max(1, advance) }
        }
        lastSpeech = parts.last { !$0.words.isEmpty }?.endInSeconds ?? lastSpeech
        for (segment, part) in zip(cut.segments, parts) {
            let words = tokenizer.text(of: segment.tokens).split(whereSeparator: \.isWhitespace).joined(separator: " ")
            let hasNoTime =
                setsWindows
                ? part.startInSeconds == part.endInSeconds : segment.startInSeconds == segment.endInSeconds
            // Marks alone are what a model writes of noise.
            guard words.contains(where: { $0.isLetter || $0.isNumber }), !hasNoTime else { continue }
            earlier += segment.tokens
            segments.append(
                Transcription.Segment(
                    startInSeconds: part.startInSeconds, endInSeconds: min(part.endInSeconds, durationInSeconds),
                    text: words, tokens: segment.tokens, averageLogProbability: text.averageLogProbability,
                    temperature: Double(text.temperature), compressionRatio: text.compressionRatio,
                    noSpeechProbability: text.noSpeechProbability,
                    words: !hasWords
                        ? nil
                        : part.words.map {
                            Transcription.Word(
                                text: $0.text, startInSeconds: $0.startInSeconds, endInSeconds: $0.endInSeconds,
                                probability: $0.probability)
                        }))
        }
        // What was drawn at a high temperature would lead the next window astray.
        if !options.whisper.conditionsOnPreviousText || text.temperature > 0.5 { shownFrom = earlier.count }
        return max(1, advance)
    }

    /// The segments of a window with times of their words.
    private func timed(
        _ parts: [WhisperWords.Segment], _ cut: WhisperSegments, _ window: WhisperWindow, offset: Double,
        frameCount: Int
    ) -> [WhisperWords.Segment] {
        let texts = cut.segments.map { $0.tokens.filter { $0 < tokenizer.special.endOfText } }
        let words = window.wordTimes(
            texts.flatMap { $0 }, frameCount: frameCount, heads: model.description.wordTimeHeads, tokenizer)
        let segments = zip(texts, parts).map { ($0.count, $1.startInSeconds, $1.endInSeconds) }
        return WhisperWords(words).segments(segments, offset: offset, lastSpeech: lastSpeech)
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
    /// - Throws: `AudioError`, what a stream throws, and as `WhisperRecording`.
    func transcription(
        of source: AudioSource, sharedAmong workers: WorkerPool?,
        heard: ([Transcription.Segment], Double) -> Void
    ) throws -> Transcription {
        guard let tokenizer = model.whisper else { preconditionFailure("Transcriber: not a Whisper model") }
        return try SharedWork.among(workers) {
            var recording = try WhisperRecording(model, options, tokenizer, source)
            return try recording.transcription(heard: heard)
        }
    }
}
