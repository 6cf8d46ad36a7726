import Autograd
import Glibc

/// The angles of rotary positions: position t turns plane i by t / 10000^(2 i / headDimension); Su et al. 2021,
/// section 3.2.2.
public final class RotaryPositions: Sendable {
    private let cosines: PositionTable
    private let sines: PositionTable

    /// - Parameter headDimension: even
    public init(headDimension: Int) {
        precondition(headDimension % 2 == 0, "RotaryPositions: head dimension \(headDimension) is odd")
        let frequencies = (0..<headDimension / 2).map {
            exp(-log(10_000) * Double(2 * $0) / Double(headDimension))
        }
        cosines = PositionTable(columnCount: headDimension / 2) { Float(cos(Double($0) * frequencies[$1])) }
        sines = PositionTable(columnCount: headDimension / 2) { Float(sin(Double($0) * frequencies[$1])) }
    }

    /// The angles of these positions.
    public func callAsFunction(_ range: Range<Int>) -> Rotation {
        Rotation(cosines: cosines(range), sines: sines(range))
    }
}
