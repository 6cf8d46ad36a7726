import Audio
import Autograd
import Models
import Tensors
import Text

/// Measures what transcribing 30 s of audio takes: features, one encoder pass, and the search for a number of tokens.
///
/// What the audio and the weights hold changes no time, because no text ends before it has all the tokens.
public struct TranscriptionBenchmark: Sendable {
    /// What was measured; times in milliseconds, one for each run, in their order.
    public struct Result: Sendable {
        public var features: [Double] = []
        public var encoder: [Double] = []
        /// The keys and values of every decoder layer's cross-attention, once for 30 s.
        public var keysValues: [Double] = []
        /// For each beam size, the search for all tokens.
        public var search: [Int: [Double]] = [:]
        /// Steps of a search.
        public var stepCount = 0
        /// Operations of the matrix products of one encoder pass.
        public var encoderOperations = 0.0
        /// Operations a second that this machine's products reach with as many threads, measured in the same run; in float32
        /// for int8, which has none of its own.
        public var productOperationsPerSecond = 0.0

        /// Milliseconds of the decoder for one token, by beam size.
        public func perToken(beamSize: Int) -> [Double] { search[beamSize, default: []].map { $0 / Double(stepCount) } }

        /// Everything from samples to tokens.
        public func utterance(beamSize: Int) -> [Double] {
            zip(zip(features, encoder), zip(keysValues, search[beamSize, default: []])).map {
                $0.0 + $0.1 + $1.0 + $1.1
            }
        }
    }

    /// Seconds of audio that are encoded at once.
    public static let audioInSeconds = 30.0

    public let network: EncoderDecoder
    public let precision: InferencePrecision
    private let workers: WorkerPool

    /// - Parameters:
    ///   - network: one whose parameters have values.
    ///   - workers: the threads that share the work.
    public init(_ network: EncoderDecoder, precision: InferencePrecision, workers: WorkerPool) {
        self.network = network
        self.precision = precision
        self.workers = workers
        network.prepare(for: precision)
    }

    /// Measures `runCount` runs after one that is not measured.
    ///
    /// - Parameters:
    ///   - waveform: 30 s at the model's sample rate.
    ///   - beamSizes: 1 is greedy search.
    ///   - tokenCount: tokens of each search.
    /// - Throws: `FrontendError` for a waveform at another sample rate.
    public func run(_ waveform: Waveform, runCount: Int, beamSizes: [Int], tokenCount: Int) throws -> Result {
        let logMel = try LogMelSpectrogram(configuration: network.configuration.frontend)
        var result = Result(stepCount: tokenCount + 1)
        try SharedWork.among(workers) {
            for run in 0...runCount {
                var times = try measure(waveform, logMel, beamSizes: beamSizes, tokenCount: tokenCount)
                if run == 0 { continue }
                result.features.append(times.removeFirst())
                result.encoder.append(times.removeFirst())
                result.keysValues.append(times.removeFirst())
                for (beamSize, time) in zip(beamSizes, times) { result.search[beamSize, default: []].append(time) }
            }
        }
        let frameCount = try logMel(waveform).frameCount
        let positionCount = network.positionCount(frameCount: frameCount)
        result.encoderOperations = network.configuration.encoderOperations(
            frameCount: frameCount, positionCount: positionCount)
        result.productOperationsPerSecond = ProductBenchmark.operationsPerSecond(
            precision.elementType, rows: positionCount, columns: network.configuration.transformer.modelDimension,
            workers: workers)
        return result
    }

    /// One run: milliseconds of features, encoder, keys and values, and the search of each beam size.
    private func measure(
        _ waveform: Waveform, _ logMel: LogMelSpectrogram, beamSizes: [Int], tokenCount: Int
    ) throws -> [Double] {
        var times: [Double] = []
        func timed<Value>(_ work: () throws -> Value) rethrows -> Value {
            let start = ContinuousClock.now
            let value = try work()
            times.append((ContinuousClock.now - start) / .milliseconds(1))
            return value
        }
        let features = try timed { try logMel(waveform) }
        let input = Tensor(features.values, shape: [1, features.frameCount, features.melBinCount])
        let encoded = timed {
            network.encode(Tape(precision).variable(input), lengths: [features.frameCount])
        }
        let tokenizer = NumberedTokens(count: network.vocabularySize)
        let tokens = WritableTokens(tokenizer)
        let scorers = beamSizes.map { beamSize in
            let scorer = timed {
                DecoderScorer(network, encoded: encoded, tokenizer: tokenizer, maximumHypothesisCount: beamSize)
            }
            return EndlessScorer(scorer, end: tokens.end)
        }
        // Preparing the decoder takes as long for every beam size.
        times.removeLast(max(0, beamSizes.count - 1))
        for (beamSize, scorer) in zip(beamSizes, scorers) {
            _ = try timed {
                try BeamSearch(beamSize: beamSize, maximumLength: tokenCount, tokens: tokens)(
                    [WeightedScorer("decoder", scorer, weight: 1)])
            }
        }
        return times
    }
}

/// A scorer for which a text never ends: every search takes the same number of steps.
private final class EndlessScorer: TokenScorer {
    private let scorer: any TokenScorer
    private let end: Int

    init(_ scorer: any TokenScorer, end: Int) {
        self.scorer = scorer
        self.end = end
    }

    func scores() throws -> Tensor {
        let scores = try scorer.scores()
        for row in 0..<scores.rowCount { scores.floats[row * scores.columnCount + end] = -.infinity }
        return scores
    }

    func select(parents: [Int], tokens: [Int]) { scorer.select(parents: parents, tokens: tokens) }
}

/// Tokens that stand for nothing: what is measured does not depend on their text.
private struct NumberedTokens: Tokenizer {
    let count: Int
    let startSequence = [0]
    let endOfSentence = 1
    let blank: Int? = nil
    let suppressedTokens: Set<Int> = []

    func tokens(of text: String) -> [Int] { [] }
    func text(of tokens: some Sequence<Int>) -> String { "" }
}
