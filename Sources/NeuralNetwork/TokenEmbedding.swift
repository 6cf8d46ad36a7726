import Autograd
import Tensors

/// The input of a decoder: a row of a learned table for each token.
struct TokenEmbedding: Sendable {
    /// [vocabulary, model]
    let table: Parameter
    /// What the rows are multiplied by.
    let scale: Float

    /// Normal values of variance 1 / model.
    ///
    /// - Parameter isScaled: whether rows are multiplied by the square root of the model dimension; Vaswani et al. 2017, section 3.4.
    init(_ store: ParameterStore, _ name: String, vocabularySize: Int, modelDimension: Int, isScaled: Bool) {
        table = store.declare(
            "\(name).embedding.weight", shape: [vocabularySize, modelDimension],
            .normal(standardDeviation: 1 / Float(modelDimension).squareRoot()))
        scale = isScaled ? Float(modelDimension).squareRoot() : 1
    }

    /// [tokens.count / time, time, model], float32
    ///
    /// - Parameter positions: of [time, model], which are added
    func callAsFunction(_ tokens: [Int32], adding positions: PositionTerm, on tape: Tape) -> Variable {
        tape.embedding(tokens, table: table, positions: positions, scale: scale)
    }

    /// The same with nothing added.
    func callAsFunction(_ tokens: [Int32], time: Int, on tape: Tape) -> Variable {
        self(tokens, adding: PositionTerm(Tensor(zeros: [time, table.shape[1]])), on: tape)
    }
}
