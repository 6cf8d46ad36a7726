import Files

/// The counts that Kneser-Ney smoothing works with: of n-grams of the highest order and those at the beginning of a sentence, how often
/// they occur; of the others, behind how many different tokens. And the discounts that follow from them.
struct AdjustedCounts {
    /// An n-gram with its count.
    struct Entry {
        /// In reading order.
        var key: UInt128
        var count: UInt64
        /// Whether it occurs too rarely to be kept.
        var isPruned: Bool
    }

    /// Of single tokens, by number.
    private(set) var unigrams: [UInt64]
    /// D1, D2, D3+ of each order at 1...3; 0 at 0.
    private(set) var discounts: [[Double]] = []
    private(set) var wasAnything = false
    /// Orders 2 and up, by their keys.
    private let sorters: [ExternalSorter]
    private let order: Int

    /// - Parameters:
    ///   - counts: n-grams of the highest order in suffix order, those at the beginning of a sentence filled up with `<s>`.
    ///   - newest: one of them, of whose endings the actual counts go into the discounts.
    /// - Throws: `FileWriteError`, `FileReadError`.
    init(_ counts: ExternalSorter, key: NGramKey, vocabularySize: Int, newest: UInt128, options: KneserNey.Options)
        throws
    {
        let order = key.order
        self.order = order
        unigrams = Array(repeating: 0, count: vocabularySize)
        let share = options.byteCount / (order - 1)
        let sorters = (2...order).map { _ in ExternalSorter(folder: options.folder, byteCount: share) }
        self.sorters = sorters
        var statistics = [[UInt64]](repeating: [0, 0, 0, 0, 0], count: order)
        var unigrams = unigrams
        /// n-grams of n tokens that end the last record, at n - 1: their counts, adjusted and actual.
        var adjusted = [UInt64](repeating: 0, count: order)
        var actual = adjusted
        var last: UInt128 = 0
        var openCount = 0

        func emit(_ length: Int, count: UInt64, actual: UInt64) throws {
            let counted = key.commonCount(last, newest) >= length ? actual : count
            if counted < 5 { statistics[length - 1][Int(counted)] += 1 }
            let packed = key.readingOrder(ofLast: length, inSuffixOrder: last)
            guard length > 1 else {
                unigrams[Int(truncatingIfNeeded: packed)] = count
                return
            }
            let isPruned = actual <= options.threshold(length)
            try sorters[length - 2].add(packed, count: count << 1 | (isPruned ? 1 : 0))
        }

        var isFirst = true
        try counts.visit { record in
            let common = isFirst ? 0 : min(key.commonCount(last, record.key), order - 1)
            // 1. What ends otherwise now is complete.
            for length in stride(from: openCount, to: common, by: -1) {
                try emit(length, count: adjusted[length - 1], actual: actual[length - 1])
            }
            // 2. What ends alike has been seen behind one more token.
            for length in 1..<max(1, common + 1) { actual[length - 1] += record.count }
            if common > 0 { adjusted[common - 1] += 1 }
            // 3. What is new. Nothing stands before the beginning of a sentence: there counts are not adjusted.
            last = record.key
            var start: Int?
            for length in common + 1..<order + 1
            where key.token(beforeLast: length - 1, inSuffixOrder: last) == NGramModel.sentenceStart {
                start = length
                break
            }
            openCount = min(start ?? order, order - 1)
            for length in common + 1..<max(common + 1, openCount + 1) {
                adjusted[length - 1] = length == start ? record.count : 1
                actual[length - 1] = record.count
            }
            if start == nil || start == order { try emit(order, count: record.count, actual: record.count) }
            isFirst = false
        }
        for length in stride(from: openCount, to: 0, by: -1) {
            try emit(length, count: adjusted[length - 1], actual: actual[length - 1])
        }
        wasAnything = !isFirst
        self.unigrams = unigrams
        discounts = statistics.map { Self.discounts($0, fallback: options.fallbackDiscounts) }
    }

    /// Calls `body` with all n-grams of an order above 1, in reading order. Once for each order.
    func visit(order: Int, _ body: (Entry) throws -> Void) throws {
        try sorters[order - 2].visit { record in
            try body(Entry(key: record.key, count: record.count >> 1, isPruned: record.count & 1 == 1))
        }
    }

    /// Chen and Goodman, equation 26; the fallback where the counts of counts give no discount between 0 and the count.
    ///
    /// - Parameter ofCount: how many n-grams have a count of 0, 1, 2, 3, 4.
    private static func discounts(_ ofCount: [UInt64], fallback: [Double]) -> [Double] {
        let n = ofCount.map { Double($0) }  // not Double.init, which would take their bits
        guard n[1] > 0, n[2] > 0, n[3] > 0 else { return [0] + fallback }
        let y = n[1] / (n[1] + 2 * n[2])
        let discounts = (1...3).map { Double($0) - Double($0 + 1) * y * n[$0 + 1] / n[$0] }
        let areValid = zip(discounts, 1...3).allSatisfy { $0 >= 0 && $0 <= Double($1) }
        return [0] + (areValid ? discounts : fallback)
    }
}
