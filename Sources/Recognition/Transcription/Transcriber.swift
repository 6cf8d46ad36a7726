import Audio
import Autograd
import Files
import LanguageModels
import Models
import Numerics
import Tensors
import Text

/// How a model is used to transcribe.
public struct TranscriptionOptions: Sendable, Equatable {
    /// Hypotheses that are followed at once; 1: greedy search, by the decoder alone.
    public var beamSize = 5
    /// The share of CTC in the score of a hypothesis, 0...1; the rest is the decoder's. A model without CTC output has none.
    public var ctcWeight: Float = 0.2
    /// The exponent of the length normalisation; 0: none.
    public var lengthPenalty: Float = 0
    /// What each token adds to the score of a hypothesis, in nats: language models favour short texts.
    public var lengthReward: Float = 0
    /// The share of the decoder's own language model that is subtracted, beside language models; see
    /// `DecoderScorer.internalLanguageModel`.
    public var internalLanguageModelWeight: Float = 0
    /// The type of activations and products.
    public var precision = InferencePrecision.float32
    /// Whether words have times, which changes nothing of the text. Of models other than Whisper's only those with a CTC output give any.
    public var addsWordTimes = false
    /// Whether words hold what their confidence is computed from: 400 bytes each.
    public var keepsEvidence = false
    /// Words and phrases that are expected, and how much each of their tokens is worth in a search, in nats;
    /// nil: 2 for a model that writes characters, 4 for one that writes pieces of words.
    public var hotwords: [String] = []
    public var hotwordBoost: Float?
    /// The most texts of each stretch that are wanted, with their scores, at most `beamSize`; 0: the best one, without.
    public var nBestCount = 0
    /// What counts as speech, where the transcriber has a detector.
    public var voiceActivity = VoiceActivityOptions()
    /// What concerns Whisper models alone.
    public var whisper = WhisperOptions()

    public init() {}
}

/// Turns features into text: encoder, then search.
public final class Transcriber: Sendable {
    public let model: SpeechModel
    public let options: TranscriptionOptions
    /// Language models that have a share in the score of a hypothesis; greedy search has none.
    public let languageModels: [WeightedLanguageModel]
    /// What finds speech in a recording, the rest is left out; nil: everything is heard.
    public let detector: VoiceActivityModel?
    /// The options' hotwords; nil: none.
    let hotwords: HotwordTree?

    /// - Parameter languageModels: made for the vocabulary of the model, which is none of Whisper's.
    public init(
        model: SpeechModel, options: TranscriptionOptions = TranscriptionOptions(),
        languageModels: [WeightedLanguageModel] = [], detector: VoiceActivityModel? = nil
    ) {
        precondition(
            languageModels.isEmpty || model.whisper == nil, "Transcriber: language models beside a Whisper model")
        self.model = model
        self.options = options
        self.languageModels = languageModels
        self.detector = detector
        let phrases = options.hotwords.map {
            model.whisper == nil ? model.configuration.labelNormalizer.normalized($0) : $0
        }
        let tree = phrases.isEmpty ? nil : HotwordTree(phrases, for: model.tokenizer)
        hotwords = tree.flatMap { $0.isEmpty ? nil : $0 }
        model.network.prepare(for: options.precision)
    }

    /// The best hypothesis for normalised features; the empty one, complete, for none.
    ///
    /// - Parameter workers: threads that share the work, for an utterance that has the machine to itself; nil: the calling
    ///   thread does it all. The result is the same.
    /// - Throws: `SearchError` where the model's scores are NaN or infinite.
    public func hypothesis(for features: Spectrogram, sharedAmong workers: WorkerPool? = nil) throws -> Hypothesis {
        try found(in: features, sharedAmong: workers).texts.best
    }

    /// All that were found and, as far as they are asked for, when the tokens of the best one were said.
    ///
    /// - Parameter isLoop: whether the text repeated itself; CTC, which cannot, then has half of the score.
    func found(
        in features: Spectrogram, sharedAmong workers: WorkerPool?, isLoop: Bool = false
    ) throws -> (texts: FoundTexts, alignment: TokenAlignment?) {
        try SharedWork.among(workers) { try search(features, leastCTCWeight: isLoop ? 0.5 : 0) }
    }

    /// The text of an utterance by its normalised features; a Whisper model hears at most 30 s of them.
    ///
    /// - Parameter tokenizer: the model's, with the language and the timestamps that a Whisper model is asked for.
    /// - Throws: as `hypothesis`.
    package func text(of features: Spectrogram, _ tokenizer: any Tokenizer) throws -> String {
        guard let whisper = tokenizer as? WhisperTokenizer else {
            return text(of: try hypothesis(for: features))
        }
        let window = try WhisperWindow(
            model.network, features, 0..<features.frameCount, precision: options.precision)
        let text = try window.text(
            options, whisper, prompt: [], hotwords: hotwords, confidence: nil,
            key: RandomKey(seed: 0))
        return trimmed(whisper.text(of: text.tokens))
    }

    private func search(
        _ features: Spectrogram, leastCTCWeight: Float
    ) throws -> (texts: FoundTexts, alignment: TokenAlignment?) {
        guard let encoded = try encode(features, leastCTCWeight: leastCTCWeight) else {
            return (FoundTexts(hypotheses: [Hypothesis(isComplete: true)], scorers: []), nil)
        }
        let texts = try search(encoded, leastCTCWeight: leastCTCWeight)
        guard options.addsWordTimes else { return (texts, nil) }
        let tokens = texts.best.tokens
        if let ctc = encoded.ctc, let blank = model.tokenizer.blank {
            return (texts, TokenAlignment(ctc, tokens: tokens, blank: blank))
        }
        let frontend = model.configuration.frontend
        let silence = frontend.trailingSilenceInSeconds / frontend.hopInSeconds
        let silentPositions = Int(silence) / model.configuration.subsamplingFactor
        return (
            texts,
            TokenAlignment(
                model, memory: encoded.memory, positionCount: max(1, encoded.positionCount - silentPositions),
                tokens: tokens, precision: options.precision)
        )
    }

