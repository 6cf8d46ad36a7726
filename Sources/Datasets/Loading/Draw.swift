/// What an epoch may draw: an utterance, or several that follow each other and are heard as one recording.
///
/// An utterance of weight 2.5 has three draws, the last of which comes in every other epoch.
package struct Draw: Equatable, Sendable {
    /// Its places in the training data.
    package let utterances: Range<Int>
    /// Counted from 0: each copy is augmented anew.
    package let copy: Int
    /// How often it comes in an epoch, 0...1.
    package let weight: Double

    /// Whether it is the first copy of a single utterance.
    package var isFirst: Bool { copy == 0 && utterances.count == 1 }

    /// The draws of utterances with these weights: first copies first, and of those single utterances first.
    ///
    /// - Parameters:
    ///   - joined: utterances that are heard as one, as `joined` gives them.
    ///   - share: of the epochs in which these come so, and not one by one; 0..<1.
    package static func all(weights: [Double], joined: [Range<Int>] = [], share: Double = 0) -> [Draw] {
        precondition(0..<1 ~= share, "Draw: a share of \(share)")
        var singles = weights
        for range in joined {
            for utterance in range { singles[utterance] *= 1 - share }
        }
        let items =
            singles.indices.map { (utterances: $0..<$0 + 1, weight: singles[$0]) }
            + joined.map { (utterances: $0, weight: share * weights[$0.lowerBound]) }
        let copyCount = Int((items.map(\.weight).max() ?? 0).rounded(.up))
        return (0..<copyCount).flatMap { (copy: Int) -> [Draw] in
            items.filter { $0.weight > Double(copy) }
                .map { Draw(utterances: $0.utterances, copy: copy, weight: min(1, $0.weight - Double(copy))) }
        }
    }

    /// Joins utterances that follow each other, as many as fit; those of one list are often of one speaker, and of one text.
    ///
    /// - Parameters:
    ///   - weights: how often each comes; only equal ones are joined.
    ///   - fits: whether these, joined, can be learned from; of a single one: whether it can, which others are not joined with otherwise.
    /// - Returns: two or more utterances each, in their order.
    package static func joined(weights: [Double], fits: (Range<Int>) -> Bool) -> [Range<Int>] {
        var result: [Range<Int>] = []
        var current = 0..<0
        for utterance in weights.indices {
            let (alone, longer) = (utterance..<utterance + 1, current.lowerBound..<utterance + 1)
            let canLearn = fits(alone)
            if canLearn && !current.isEmpty && weights[current.lowerBound] == weights[utterance] && fits(longer) {
                current = longer
                continue
            }
            if current.count > 1 { result.append(current) }
            current = canLearn ? alone : 0..<0
        }
        return current.count > 1 ? result + [current] : result
    }
}
