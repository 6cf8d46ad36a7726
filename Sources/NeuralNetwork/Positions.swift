import Autograd

/// How the layers of an encoder or a decoder know where a position stands.
public enum PositionKind: String, Codable, Sendable, CaseIterable {
    /// Sines added to the input; Vaswani et al. 2017, section 3.5.
    case sinusoidal
    /// Queries and keys turned by their position, so that attention sees distances; Su et al. 2021.
    case rotary
    /// Rows of a learned table added to the input; Vaswani et al. 2017, section 3.5, row (E) of table 3. The table's length is the
    /// longest sequence.
    case learned
}

/// The positions of an encoder or a decoder, of whatever kind.
enum Positions: Sendable {
    case sinusoidal(PositionalEncoding)
    case rotary(RotaryPositions)
    /// [position, model]
    case learned(Parameter)

    /// As BERT's; Devlin et al. 2019.
    private static let initialDeviation: Float = 0.02

    /// - Parameters:
    ///   - name: of the table, if it is learned
    ///   - count: rows of that table
    init(
        _ store: ParameterStore, _ name: String, _ kind: PositionKind, count: Int,
        _ configuration: TransformerConfiguration
    ) {
        let model = configuration.modelDimension
        self =
            switch kind {
            case .sinusoidal: .sinusoidal(PositionalEncoding(modelDimension: model))
            case .rotary: .rotary(RotaryPositions(headDimension: model / configuration.headCount))
            case .learned:
                .learned(
                    store.declare(
                        name, shape: [count, model], .normal(standardDeviation: Self.initialDeviation),
                        hasWeightDecay: false))
            }
    }

    /// What is added to the input at these positions; nil where positions act inside of attention.
    func term(_ range: Range<Int>) -> PositionTerm? {
        switch self {
        case .sinusoidal(let encoding): PositionTerm(encoding(first: range.lowerBound, count: range.count))
        case .rotary: nil
        case .learned(let table): PositionTerm(table, rows: range)
        }
    }

    /// The angles by which queries and keys at these positions are turned; nil where positions are added to the input.
    func rotation(_ range: Range<Int>) -> Rotation? {
        if case .rotary(let rotary) = self { rotary(range) } else { nil }
    }
}
