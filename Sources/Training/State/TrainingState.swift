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
    let ranks: Ranks
    /// Which rank moves which parameters.
    let shares: ParameterShares

    /// - Parameters:
    ///   - model: with its first values.
    ///   - rule: how a parameter learns; nil: never.
    ///   - ranks: who share the parameters out among themselves.
    init(
        _ model: SpeechModel, _ configuration: AdamWConfiguration, rule: (Parameter) -> LearningRule?, ranks: Ranks
    ) throws {
        self.model = model
        self.ranks = ranks
        let shares = ParameterShares(
            ParameterPieces(model.network.parameters, rule: rule), rankCount: ranks.count)
        self.shares = shares
        optimizer = AdamW(
            model.network.parameters, configuration: configuration, rule: rule,
            isOwned: { shares.isOwned($0, by: ranks.rank) })
        guard configuration.averageDecay > 0 else {
            (averagedModel, average) = (nil, nil)
            return
        }
        let averagedModel = try SpeechModel(model.description, vocabulary: model.vocabulary)
        self.averagedModel = averagedModel
        average = try WeightAverage(
            model.network.parameters, in: averagedModel.network.parameters, decay: configuration.averageDecay)
    }

    /// The model that is evaluated and written; what adapters have learned is in its weights.
    var result: SpeechModel { get throws { try (averagedModel ?? model).withoutAdapters() } }

    /// One step of the optimiser, whose result all ranks get, and of the average.
    func update(_ gradients: Tensor, norm: Float, learningRate: Float, workers: WorkerPool) {
        optimizer.update(gradients, norm: norm, learningRate: learningRate, workers: workers)
        if ranks.areSeveral { SharedMemory(ranks, shares).share(model.network.parameters.values) }
        average?.update(step: optimizer.step, workers: workers)
    }
}
