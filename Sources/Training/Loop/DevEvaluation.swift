import Autograd
import Evaluation
import Recognition
import Tensors

/// Transcribes a dev set with the model as it is, by the `Transcriber` that users call.
struct DevEvaluation {
    /// How well a model does on the dev set.
    struct Result {
        var words = WordErrorRate()
        var characters = CharacterErrorRate()
        /// In nats per token, by teacher forcing.
        var loss = 0.0
        /// The first utterances: what they should say, and what was recognised.
        var samples: [(reference: String, hypothesis: String)] = []
    }

    let loader: DataLoader
    let configuration: EvaluationConfiguration
    let lossConfiguration: LossConfiguration
    private static let sampleCount = 3

    /// Rates and loss over all utterances, and the first hypotheses.
    func callAsFunction(_ model: SpeechModel, precision: ElementType, workers: WorkerPool) throws -> Result {
        var options = TranscriptionOptions()
        options.beamSize = configuration.beamSize
        options.ctcWeight = configuration.ctcWeight
        options.precision = precision
        let transcriber = Transcriber(model: model, options: options)
        let (loader, lossConfiguration) = (loader, lossConfiguration)
        let transcribed = try workers.map(itemCount: loader.data.utterances.count) { index in
            let hypothesis = transcriber.hypothesis(for: loader.data.spectrograms[index])
            return Swift.Result {
                let loss = model.transformer.loss(
                    try loader.batch([index], epoch: 0), tape: Tape(precision: precision),
                    tokenCount: loader.tokenCount([index]), lossConfiguration)
                return (text: model.vocabulary.text(of: hypothesis.tokens), loss: loss)
            }
        }.map { try $0.get() }
        var result = Result()
        var loss = TrainingLoss()
        for (reference, hypothesis) in zip(loader.data.texts, transcribed) {
            result.words += WordErrorRate(reference: reference, hypothesis: hypothesis.text)
            result.characters += CharacterErrorRate(reference: reference, hypothesis: hypothesis.text)
            loss += hypothesis.loss
        }
        result.loss = loss.perToken(lossConfiguration)
        result.samples = zip(loader.data.texts, transcribed).prefix(Self.sampleCount)
            .map { (reference: $0, hypothesis: $1.text) }
        return result
    }
}