    /// What the encoder makes of normalised features; nil where they are too short for one position.
    func encode(_ features: Spectrogram, leastCTCWeight: Float = 0) throws -> EncodedSegment? {
        let network = model.network
        let positionCount = network.positionCount(frameCount: features.frameCount)
        guard positionCount > 0 else { return nil }
        let tape = Tape(options.precision)
        let input = Tensor(features.values, shape: [1, features.frameCount, features.melBinCount])
        let encoded = network.encode(tape.variable(input), lengths: [features.frameCount])
        guard encoded.value.value.isFinite else { throw SearchError.notFinite("the encoder") }
        let needsCTC =
            model.configuration.hasCTCOutput && (ctcWeight(least: leastCTCWeight) > 0 || options.addsWordTimes)
        return EncodedSegment(
            memory: network.decoderMemory(encoded),
            ctc: needsCTC ? network.ctcLogProbabilities(encoded.value).value : nil, positionCount: positionCount)
    }

    /// The share of CTC in the search: greedy search has none, or the least one.
    private func ctcWeight(least: Float) -> Float {
        guard model.configuration.hasCTCOutput else { return 0 }
        return max(options.beamSize == 1 ? 0 : options.ctcWeight, least)
    }

    /// The texts of a segment.
    func search(_ encoded: EncodedSegment, leastCTCWeight: Float = 0) throws -> FoundTexts {
        let rescorers = languageModelScorers(named: "rescoring model") { $0.rescores }
        // CTC cannot say more than one character a position, and nobody speaks faster; a piece has two characters at least.
        var maximumLength = max(16, encoded.positionCount / (model.characters == nil ? 2 : 1))
        if let longest = model.configuration.longestTokenCount {
            maximumLength = min(maximumLength, longest - model.tokenizer.startSequence.count)
        }
        let search = BeamSearch(
            beamSize: options.beamSize, maximumLength: maximumLength, lengthPenalty: options.lengthPenalty,
            tokens: WritableTokens(model.tokenizer),
            resultCount: rescorers.isEmpty ? max(1, min(options.nBestCount, options.beamSize)) : options.beamSize)
        let scorers = scorers(for: encoded, ctcWeight: ctcWeight(least: leastCTCWeight), search.tokens)
        return FoundTexts(
            hypotheses: try search.rescored(try search(scorers), by: rescorers),
            scorers: (scorers + rescorers).map { ($0.name, $0.weight) })
    }

    /// The decoder, the CTC output and the language models, as far as they have a share in the score.
    private func scorers(
        for encoded: EncodedSegment, ctcWeight: Float, _ tokens: WritableTokens
    ) -> [WeightedScorer] {
        var scorers: [WeightedScorer] = []
        let tokenizer = model.tokenizer
        let hypothesisCount = options.beamSize * (hotwords == nil ? 1 : 2)
        if ctcWeight < 1 {
            let decoder = DecoderScorer(
                model.network, memory: encoded.memory, precision: options.precision,
                start: tokenizer.startSequence, filler: tokenizer.endOfSentence,
                maximumHypothesisCount: hypothesisCount)
            scorers.append(WeightedScorer("decoder", decoder, weight: 1 - ctcWeight))
        }
        if ctcWeight > 0, let ctc = encoded.ctc, let blank = tokenizer.blank {
            let scorer = CTCPrefixScorer(logProbabilities: ctc, blank: blank, tokens: tokens)
            scorers.append(WeightedScorer("CTC output", scorer, weight: ctcWeight, isPartial: true))
        }
        if options.beamSize > 1 {
            scorers += languageModelScorers(named: "language model") { !$0.rescores }
            if options.internalLanguageModelWeight != 0 {
                let scorer = DecoderScorer.internalLanguageModel(
                    of: model, precision: options.precision, maximumHypothesisCount: hypothesisCount)
                scorers.append(
                    WeightedScorer(
                        "internal language model", scorer, weight: -options.internalLanguageModelWeight,
                        isPartial: true,
                        isBesideAudio: true))
            }
            if options.lengthReward != 0 {
                let scorer = LengthScorer(end: tokenizer.endOfSentence, tokenCount: tokenizer.count)
                scorers.append(
                    WeightedScorer("length", scorer, weight: options.lengthReward, isPartial: true, isBesideAudio: true)
                )
            }
        }
        if let hotwords {
            scorers.append(
                WeightedScorer(
                    "hotwords", HotwordScorer(hotwords, boost: options.hotwordBoost ?? hotwords.usualBoost), weight: 1,
                    isBesideAudio: true))
        }
        return scorers
    }

    /// Some of the language models as scorers; greedy search has none.
    private func languageModelScorers(
        named name: String, _ isWanted: (WeightedLanguageModel) -> Bool
    ) -> [WeightedScorer] {
        guard options.beamSize > 1 else { return [] }
        let wanted = languageModels.filter(isWanted)
        let tokenizer = model.tokenizer
        return wanted.enumerated().filter { $0.element.weight != 0 }.map { number, language in
            let scorer = language.model.scorer(end: tokenizer.endOfSentence, tokenCount: tokenizer.count)
            return WeightedScorer(
                wanted.count == 1 ? name : "\(name) \(number + 1)", scorer, weight: language.weight, isPartial: true,
                isBesideAudio: true)
        }
    }
}
