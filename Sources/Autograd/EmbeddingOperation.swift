import Tensors

extension Tape {
    /// Rows of a table for tokens, times `scale`, plus positions: the input of a decoder.
    ///
    /// - Parameters:
    ///   - tokens: batch * time tokens, one sequence after the other
    ///   - table: [vocabulary, feature]
    ///   - positions: of [time, feature]
    /// - Returns: [batch, time, feature], float32.
    public func embedding(_ tokens: [Int32], table: Parameter, positions: PositionTerm, scale: Float) -> Variable {
        let (time, columns) = (positions.values.shape[0], table.shape[1])
        precondition(
            tokens.count % max(1, time) == 0 && tokens.allSatisfy { $0 >= 0 && Int($0) < table.shape[0] }
                && positions.values.shape[1] == columns,
            "embedding: \(tokens.count) tokens for \(table.name) \(table.shape), positions \(positions.values.shape)")
        let y = Tensor(uninitialized: [tokens.count / max(1, time), time, columns])
        // A model in use has its table where it was stored: only these rows of it are converted.
        let (rows, numbers) =
            gradients == nil
            ? (table.rows(tokens.map(Int.init)), Array(0..<Int32(tokens.count))) : (table.value, tokens)
        Kernels.table.embedding(
            y.floats, rows.floats, positions.values.floats, numbers, Int64(tokens.count), Int64(time), Int64(columns),
            scale)
        return record(y, of: [], [table] + positions.parameters) { [self] dy in
            guard let gradients else { return }
            positions.backward(dy, to: gradients)
            if gradients.isFrozen(table) { return }
            Kernels.table.embedding_backward(
                gradients.gradient(of: table).floats, dy.floats, tokens, Int64(tokens.count), Int64(columns), scale)
        }
    }
}
