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

    public init() {}
}

/// Adam with decoupled weight decay, over the flat memory of all parameters, in pieces that workers take.
///
/// The gradient is the sum of several partial gradients, always added in their order, and the norm is a sum over pieces in
/// their order: the result does not depend on the number of threads.
public final class AdamW: @unchecked Sendable {
    public let configuration: AdamWConfiguration
    private let store: ParameterStore
    /// [flatCount] each
    public let firstMoment: Tensor
    public let secondMoment: Tensor
    /// Steps done.
    public var step = 0
    private let pieces: [Piece]

    private struct Piece: Sendable {
        let range: Range<Int>
        let hasWeightDecay: Bool
    }
    private static let pieceCount = 65_536  // elements

    /// - Parameter isFrozen: which parameters stay as they are; their gradients do not count either.
    public init(
        _ store: ParameterStore, configuration: AdamWConfiguration, isFrozen: (Parameter) -> Bool = { _ in false }
    ) {
        self.store = store
        self.configuration = configuration
        firstMoment = Tensor(zeros: [store.flatCount])
        secondMoment = Tensor(zeros: [store.flatCount])
        var pieces: [Piece] = []
        for parameter in store.parameters where !isFrozen(parameter) {
            let end = parameter.offset + parameter.count
            for start in stride(from: parameter.offset, to: end, by: Self.pieceCount) {
                pieces.append(
                    Piece(range: start..<min(start + Self.pieceCount, end), hasWeightDecay: parameter.hasWeightDecay))
            }
        }
        self.pieces = pieces
    }

    /// Adds all other partial gradients to the first one and returns the Euclidean norm of the sum.
    public func reduce(_ partials: [ParameterGradients], workers: WorkerPool) -> Float {
        let pieces = pieces
        let partials = partials.map(\.values)
        let squares = workers.map(itemCount: pieces.count) { item in
            let range = pieces[item].range
            let sum = partials[0].floats + range.lowerBound
            for partial in partials.dropFirst() {
                Kernels.table.add_scaled(sum, partial.floats + range.lowerBound, Int64(range.count), 1)
            }
            return Kernels.table.sum_of_squares(sum, Int64(range.count))
        }
        return Float(squares.reduce(0, +).squareRoot())
    }

    /// One step with `gradients` of Euclidean norm `norm`, clipped.
    public func update(_ gradients: ParameterGradients, norm: Float, learningRate: Float, workers: WorkerPool) {
        step += 1
        let (pieces, configuration, gradients) = (pieces, configuration, gradients.values)
        let clips = configuration.gradientClipNorm > 0 && norm > configuration.gradientClipNorm
        // As PyTorch's clip_grad_norm_: the 1e-6 keeps the quotient finite.
        let factor = clips ? configuration.gradientClipNorm / (norm + 1e-6) : 1
        let correction1 = Float(1 - pow(Double(configuration.beta1), Double(step)))
        let correction2 = Float(1 - pow(Double(configuration.beta2), Double(step)))
        workers.run(itemCount: pieces.count) { [self] item in
            let start = pieces[item].range.lowerBound
            Kernels.table.adamw(
                store.values.floats + start, gradients.floats + start, firstMoment.floats + start,
                secondMoment.floats + start, Int64(pieces[item].range.count), factor, learningRate,
                configuration.beta1, configuration.beta2, configuration.epsilon,
                pieces[item].hasWeightDecay ? configuration.weightDecay : 0, correction1, correction2)
        }
    }
}
