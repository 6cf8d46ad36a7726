import Tensors

extension Variable {
    /// The same elements under another shape of the same size.
    public func reshaped(_ shape: [Int]) -> Variable {
        let original = value.shape
        return tape.record(value.reshaped(shape), of: [self]) { [tape] gradient in
            tape.accumulate(self, gradient.reshaped(original))
        }
    }
}

/// Pairs of `count` positions, of which the last may lack its second half.
public func pairCount(_ count: Int) -> Int { (count + 1) / 2 }

extension Variable {
    /// Two positions each side by side: [batch, time, feature] -> [batch, pairCount(time), 2 * feature]; zeros stand for what the last one lacks.
    public func joiningPairs() -> Variable {
        let (batch, time, columns) = (value.shape[0], value.shape[1], value.shape[2])
        let pairs = pairCount(time)
        if time % 2 == 0 { return reshaped([batch, pairs, 2 * columns]) }
        let (size, padded, type) = (time * columns, 2 * pairs * columns, value.elementType)
        func views(_ short: Tensor, _ long: Tensor) -> (short: MatrixView, long: MatrixView) {
            (
                MatrixView(short.pointer, type, rows: batch, columns: size),
                MatrixView(long.pointer, type, rows: batch, columns: size, rowStride: padded)
            )
        }
        let y = Tensor(zeros: [batch, pairs, 2 * columns], type)
        let (from, to) = views(value, y)
        from.copy(to: to)
        return tape.record(y, of: [self]) { [tape] dy in
            tape.accumulate(self) { dx, accumulate in
                let (to, from) = views(dx, dy)
                from.copy(to: to, accumulate: accumulate)
            }
        }
    }
}
