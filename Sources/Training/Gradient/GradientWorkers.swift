import Autograd
import Datasets
import Models
import Numerics
import Recognition
import Tensors

/// Computes the gradient of a batch: its micro-batches are dealt to a fixed number of partial sums, and threads take one
/// partial sum after the other.
///
/// Partial sum p has micro-batches p, p + parts, p + 2 parts ... in this order, so its bits do not depend on threads.
final class GradientWorkers {
    private let model: SpeechTransformer
    private let partials: [ParameterGradients]
    private let workers: WorkerPool
    private let precision: ElementType
    private let lossConfiguration: LossConfiguration

    init(
        _ model: SpeechTransformer, parts: Int, precision: ElementType, lossConfiguration: LossConfiguration,
        isFrozen: (Parameter) -> Bool = { _ in false }, workers: WorkerPool
    ) {
        self.model = model
        partials = (0..<max(1, parts)).map { _ in ParameterGradients(for: model.parameters, isFrozen: isFrozen) }
        self.workers = workers
        self.precision = precision
        self.lossConfiguration = lossConfiguration
    }

    /// The partial gradients of a batch, to be added up in order, and its losses.
    ///
    /// - Parameters:
    ///   - microBatchCount: how many there are.
    ///   - tokenCount: predicted tokens of the whole batch.
    ///   - key: the key of this step's random numbers.
    ///   - makeBatch: makes one of them; called on a worker.
    /// - Throws: what `makeBatch` throws.
    func gradients(
        microBatchCount: Int, tokenCount: Int, key: RandomKey,
        makeBatch: @escaping @Sendable (Int) throws -> TrainingBatch
    ) throws -> (partials: [ParameterGradients], loss: TrainingLoss) {
        let (model, partials, precision, configuration) = (model, partials, precision, lossConfiguration)
        if precision == .bfloat16 { model.parameters.updateBFloat16Values() }
        let losses = workers.map(itemCount: partials.count) { part -> Result<TrainingLoss, any Error> in
            Result {
                partials[part].reset()
                var loss = TrainingLoss()
                for index in stride(from: part, to: microBatchCount, by: partials.count) {
                    let key = key.derived(index)
                    let tape = Tape(precision: precision, gradients: partials[part], dropoutKey: key)
                    loss += model.loss(
                        try makeBatch(index), tape: tape, tokenCount: tokenCount, configuration,
                        samplingKey: key.derived("scheduled sampling"))
                    tape.backward()
                }
                return loss
            }
        }
        return (partials, try losses.reduce(into: TrainingLoss()) { $0 += try $1.get() })
    }
}
