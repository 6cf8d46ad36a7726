import Autograd
import Tensors

/// The position-wise feed-forward network: two linear maps with a nonlinearity between; Vaswani et al. 2017, section 3.3.
public struct FeedForward: Sendable {
    public let inner: Linear
    public let outer: Linear
    let activation: Activation
    let dropout: Float

    public init(_ store: ParameterStore, _ name: String, _ configuration: TransformerConfiguration) {
        let (model, hidden) = (configuration.modelDimension, configuration.feedForwardDimension)
        inner = Linear(store, "\(name).inner", inputCount: model, outputCount: hidden)
        outer = Linear(store, "\(name).outer", inputCount: hidden, outputCount: model)
        activation = configuration.activation
        dropout = configuration.dropout
    }

    /// [batch, time, model] -> [batch, time, model]
    public func callAsFunction(_ x: Variable) -> Variable {
        let (input, precision) = (x.value, x.tape.inferencePrecision)
        guard x.tape.isInference, input.rowCount > Self.rowsPerPiece else { return network(x) }
        // Nothing of the inner layer is kept for a backward pass: some rows at a time, so that it stays in the cache.
        let rows = input.reshaped([input.rowCount, input.columnCount])
        let result = Tensor(uninitialized: rows.shape, precision.elementType)
        SharedWork.forEach(count: rows.rowCount, size: Self.rowsPerPiece) { range in
            let piece = network(Tape(precision).variable(rows.rows(range)))
            MatrixView(piece.value).copy(to: MatrixView(result.rows(range)))
        }
        return x.tape.variable(result.reshaped(input.shape))
    }

    /// Rows that are worked on at a time: the inner layer of Whisper tiny takes 1.5 MB for them.
    private static let rowsPerPiece = 256

    private func network(_ x: Variable) -> Variable {
        let hidden = inner(x, activation: activation, dropoutRate: dropout)  // [batch, time, feedForward]
        return outer(hidden)
    }
}
