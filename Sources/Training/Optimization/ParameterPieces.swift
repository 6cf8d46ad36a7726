import Autograd

/// The parameters of a model that learn, cut into pieces of their flat memory that workers take one after the other.
package struct ParameterPieces: Sendable {
    struct Piece: Sendable {
        /// Elements of the flat memory.
        let range: Range<Int>
        let hasWeightDecay: Bool
    }

    let pieces: [Piece]
    private static let size = 65_536  // elements

    /// - Parameter isFrozen: which parameters stay as they are.
    package init(_ store: ParameterStore, isFrozen: (Parameter) -> Bool = { _ in false }) {
        var pieces: [Piece] = []
        for parameter in store.parameters where !isFrozen(parameter) {
            let end = parameter.offset + parameter.count
            for start in stride(from: parameter.offset, to: end, by: Self.size) {
                pieces.append(
                    Piece(range: start..<min(start + Self.size, end), hasWeightDecay: parameter.hasWeightDecay))
            }
        }
        self.pieces = pieces
    }
}
