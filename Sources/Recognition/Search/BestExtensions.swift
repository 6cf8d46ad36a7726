/// The best one-token extensions of some hypotheses among those that are offered.
struct BestExtensions {
    /// A hypothesis followed by a token.
    struct Entry {
        /// Of the extended hypothesis, in nats.
        var score: Float
        /// The number of the hypothesis.
        var parent: Int
        var token: Int
        /// What more it may be worth by what follows; entries are compared by the sum.
        var hope: Float = 0

        /// What it is compared by.
        var rank: Float { score + hope }
    }

    let capacity: Int
    /// Best first; of equals the one of the earlier parent, then the smaller token.
    private(set) var entries: [Entry] = []

    /// - Parameter capacity: how many are kept.
    init(capacity: Int) {
        self.capacity = capacity
        entries.reserveCapacity(capacity + 1)
    }

    /// Tokens of which most stretches are refused at once.
    private static let stretch = 64

    /// Offers all tokens of some ranges: `base` plus the score of each token.
    mutating func offer(_ scores: UnsafeBufferPointer<Float>, _ ranges: [Range<Int>], parent: Int, base: Float) {
        for range in ranges {
            for first in stride(from: range.lowerBound, to: range.upperBound, by: Self.stretch) {
                let tokens = first..<min(first + Self.stretch, range.upperBound)
                // Most of a large vocabulary is refused here.
                if entries.count == capacity {
                    let least = entries[capacity - 1].score
                    // Whole numbers, so that the loop vectorises.
                    var found: UInt32 = 0
                    for token in tokens { found |= base + scores[token] < least ? 0 : 1 }
                    if found == 0 { continue }
                }
                for token in tokens { offer(Entry(score: base + scores[token], parent: parent, token: token)) }
            }
        }
    }

    /// Offers one extension. One that is impossible (-infinity) or NaN is refused.
    mutating func offer(_ entry: Entry) {
        guard entry.score > -.infinity else { return }
        if capacity == 0 { return }
        if entries.count == capacity, !isBetter(entry, entries[capacity - 1]) { return }
        let place = entries.firstIndex { isBetter(entry, $0) } ?? entries.count
        entries.insert(entry, at: place)
        if entries.count > capacity { entries.removeLast() }
    }

    private func isBetter(_ a: Entry, _ b: Entry) -> Bool {
        a.rank == b.rank ? (a.parent, a.token) < (b.parent, b.token) : a.rank > b.rank
    }
}
