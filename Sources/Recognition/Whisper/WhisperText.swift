import Files
import Models
import Numerics
import Tensors
import Text

/// What was written for a window, and how far it can be trusted.
package struct WhisperText: Sendable, Equatable {
    /// Text and timestamps.
    var tokens: [Int]
    /// The mean log probability of a token, the end included, in nats.
    var averageLogProbability: Double
    /// How probable it is that nothing is said in the window.
    var noSpeechProbability: Double
    /// By how much zlib makes the text smaller: 2.4 and more is a loop.
    var compressionRatio: Double
    /// At which it was written.
    var temperature: Float
    /// Whether the end came; false if the length limit did.
    var isComplete: Bool
    /// The mean score of a token in the search, the end included, in nats: with what hotwords add, without which they would be improbable.
    var score: Double
    /// What is known of its words.
    var evidence: [WordEvidence] = []
    /// The best texts, as far as they are asked for.
    var texts: [Transcription.ScoredText] = []

    package init(
        tokens: [Int], averageLogProbability: Double, noSpeechProbability: Double, compressionRatio: Double,
        temperature: Float, isComplete: Bool
    ) {
        self.tokens = tokens
        self.averageLogProbability = averageLogProbability
        self.noSpeechProbability = noSpeechProbability
        self.compressionRatio = compressionRatio
        self.temperature = temperature
        self.isComplete = isComplete
        score = averageLogProbability
    }

    /// Whether the window is more probably silence, and the text not to be trusted: as openai/whisper decides it (`transcribe.py`), or
    /// because the text is still improbable at the last temperature, and either the model doubts that anything was said or the text is
    /// wholly improbable. Of 498 utterances of LibriSpeech and Common Voice one had such a text: no word of it was right.
    package func isSilence(_ options: WhisperOptions) -> Bool {
        guard let threshold = options.noSpeechThreshold else { return false }
        guard let trusted = options.logProbabilityThreshold else { return noSpeechProbability > threshold }
        if averageLogProbability > trusted { return false }
        let isLast = options.temperatures.count > 1 && temperature == options.temperatures.last
        let isMadeUp = noSpeechProbability > Self.doubt || averageLogProbability < Self.improbability * trusted
        return noSpeechProbability > threshold || isLast && isMadeUp
    }

    /// At the last temperature improbable texts are made up above this probability of silence, or if their mean log probability is so many
    /// times the threshold.
    private static let (doubt, improbability) = (0.5, 2.0)
}

extension WhisperWindow {
    /// Writes down what was heard: at the first temperature whose text is neither a loop nor improbable, or at the last one; openai/whisper,
    /// `transcribe.py`, `decode_with_fallback`.
    ///
    /// - Parameters:
    ///   - tokenizer: with language, task and timestamps.
    ///   - prompt: tokens of earlier text; the last of them are shown to the model.
    ///   - hotwords: rewarded where the text is searched for.
    ///   - confidence: the model's; nil: words have none.
    ///   - key: of the random numbers of temperatures above 0.
    /// - Throws: `SearchError` where the model's scores are NaN or infinite.
    func text(
        _ options: TranscriptionOptions, _ tokenizer: WhisperTokenizer, prompt: [Int],
        hotwords: HotwordTree?, confidence: ConfidenceSettings?, key: RandomKey
    ) throws -> WhisperText {
        let whisper = options.whisper
        var result: WhisperText?
        for (index, temperature) in whisper.temperatures.enumerated() {
            var generator = key.derived(index).generator
            let text = try text(
                at: temperature, options, tokenizer, prompt: prompt, hotwords: hotwords, confidence, using: &generator)
            result = text
            let isImprobable = whisper.logProbabilityThreshold.map { text.score < $0 } ?? false
            let isLoop = whisper.compressionRatioThreshold.map { text.compressionRatio > $0 } ?? false
            let isSilence = whisper.noSpeechThreshold.map { text.noSpeechProbability > $0 } ?? false
            if isSilence && isImprobable { break }
            if !isLoop && !isImprobable { break }
        }
        return result!
    }

    private func text(
        at temperature: Float, _ options: TranscriptionOptions, _ tokenizer: WhisperTokenizer, prompt: [Int],
        hotwords: HotwordTree?, _ confidence: ConfidenceSettings?, using generator: inout SplitMix64
    ) throws -> WhisperText {
        let whisper = options.whisper
        let special = tokenizer.special
        let positionCount = network.configuration.longestTokenCount ?? 448
        // Half of the positions are for earlier text, half for the text of the window.
        let half = positionCount / 2
        let shown = prompt.isEmpty ? [] : [special.startOfPrevious] + prompt.suffix(half - 1)
        let start = shown + tokenizer.startSequence
        let maximumLength = min(half, positionCount + 1 - start.count)
        let beamSize = temperature > 0 ? whisper.bestOf : options.beamSize
        let scorer = DecoderScorer(
            network, memory: memory, precision: precision, start: start, filler: special.endOfText,
            maximumHypothesisCount: temperature > 0 || hotwords == nil ? beamSize : 2 * beamSize,
            rules: WhisperRules(
                tokenizer, suppressedTokens: whisper.suppressedTokens,
                latestStartInSeconds: whisper.latestStartInSeconds),
            observedPosition: shown.count)
        var scorers = [WeightedScorer("decoder", scorer, weight: 1)]
        if let hotwords {
            scorers.append(
                WeightedScorer(
                    "hotwords", HotwordScorer(hotwords, boost: options.hotwordBoost ?? hotwords.usualBoost), weight: 1,
                    isBesideAudio: true))
        }
        let hypotheses: [Hypothesis]
        if temperature > 0 {
            hypotheses = try SampledSearch(
                textCount: beamSize, temperature: temperature, maximumLength: maximumLength,
                lengthPenalty: options.lengthPenalty, end: special.endOfText)(scorer, using: &generator)
        } else {
            hypotheses = try BeamSearch(
                beamSize: beamSize, maximumLength: maximumLength, lengthPenalty: options.lengthPenalty,
                tokens: WritableTokens(count: special.count, end: special.endOfText),
                ending: .counted(patience: whisper.patience))(scorers)
        }
        // Where texts are drawn, no other scorer takes part.
        let used = temperature > 0 ? [scorers[0]] : scorers
        let found = FoundTexts(hypotheses: hypotheses, scorers: used.map { ($0.name, $0.weight) })
        let best = found.best
        let probabilities = softmax(scorer.observedLogits![...])
        let text = trimmed(tokenizer.text(of: best.tokens))
        var result = WhisperText(
            tokens: best.tokens,
            averageLogProbability: Double(best.modelLogProbability) / Double(best.tokens.count + 1),
            noSpeechProbability: Double(probabilities[special.noSpeech]),
            compressionRatio: Double(text.utf8.count) / Double(compressedByteCount(text.utf8)),
            temperature: temperature, isComplete: best.isComplete)
        result.score = Double(best.logProbability) / Double(best.tokens.count + 1)
        result.evidence = found.evidence(
            ranges: tokenizer.wordRanges(of:), text: { tokenizer.text(of: $0) }, hasEndToken: false,
            settings: confidence, keepsValues: options.keepsEvidence)
        result.texts = found.scoredTexts(tokenizer, count: options.nBestCount)
        return result
    }
}
