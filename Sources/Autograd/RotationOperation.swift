import Tensors

/// The angles of rotary positions: position t turns the plane of elements i and i + headDimension / 2 by
/// t / 10000^(2 i / headDimension); Su et al. 2021, section 3.2.2.
public struct Rotation: Sendable {
    /// [time, headDimension / 2] each
    public let cosines: Tensor
    public let sines: Tensor

    public init(cosines: Tensor, sines: Tensor) {
        precondition(
            cosines.shape == sines.shape && cosines.shape.count == 2,
            "Rotation: cosines \(cosines.shape), sines \(sines.shape)")
        self.cosines = cosines
        self.sines = sines
    }
}

extension Variable {
    /// Turns the heads in the first `columnCount` columns by their positions, so that the product of a query and a key
    /// depends on how far they are from each other; the other columns stay.
    ///
    /// - Parameters:
    ///   - rotation: at least as many positions as this has
    ///   - columnCount: a multiple of the head dimension
    /// - Returns: [batch, time, column] for this of [batch, time, column].
    public func rotated(by rotation: Rotation, columnCount: Int) -> Variable {
        let x = value
        let (batch, time, columns) = (x.shape[0], x.shape[1], x.shape[2])
        let headDimension = 2 * rotation.cosines.shape[1]
        precondition(
            rotation.cosines.shape[0] >= time && columnCount <= columns && columnCount % headDimension == 0,
            "rotated: \(columnCount) columns of \(x.shape) by \(rotation.cosines.shape)")
        func turned(_ x: Tensor, direction: Float) -> Tensor {
            let y = Tensor(uninitialized: x.shape, x.elementType)
            x.elementType.kernels.rotate(
                y.pointer, x.pointer, rotation.cosines.floats, rotation.sines.floats, Int64(batch), Int64(time),
                Int64(columns), Int64(columnCount), Int64(headDimension), direction)
            return y
        }
        return tape.record(turned(x, direction: 1), of: [self]) { [tape] dy in
            tape.accumulate(self, turned(dy, direction: -1))
        }
    }
}
