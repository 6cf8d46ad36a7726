import Autograd
import Datasets
import MessagePassing
import Models
import Numerics
import Tensors

/// Computes the gradient of a batch: threads take one micro-batch after the other, a `GradientTree` adds up their gradients.
///
/// As many threads work as there are micro-batches; the bits do not depend on how many do, nor on the number of ranks that share a batch.
final class GradientWorkers {
    /// The gradient of a batch.
    struct BatchGradient {
        /// [flatCount], of the parameters that learn; with several ranks only of this rank's part of them.
        let values: Tensor
        /// Euclidean, over all parameters that learn.
        let norm: Float
        let loss: TrainingLoss
    }

    private let model: SpeechTransformer
    private let makeGradients: @Sendable () -> ParameterGradients
    private let reduction: GradientReduction
    private let ranks: Ranks
    /// Adds up the gradients of several ranks.
    private let exchange: GradientExchange?
    private let workers: WorkerPool
    private let precision: ElementType
    private let lossConfiguration: LossConfiguration
    /// Gradients of the batch before, to be used again.
    private var free: [ParameterGradients] = []
    private var lastSums: [ParameterGradients] = []

    /// - Parameters:
    ///   - isFrozen: what does not learn in the next steps.
    ///   - shares: which rank moves which parameters; needed where there are several.
    init(
        _ model: SpeechTransformer, precision: ElementType, lossConfiguration: LossConfiguration,
        isFrozen: @escaping @Sendable (Parameter) -> Bool = { _ in false }, workers: WorkerPool,
        ranks: Ranks = Ranks(SingleProcess()), shares: ParameterShares? = nil
    ) {
        self.model = model
        makeGradients = { ParameterGradients(for: model.parameters, isFrozen: isFrozen) }
        let pieces = ParameterPieces(model.parameters) { isFrozen($0) ? nil : LearningRule() }
        reduction = GradientReduction(pieces)
        self.ranks = ranks
        exchange = shares.map {
            GradientExchange(ranks, $0, pieces: pieces, flatCount: model.parameters.flatCount)
        }
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
    ///   - makeBatch: makes one of them; called on a worker, for the micro-batches of this rank.
    /// - Throws: what `makeBatch` throws, on any rank.
    func gradient(
        microBatchCount: Int, tokenCount: Int, key: RandomKey,
        makeBatch: @escaping @Sendable (Int) throws -> TrainingBatch
    ) throws -> BatchGradient {
        let (model, precision, configuration) = (model, precision, lossConfiguration)
        if precision == .bfloat16 { model.parameters.updateBFloat16Values() }
        let own = GradientTree.share(ranks.rank, of: ranks.count, leafCount: microBatchCount)
        let tree = GradientTree(
            leafCount: microBatchCount, own: own, reusing: free + lastSums, make: makeGradients)
        let losses = workers.map(itemCount: own.count) { item -> Result<TrainingLoss, any Error> in
            Result {
                let index = own.lowerBound + item
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
        let loss = try ranks.sum(Result { try losses.map { try $0.get() } })
        let (sums, free) = tree.finish()
        self.free = free
        lastSums = sums.map(\.gradients)
        if let exchange {
            let norm = exchange(sums, leafCount: microBatchCount, workers: workers)
            return BatchGradient(values: exchange.sum, norm: norm, loss: loss)
        }
        let norm = reduction(lastSums, workers: workers)
        return BatchGradient(values: lastSums[0].values, norm: norm, loss: loss)
    }
}
