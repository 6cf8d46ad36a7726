import Autograd
import Datasets
import Models
import Numerics
import Tensors

/// Computes the gradient of a batch: threads take one micro-batch after the other, a `GradientTree` adds up their gradients.
///
/// As many threads work as there are micro-batches; the bits do not depend on how many do.
final class GradientWorkers {
    /// The gradient of a batch.
    struct BatchGradient {
        let gradients: ParameterGradients
        /// Euclidean, over all parameters that learn.
        let norm: Float
        let loss: TrainingLoss
    }

    private let model: SpeechTransformer
    private let makeGradients: @Sendable () -> ParameterGradients
    private let reduction: GradientReduction
    private let workers: WorkerPool
    private let precision: ElementType
    private let lossConfiguration: LossConfiguration
    /// Gradients of the batch before, to be used again.
    private var free: [ParameterGradients] = []
    private var lastSums: [ParameterGradients] = []

    init(
        _ model: SpeechTransformer, precision: ElementType, lossConfiguration: LossConfiguration,
        isFrozen: @escaping @Sendable (Parameter) -> Bool = { _ in false }, workers: WorkerPool
    ) {
        self.model = model
        makeGradients = { ParameterGradients(for: model.parameters, isFrozen: isFrozen) }
        reduction = GradientReduction(ParameterPieces(model.parameters) { isFrozen($0) ? nil : LearningRule() })
        self.workers = workers
        self.precision = precision
        self.lossConfiguration = lossConfiguration
    }

    /// The gradient of a batch, valid until the next call.
    ///
    /// - Parameters:
    ///   - microBatchCount: how many there are.
    ///   - tokenCount: predicted tokens of the whole batch.
    ///   - key: the key of this step's random numbers.
    ///   - makeBatch: makes one of them; called on a worker.
    /// - Throws: what `makeBatch` throws.
    func gradient(
        microBatchCount: Int, tokenCount: Int, key: RandomKey,
        makeBatch: @escaping @Sendable (Int) throws -> TrainingBatch
    ) throws -> BatchGradient {
        let (model, precision, configuration) = (model, precision, lossConfiguration)
        if precision == .bfloat16 { model.parameters.updateBFloat16Values() }
        let tree = GradientTree(leafCount: microBatchCount, reusing: free + lastSums, make: makeGradients)
        let losses = workers.map(itemCount: microBatchCount) { index -> Result<TrainingLoss, any Error> in
            Result {
                let batch = try makeBatch(index)
                let gradients = tree.makeLeaf()
                let key = key.derived(index)
                let tape = Tape(precision: precision, gradients: gradients, dropoutKey: key)
                let loss = model.loss(
                    batch, tape: tape, tokenCount: tokenCount, configuration,
                    samplingKey: key.derived("scheduled sampling"))
                tape.backward()
                tree.add(gradients, leaf: index)
                return loss
            }
        }
        let loss = try losses.reduce(into: TrainingLoss()) { $0 += try $1.get() }
        (lastSums, free) = tree.finish()
        return BatchGradient(gradients: lastSums[0], norm: reduction(lastSums, workers: workers), loss: loss)
    }
}
