import Autograd
import CKernels
import Tensors

/// The exponential moving average of all weights of a model, in a second store of the same layout: it forgets the noise of single
/// steps, and so often recognises better than the weights themselves; Polyak and Juditsky 1992, Tarvainen and Valpola 2017.
public final class WeightAverage: @unchecked Sendable {
    /// How much of the average a step keeps, at most.
    public let decay: Float
    private let weights: ParameterStore
    private let average: ParameterStore
    private static let pieceCount = 65_536  // elements

    /// An average that begins with the weights as they are.
    ///
    /// - Parameters:
    ///   - weights: what is averaged.
    ///   - average: where the average is kept: allocated here, with the same parameters as `weights`.
    /// - Throws: `AllocationError` if there is no memory left for the average.
    public init(_ weights: ParameterStore, in average: ParameterStore, decay: Float) throws(AllocationError) {
        precondition(
            weights.flatCount == average.flatCount,
            "WeightAverage: \(weights.flatCount) elements averaged into \(average.flatCount)")
        self.weights = weights
        self.average = average
        self.decay = decay
        try average.allocate()
        average.values.floats.update(from: weights.values.floats, count: weights.flatCount)
    }

    /// The average, [flatCount].
    public var values: Tensor { average.values }

    /// The decay of a step, counted from 1: as much as the average already knows, so that the first weights, which are random,
    /// are soon forgotten (the rule of TensorFlow's ExponentialMovingAverage).
    public static func decay(step: Int, limit: Float) -> Float { min(limit, Float(1 + step) / Float(10 + step)) }

    /// Moves the average towards the weights that step `step`, counted from 1, has given.
    public func update(step: Int, workers: WorkerPool) {
        let factor = 1 - Self.decay(step: step, limit: decay)
        let count = weights.flatCount
        workers.run(itemCount: (count + Self.pieceCount - 1) / Self.pieceCount) { [self] item in
            let start = item * Self.pieceCount
            Kernels.table.move_towards(
                average.values.floats + start, weights.values.floats + start,
                Int64(min(Self.pieceCount, count - start)), factor)
        }
    }
}
