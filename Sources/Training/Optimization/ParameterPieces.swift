import Autograd

/// The parameters of a model that learn, cut into pieces of their flat memory that workers take one after the other.
package struct ParameterPieces: Sendable {
    struct Piece: Sendable {
        /// Elements of the flat memory.
        let range: Range<Int>
        let hasWeightDecay: Bool
        /// What the learning rate is multiplied by.
        let rateFactor: Float
        /// First steps in which it stays as it is.
        let frozenStepCount: Int
    }

    let pieces: [Piece]
    private static let size = 65_536  // elements

    /// - Parameter rule: how a parameter learns; nil: never.
    package init(_ store: ParameterStore, rule: (Parameter) -> LearningRule? = { _ in LearningRule() }) {
        var pieces: [Piece] = []
        for parameter in store.parameters {
            guard let rule = rule(parameter) else { continue }
            let end = parameter.offset + parameter.count
            for start in stride(from: parameter.offset, to: end, by: Self.size) {
                pieces.append(
                    Piece(
                        range: start..<min(start + Self.size, end), hasWeightDecay: parameter.hasWeightDecay,
                        rateFactor: rule.rateFactor, frozenStepCount: rule.frozenStepCount))
            }
        }
        self.pieces = pieces
    }
}

/// How a parameter learns.
public struct LearningRule: Sendable, Equatable {
    /// What the learning rate is multiplied by.
    public var rateFactor: Float
    /// First steps in which it stays as it is.
    public var frozenStepCount: Int

    public init(rateFactor: Float = 1, frozenStepCount: Int = 0) {
        self.rateFactor = rateFactor
        self.frozenStepCount = frozenStepCount
    }
}
