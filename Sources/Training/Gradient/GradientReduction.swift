import Autograd
import CKernels
import Tensors

/// Adds partial sums of a gradient, in their order, and computes the Euclidean norm of the sum: in pieces that workers take, and
/// a sum over pieces in their order, so that the result does not depend on the number of threads.
///
/// The gradients of the micro-batches are added in `GradientTree`; the partial sums here are the two halves that it leaves. Where several
/// processes have parts of a batch `GradientExchange` takes its place.
package struct GradientReduction: Sendable {
    private let pieces: ParameterPieces

    package init(_ pieces: ParameterPieces) { self.pieces = pieces }

    /// Adds all other partial sums to the first one.
    ///
    /// - Parameter partials: at least one.
    /// - Returns: the norm of the sum over all parameters that learn.
    package func callAsFunction(_ partials: [ParameterGradients], workers: WorkerPool) -> Float {
        let pieces = pieces.pieces
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
}
