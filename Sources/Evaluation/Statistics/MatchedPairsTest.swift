#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The matched-pairs sentence-segment word error test (MAPSSWE) of two systems, as NIST's sc_stats does it.
///
/// Gillick and Cox (1989), "Some statistical issues in the comparison of speech recognition algorithms". Where both
/// systems are right for two words in a row, errors before and after are independent: there the text is cut. Over the
/// segments with errors the mean difference of errors is compared with its standard deviation.
public struct MatchedPairsTest: Sendable, Hashable, Codable {
    /// Segments in which at least one system has an error.
    public var segmentCount = 0
    /// Errors of the first minus errors of the second system in a segment, on average.
    public var meanDifference = 0.0
    public var standardDeviation = 0.0
    /// Mean / (standard deviation / root of segments); 0 when all differences are equal.
    public var zStatistic = 0.0
    /// Two-sided, from the normal distribution: how probable such a difference is if the systems are equally good.
    public var pValue = 1.0

    /// - Parameter pairs: the operations of both systems' alignments to the same reference, utterance by utterance.
    public init(_ pairs: some Sequence<(first: [EditOperation], second: [EditOperation])>) {
        var differences: [Int] = []
        for pair in pairs { SegmentFinder(first: pair.first, second: pair.second).find(&differences) }
        segmentCount = differences.count
        guard segmentCount > 0 else { return }
        let count = Double(segmentCount)
        meanDifference = Double(differences.reduce(0, +)) / count
        let squares = differences.reduce(0.0) { $0 + (Double($1) - meanDifference) * (Double($1) - meanDifference) }
        guard squares > 0 else { return }
        standardDeviation = (squares / (count - 1)).squareRoot()
        zStatistic = meanDifference / (standardDeviation / count.squareRoot())
        pValue = erfc(abs(zStatistic) / 2.0.squareRoot())
    }
}

/// Cuts one utterance into segments: errors with up to two words on each side that both systems have right.
private struct SegmentFinder {
    /// So many right words in a row separate two segments (sc_stats' default).
    static let separatingWordCount = 2

    private enum State {
        /// Before the next error, between errors, and in right words after an error.
        case before, error, good
    }

    let first: [EditOperation]
    let second: [EditOperation]

    func find(_ differences: inout [Int]) {
        var (i, j) = (0, 0)
        var goodEnd = (first: 0, second: 0)
        var goodCount = 0
        var state = State.before
        while i < first.count {
            while i < first.count && first[i] == .insertion {
                i += 1
                state = .error
            }
            while j < second.count && second[j] == .insertion {
                j += 1
                state = .error
            }
            let isGood = i < first.count && j < second.count && first[i] == .hit && second[j] == .hit
            switch state {
            case .before where isGood: goodEnd = (i, j)
            case .before: state = .error
            case .error where isGood:
                goodCount = 1
                state = .good
            case .error: break
            case .good where isGood:
                goodCount += 1
                if goodCount == Self.separatingWordCount {
                    append(from: goodEnd, to: (i, j), &differences)
                    goodEnd = (i, j)
                    state = .before
                }
            case .good: state = .error
            }
            if i < first.count { i += 1 }
            if j < second.count { j += 1 }
        }
        if state != .before || j < second.count {
            append(from: goodEnd, to: (first.count - 1, second.count - 1), &differences)
        }
    }

    private func append(
        from start: (first: Int, second: Int), to end: (first: Int, second: Int), _ differences: inout [Int]
    ) {
        let errors = (
            Self.errorCount(first, from: start.first, to: end.first),
            Self.errorCount(second, from: start.second, to: end.second)
        )
        if errors.0 + errors.1 > 0 { differences.append(errors.0 - errors.1) }
    }

    private static func errorCount(_ operations: [EditOperation], from start: Int, to end: Int) -> Int {
        let start = max(0, start - (separatingWordCount - 1))
        return start > end ? 0 : operations[start...end].count { $0 != .hit }
    }
}
