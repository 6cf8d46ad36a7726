/// Aligns a hypothesis with a reference that has alternatives and optional words.
///
/// The reference is a graph whose arcs are words; the cheapest path through graph and hypothesis wins. Costs and order
/// of preference are sclite's (`-D`): pairing first, then insertion, then deletion; the first of equal alternatives. An
/// optional word left out counts as a hit, "nothing" counts for nothing.
struct PatternAlignment {
    /// A word of the reference, or nothing, and the arcs that may come before it.
    private struct Arc {
        var word: String?
        var isOptional: Bool
        var predecessors: [Int]
    }

    /// Costs in thousandths.
    private struct Costs {
        var substitution: Int
        var insertion: Int
        var deletion: Int
        var omission: Int
        let nothing = 1

        init(_ weights: AlignmentWeights) {
            switch weights {
            case .sclite: (substitution, insertion, deletion, omission) = (4000, 3000, 3000, 2000)
            case .levenshtein: (substitution, insertion, deletion, omission) = (1000, 1000, 1000, 1)
            }
        }
    }

    private struct Cell {
        var cost: Int
        var arc: Int
        var row: Int
    }

    /// Cells of the matrix, and ways into one of its rows, that are computed before a reference is refused: a few seconds'
    /// work, and 400 MB.
    private static let cellLimit = 1 << 24

    private var arcs: [Arc] = [Arc(word: nil, isOptional: false, predecessors: [])]
    private var predecessorCount = 0
    private(set) var steps: [Alignment.Step] = []
    private(set) var counts = ErrorCounts()
    /// The words of the path that was taken, without optional words left out.
    private(set) var takenReference: [String] = []

    /// - Throws: `PairTooLong` when there are too many alternatives and words.
    init(_ pattern: ReferencePattern, hypothesis: [String], weights: AlignmentWeights) throws(PairTooLong) {
        let last = try append(pattern.elements, after: [0], hypothesisCount: hypothesis.count)
        align(hypothesis, last: last, costs: Costs(weights))
    }

    /// Adds the arcs of a sequence and returns those it may end with.
    private mutating func append(
        _ elements: [ReferencePattern.Element], after predecessors: [Int], hypothesisCount: Int
    ) throws(PairTooLong) -> [Int] {
        var ends = predecessors
        for element in elements {
            predecessorCount += ends.count
            guard predecessorCount <= Self.cellLimit / (hypothesisCount + 1) else {
                throw PairTooLong(arcs.count, hypothesisCount)
            }
            switch element {
            case .word(let word, let isOptional):
                arcs.append(Arc(word: word, isOptional: isOptional, predecessors: ends))
                ends = [arcs.count - 1]
            case .nothing:
                arcs.append(Arc(word: nil, isOptional: false, predecessors: ends))
                ends = [arcs.count - 1]
            case .alternatives(let alternatives):
                var alternativeEnds: [Int] = []
                for alternative in alternatives {
                    alternativeEnds += try append(alternative, after: ends, hypothesisCount: hypothesisCount)
                }
                ends = alternativeEnds
            }
        }
        return ends
    }

    private mutating func align(_ hypothesis: [String], last: [Int], costs: Costs) {
        let rowCount = hypothesis.count + 1
        var cells = [Cell](repeating: Cell(cost: .max / 2, arc: 0, row: 0), count: arcs.count * rowCount)
        for row in 0..<rowCount { cells[row] = Cell(cost: row * costs.insertion, arc: 0, row: max(row - 1, 0)) }
        for arc in 1..<max(arcs.count, 1) {
            let word = arcs[arc].word
            let skip = word == nil ? costs.nothing : arcs[arc].isOptional ? costs.omission : costs.deletion
            for row in 0..<rowCount {
                var best = Cell(cost: .max / 2, arc: 0, row: 0)
                if row > 0 {
                    // A word never pairs with "nothing": leaving both out is cheaper.
                    let isEqual = word == hypothesis[row - 1]
                    let pairing = isEqual ? 0 : costs.substitution
                    for predecessor in arcs[arc].predecessors where word != nil {
                        let cost = cells[predecessor * rowCount + row - 1].cost + pairing
                        if cost < best.cost { best = Cell(cost: cost, arc: predecessor, row: row - 1) }
                    }
                    let inserted = cells[arc * rowCount + row - 1].cost + costs.insertion
                    if inserted < best.cost { best = Cell(cost: inserted, arc: arc, row: row - 1) }
                }
                for predecessor in arcs[arc].predecessors {
                    let cost = cells[predecessor * rowCount + row].cost + skip
                    if cost < best.cost { best = Cell(cost: cost, arc: predecessor, row: row) }
                }
                cells[arc * rowCount + row] = best
            }
        }
        trace(
            cells, hypothesis,
            from: last.min { cells[($0 + 1) * rowCount - 1].cost < cells[($1 + 1) * rowCount - 1].cost }!)
    }

    private mutating func trace(_ cells: [Cell], _ hypothesis: [String], from last: Int) {
        let rowCount = hypothesis.count + 1
        var arc = last
        var row = hypothesis.count
        while arc > 0 || row > 0 {
            let cell = cells[arc * rowCount + row]
            let word = arcs[arc].word
            if cell.arc == arc {
                note(.insertion, reference: nil, hypothesis: hypothesis[row - 1])
            } else if cell.row == row {
                if let word { note(arcs[arc].isOptional ? .hit : .deletion, reference: word, hypothesis: nil) }
            } else {
                note(
                    word == hypothesis[row - 1] ? .hit : .substitution, reference: word, hypothesis: hypothesis[row - 1]
                )
            }
            (arc, row) = (cell.arc, cell.row)
        }
        steps.reverse()
        takenReference = steps.compactMap { $0.operation == .hit && $0.hypothesis == nil ? nil : $0.reference }
    }

    private mutating func note(_ operation: EditOperation, reference: String?, hypothesis: String?) {
        counts.add(operation, count: 1)
        steps.append(Alignment.Step(operation: operation, reference: reference, hypothesis: hypothesis))
    }
}
