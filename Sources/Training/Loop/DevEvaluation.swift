import Autograd
import Evaluation
import Recognition
import Tensors

/// Transcribes a dev set with the model as it is: greedily, by the `Transcriber` that users call.
struct DevEvaluation {
    let loader: DataLoader
    let lossConfiguration: LossConfiguration
    private static let sampleCount = 3

    /// Rates and loss over all utterances, and the first hypotheses.
    func callAsFunction(_ model: SpeechModel, precision: ElementType, workers: WorkerPool) throws -> (
        words: WordErrorRate, characters: CharacterErrorRate, loss: Double,
        samples: [(reference: String, hypothesis: String)]
    ) {
        var options = TranscriptionOptions()
        options.beamSize = 1
        options.precision = precision
        let transcriber = Transcriber(model: model, options: options)
        let (loader, configuration) = (loader, lossConfiguration)
        let results = try workers.map(itemCount: loader.data.utterances.count) { index in
            let hypothesis = transcriber.hypothesis(for: loader.data.spectrograms[index])
            return Result {
                let loss = model.transformer.loss(
                    try loader.batch([index], epoch: 0), tape: Tape(precision: precision),
                    tokenCount: loader.tokenCount([index]), configuration)
                return (text: model.vocabulary.text(of: hypothesis.tokens), loss: loss)
            }
        }.map { try $0.get() }
        var words = WordErrorRate()
        var characters = CharacterErrorRate()
        var loss = TrainingLoss()
        for (reference, result) in zip(loader.data.texts, results) {
            words += WordErrorRate(reference: reference, hypothesis: result.text)
            characters += CharacterErrorRate(reference: reference, hypothesis: result.text)
            loss += result.loss
        }
        let samples = zip(loader.data.texts, results).prefix(Self.sampleCount)
            .map { (reference: $0, hypothesis: $1.text) }
        return (words, characters, loss.perToken(configuration), samples)
    }
}
