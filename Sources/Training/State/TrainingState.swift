import Autograd
import Models
import Tensors

/// What training changes step by step: the weights, the moments of the optimiser, and the average of the weights if one is kept.
struct TrainingState {
    /// The model that learns.
    let model: SpeechModel
    let optimizer: AdamW
    /// The average of its weights, as a model; nil: none is kept.
    private let averagedModel: SpeechModel?
    let average: WeightAverage?

    /// - Parameters:
    ///   - model: with its first values.
    ///   - rule: how a parameter learns; nil: never.
    init(
        _ model: SpeechModel, _ configuration: AdamWConfiguration, rule: (Parameter) -> LearningRule?
    ) throws {
        self.model = model
        optimizer = AdamW(model.transformer.parameters, configuration: configuration, rule: rule)
        guard configuration.averageDecay > 0 else {
            (averagedModel, average) = (nil, nil)
            return
        }
        let averagedModel = try SpeechModel(model.description, vocabulary: model.vocabulary)
        self.averagedModel = averagedModel
        average = WeightAverage(
            model.transformer.parameters, in: averagedModel.transformer.parameters, decay: configuration.averageDecay)
    }

    /// The model that is evaluated and written; what adapters have learned is in its weights.
    var result: SpeechModel { get throws { try (averagedModel ?? model).withoutAdapters() } }

    /// One step of the optimiser, and of the average.
    func update(_ gradients: ParameterGradients, norm: Float, learningRate: Float, workers: WorkerPool) {
        optimizer.update(gradients, norm: norm, learningRate: learningRate, workers: workers)
        average?.update(step: optimizer.step, workers: workers)
    }
}
