import Autograd
import Datasets
import MessagePassing
import Models
import Numerics
import Tensors

/// Computes the gradient of a batch: threads take one micro-batch after the other, a `GradientTree` adds up their gradients.
///
/// As many threads work as there are micro-batches; the bits do not depend on how many do, nor on the number of ranks that share a batch.
package final class GradientWorkers {
    /// The gradient of a batch.
    package struct BatchGradient {
        /// [flatCount], of the parameters that learn; with several ranks only of this rank's part of them.
        let values: Tensor
        /// Euclidean, over all parameters that learn.
        package let norm: Float
        package let loss: TrainingLoss
    }

    private let parameters: ParameterStore
    private let makeGradients: @Sendable () -> ParameterGradients
    private let parts: GradientParts
    private let reduction: GradientReduction
    private let ranks: Ranks
    /// Adds up the gradients of several ranks.
    private let exchange: GradientExchange?
    private let workers: WorkerPool
    private let precision: ElementType
    /// Gradients of the batch before, to be used again.
    private var free: [ParameterGradients] = []
    private var lastSums: [ParameterGradients] = []

    /// - Parameters:
    ///   - isFrozen: what does not learn in the next steps.
    ///   - shares: which rank moves which parameters; nil: this one all of them.
    package init(
        _ parameters: ParameterStore, precision: ElementType,
        isFrozen: @escaping @Sendable (Parameter) -> Bool = { _ in false }, workers: WorkerPool,
        ranks: Ranks = Ranks(SingleProcess()), shares: ParameterShares? = nil
    ) {
        self.parameters = parameters
        makeGradients = { ParameterGradients(for: parameters, isFrozen: isFrozen) }
        let pieces = ParameterPieces(parameters) { isFrozen($0) ? nil : LearningRule() }
        reduction = GradientReduction(pieces)
        self.ranks = ranks
        let exchange = GradientExchange(
            ranks, shares ?? ParameterShares(pieces, rankCount: 1), pieces: pieces, of: parameters, isFrozen: isFrozen)
        parts = exchange.parts
        self.exchange = ranks.areSeveral ? exchange : nil
        self.workers = workers
        self.precision = precision
    }

    /// The gradient of a batch, valid until the next call.
    ///
    /// - Parameters:
    ///   - microBatchCount: how many there are.
    ///   - key: the key of this step's random numbers.
    ///   - computeLoss: the loss of one of them, whose gradient it puts in place; called on a worker, for the micro-batches of this rank, with
    ///     its own key.
    /// - Throws: what `computeLoss` throws, on any rank.
    package func gradient(
        microBatchCount: Int, key: RandomKey,
        computeLoss: @escaping @Sendable (Int, Tape, RandomKey) throws -> TrainingLoss
    ) throws -> BatchGradient {
        let precision = precision
        if precision == .bfloat16 { parameters.updateBFloat16Values() }
        let own = GradientTree.share(ranks.rank, of: ranks.count, leafCount: microBatchCount)
        let tree = GradientTree(
            leafCount: microBatchCount, own: own, parts, reusing: free + lastSums, make: makeGradients)
        exchange?.begin(tree, leafCount: microBatchCount)
        let losses = workers.map(itemCount: own.count) { item -> Result<TrainingLoss, any Error> in
            Result {
                let index = own.lowerBound + item
                let leaf = tree.leaf(index)
                // After an error too: other ranks wait for what is sent, before all of them end with it.
                defer { leaf.finish() }
                let key = key.derived(index)
                let tape = Tape(precision: precision, gradients: leaf.gradients, dropoutKey: key)
                let loss = try computeLoss(index, tape, key)
                tape.backward(finished: leaf.finish)
                return loss
            }
        } meanwhile: {
            exchange?.advanceUntilSent()
        }
        (lastSums, free) = (tree.sums, tree.free)
        let norm = exchange?.finish() ?? reduction(lastSums, workers: workers)
        let loss = try ranks.sum(Result { try losses.map { try $0.get() } })
        return BatchGradient(values: exchange?.sum ?? lastSums[0].values, norm: norm, loss: loss)
    }
}

extension EncoderDecoder {
    /// What computes the loss of a micro-batch for `GradientWorkers`.
    ///
    /// - Parameters:
    ///   - tokenCount: predicted tokens of the whole batch.
    ///   - makeBatch: makes one of its micro-batches.
    func microBatchLoss(
        tokenCount: Int, _ configuration: LossConfiguration,
        makeBatch: @escaping @Sendable (Int) throws -> TrainingBatch
    ) -> @Sendable (Int, Tape, RandomKey) throws -> TrainingLoss {
        { index, tape, key in
            self.loss(
                try makeBatch(index), tape: tape, tokenCount: tokenCount, configuration,
                samplingKey: key.derived("scheduled sampling"))
        }
    }
}
