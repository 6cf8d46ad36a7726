import Audio
import Autograd
import Models
import Tensors

/// How a model is used to transcribe.
public struct TranscriptionOptions: Sendable, Equatable {
    /// Hypotheses that are followed at once; 1: greedy search by the decoder alone.
    public var beamSize = 5
    /// The share of CTC in the score of a hypothesis, 0...1.
    public var ctcWeight: Float = 0.2
    /// The exponent of the length normalisation; 0: none.
    public var lengthPenalty: Float = 0
    /// The type of activations and products.
    public var precision = ElementType.float32

    public init() {}
}

/// Turns features into text: encoder, then search.
public final class Transcriber: Sendable {
    public let model: SpeechModel
    public let options: TranscriptionOptions

    public init(model: SpeechModel, options: TranscriptionOptions = TranscriptionOptions()) {
        self.model = model
        self.options = options
        if options.precision == .bfloat16 { model.transformer.parameters.updateBFloat16Values() }
    }

    /// The best hypothesis for normalised features; the empty one, complete, for none.
    ///
    /// - Parameter workers: threads that share the work, for an utterance that has the machine to itself; nil: the calling
    ///   thread does it all. The result is the same.
    public func hypothesis(for features: Spectrogram, sharedAmong workers: WorkerPool? = nil) -> Hypothesis {
        SharedWork.among(workers) { search(features) }
    }

    private func search(_ features: Spectrogram) -> Hypothesis {
        let transformer = model.transformer
        let positionCount = transformer.positionCount(frameCount: features.frameCount)
        guard positionCount > 0 else { return Hypothesis(isComplete: true) }
        let tape = Tape(precision: options.precision)
        let input = Tensor(features.values, shape: [1, features.frameCount, features.melBinCount])
        let encoded = transformer.encode(tape.variable(input), lengths: [features.frameCount])
        // CTC cannot say more than one character a position, and nobody speaks faster.
        let maximumLength = max(16, positionCount)
        let decoder = DecoderScorer(transformer, encoded: encoded, maximumHypothesisCount: options.beamSize)
        if options.beamSize == 1 { return GreedySearch(maximumLength: maximumLength)(decoder) }
        var scorers: [BeamSearch.WeightedScorer] = [.init(decoder, weight: 1 - options.ctcWeight)]
        if options.ctcWeight > 0 {
            let logProbabilities = transformer.ctcLogProbabilities(encoded.value).value
            scorers.append(
                .init(CTCPrefixScorer(logProbabilities: logProbabilities), weight: options.ctcWeight, isPartial: true))
        }
        let search = BeamSearch(
            beamSize: options.beamSize, maximumLength: maximumLength, lengthPenalty: options.lengthPenalty)
        return search(scorers)[0]
    }
}
