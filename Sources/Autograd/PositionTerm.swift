import Tensors

/// What is added to a sequence so that a layer knows where each position stands: constants, or rows of a table that is learned.
public struct PositionTerm: Sendable {
    /// [time, feature], float32
    let values: Tensor
    private let table: Parameter?
    private let firstRow: Int

    /// Constants.
    ///
    /// - Parameter values: [time, feature], float32
    public init(_ values: Tensor) {
        self.values = values
        table = nil
        firstRow = 0
    }

    /// Rows of a learned table.
    ///
    /// - Parameters:
    ///   - table: [position, feature]
    ///   - rows: one for each position of the sequences; past the table's end there may only be padding, to which nothing is added
    public init(_ table: Parameter, rows: Range<Int>) {
        precondition(
            rows.lowerBound <= table.shape[0], "PositionTerm: positions \(rows) of \(table.name) \(table.shape)")
        let known = table.value.rows(rows.clamped(to: 0..<table.shape[0]))
        if known.shape[0] == rows.count {
            values = known
        } else {
            values = Tensor(zeros: [rows.count, table.shape[1]])
            values.floats.update(from: known.floats, count: known.count)
        }
        self.table = table
        firstRow = rows.lowerBound
    }

    /// The parameters that the term depends on.
    var parameters: [Parameter] { table.map { [$0] } ?? [] }

    /// Adds the gradient of the sum of sequence and term, [batch, time, feature] float32, to that of the table.
    func backward(_ gradient: Tensor, to gradients: ParameterGradients?) {
        guard let table, let gradients, !gradients.isFrozen(table) else { return }
        let (time, columns) = (values.shape[0], values.shape[1])
        let count = min(time, table.shape[0] - firstRow) * columns
        let sum = gradients.gradient(of: table).floats + firstRow * columns
        for first in stride(from: 0, to: gradient.count, by: max(1, values.count)) {
            ElementType.float32.kernels.add(sum, gradient.floats + first, Int64(count))
        }
    }
}
