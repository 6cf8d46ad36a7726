import Tensors

extension Variable {
    /// The same sequences with the positions outermost, as a recurrent network reads them: [batch, time, feature] -> [time, batch, feature].
    public func timeMajor() -> Variable {
        tape.record(value.swappingOuterAxes(), of: [self]) { [tape] dy in
            tape.accumulate(self, dy.swappingOuterAxes())
        }
    }
}

extension Tape {
    /// What networks that read [time, batch, feature] have written, side by side, batch outermost again; 0 behind the end of a sequence.
    ///
    /// - Parameters:
    ///   - outputs: at least one, [time, batch, feature] each, of one shape
    ///   - lengths: positions of each sequence
    /// - Returns: [batch, time, outputs.count * feature]
    public func batchMajor(_ outputs: [Variable], lengths: [Int]) -> Variable {
        let first = outputs[0].value
        let (time, batch, columns) = (first.shape[0], first.shape[1], first.shape[2])
        precondition(
            outputs.allSatisfy { $0.value.shape == first.shape && $0.value.elementType == first.elementType }
                && lengths.count == batch && lengths.allSatisfy { $0 >= 0 && $0 <= time },
            "batchMajor: outputs \(outputs.map(\.value.shape)), lengths \(lengths)")
        let (type, width) = (first.elementType, outputs.count * columns)
        /// The positions of a sequence in one of the outputs, and in the result.
        func views(_ b: Int, _ index: Int, output: Tensor, joined: Tensor) -> (output: MatrixView, joined: MatrixView) {
            (
                MatrixView(
                    output.pointer(at: b * columns), type, rows: lengths[b], columns: columns,
                    rowStride: batch * columns),
                MatrixView(
                    joined.pointer(at: b * time * width + index * columns), type, rows: lengths[b], columns: columns,
                    rowStride: width)
            )
        }
        let isPadded = lengths.contains { $0 < time }
        let y =
            isPadded ? Tensor(zeros: [batch, time, width], type) : Tensor(uninitialized: [batch, time, width], type)
        for (index, output) in outputs.enumerated() {
            for b in 0..<batch {
                let views = views(b, index, output: output.value, joined: y)
                views.output.copy(to: views.joined)
            }
        }
        return record(y, of: outputs) { [self] dy in
            for (index, output) in outputs.enumerated() {
                accumulate(output) { gradient, accumulate in
                    if !accumulate && isPadded {
                        gradient.pointer.initializeMemory(
                            as: UInt8.self, repeating: 0, count: gradient.count * type.byteCount)
                    }
                    for b in 0..<batch {
                        let views = views(b, index, output: gradient, joined: dy)
                        views.joined.copy(to: views.output, accumulate: accumulate)
                    }
                }
            }
        }
    }
}

extension Tensor {
    /// [first, second, feature] -> [second, first, feature]
    fileprivate func swappingOuterAxes() -> Tensor {
        let (first, second, columns) = (shape[0], shape[1], shape[2])
        let result = Tensor(uninitialized: [second, first, columns], elementType)
        for index in 0..<first {
            MatrixView(pointer(at: index * second * columns), elementType, rows: second, columns: columns)
                .copy(
                    to: MatrixView(
                        result.pointer(at: index * columns), elementType, rows: second, columns: columns,
                        rowStride: first * columns))
        }
        return result
    }
}
