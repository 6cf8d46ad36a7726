import Autograd
import CKernels
import Files
import Glibc
import Tensors

/// The constants of AdamW (Loshchilov and Hutter 2019), and of the average of the weights that it gives.
public struct AdamWConfiguration: Codable, Sendable, Equatable {
    public var beta1: Float = 0.9
    public var beta2: Float = 0.98
    public var epsilon: Float = 1e-8
    /// Of matrices; biases and normalisation have none.
    public var weightDecay: Float = 0.01
    /// Gradients of a larger Euclidean norm are scaled down to it; 0: never.
    public var gradientClipNorm: Float = 5
    /// How much of the moving average of the weights a step keeps, such as 0.999; the average is then what is evaluated and
    /// written. 0: no average.
    public var averageDecay: Float = 0
    /// What the learning rate is multiplied by, by beginnings of names of parameters: `encoder: 0.1`. The longest one that fits counts; 1
    /// where none does.
    public var rateFactors: [String: Float] = [:]

    public init() {}
}

/// Adam with decoupled weight decay, over the flat memory of all parameters, in pieces that workers take.
public final class AdamW: @unchecked Sendable {
    public let configuration: AdamWConfiguration
    private let store: ParameterStore
    /// [flatCount] each
    public let firstMoment: Tensor
    public let secondMoment: Tensor
    /// Steps done.
    public var step = 0
    private let pieces: [ParameterPieces.Piece]

    /// - Parameters:
    ///   - rule: how a parameter learns; nil: never.
    ///   - isOwned: whether this optimiser moves a piece, given by its elements of the flat memory; the moments of others take no memory.
    public init(
        _ store: ParameterStore, configuration: AdamWConfiguration,
        rule: (Parameter) -> LearningRule? = { _ in LearningRule() }, isOwned: (Range<Int>) -> Bool = { _ in true }
    ) {
        self.store = store
        self.configuration = configuration
        firstMoment = Tensor(untouchedZeros: [store.flatCount])
        secondMoment = Tensor(untouchedZeros: [store.flatCount])
        pieces = ParameterPieces(store, rule: rule).pieces.filter { isOwned($0.range) }
    }

    /// One step with `gradients` of Euclidean norm `norm`, clipped.
    public func update(_ gradients: ParameterGradients, norm: Float, learningRate: Float, workers: WorkerPool) {
        update(gradients.values, norm: norm, learningRate: learningRate, workers: workers)
    }

    /// One step with gradients [flatCount] of Euclidean norm `norm`, clipped.
    func update(_ gradients: Tensor, norm: Float, learningRate: Float, workers: WorkerPool) {
        step += 1
        let (pieces, configuration) = (pieces, configuration)
        let clips = configuration.gradientClipNorm > 0 && norm > configuration.gradientClipNorm
        // As PyTorch's clip_grad_norm_: the 1e-6 keeps the quotient finite.
        let factor = clips ? configuration.gradientClipNorm / (norm + 1e-6) : 1
        workers.run(itemCount: pieces.count) { [self] item in
            let piece = pieces[item]
            let steps = Double(step - piece.frozenStepCount)  // of this piece
            if steps < 1 { return }
            let correction1 = Float(1 - pow(Double(configuration.beta1), steps))
            let correction2 = Float(1 - pow(Double(configuration.beta2), steps))
            let start = piece.range.lowerBound
            Kernels.table.adamw(
                store.values.floats + start, gradients.floats + start, firstMoment.floats + start,
                secondMoment.floats + start, Int64(piece.range.count), factor, learningRate * piece.rateFactor,
                configuration.beta1, configuration.beta2, configuration.epsilon,
                piece.hasWeightDecay ? configuration.weightDecay : 0, correction1, correction2)
        }
    }
}
