import Glibc

/// Estimates an n-gram model by interpolated modified Kneser-Ney smoothing (Chen and Goodman 1998, section 3), in the steps of
/// KenLM's `lmplz` (Heafield et al. 2013): n-grams of the highest order are counted, the counts of lower ones are in how many
/// different contexts they stand, and each order is interpolated with the one below.
///
/// What is sorted is sorted on disk where memory is not enough; only the n-grams of the result are kept in memory.
package final class KneserNey {
    /// How a model is estimated.
    package struct Options: Sendable {
        /// Tokens of the longest n-grams.
        package var order: Int
        /// For each order, from 1 on: n-grams that occur no more often are left out. The last number holds for all orders above; it may
        /// not fall, and is 0 for order 1.
        package var pruning: [Int] = [0]
        /// The discounts of an order whose counts give none, as those of characters, which are few: D1, D2, D3+.
        package var fallbackDiscounts: [Double] = [0.5, 1, 1.5]
        /// Memory for sorting.
        package var byteCount = 1 << 28
        /// Where space is taken if that is not enough.
        package var folder = "."

        package init(order: Int) { self.order = order }

        /// The threshold of an order, from 1 on.
        func threshold(_ order: Int) -> UInt64 { UInt64(pruning.isEmpty ? 0 : pruning[min(order, pruning.count) - 1]) }
    }

    private let options: Options
    private let vocabulary: [String]
    private let key: NGramKey
    private let counts: ExternalSorter
    private let startKey: UInt128
    private var newest: NewestNGram

    /// - Parameter vocabulary: tokens by number, the first three being `NGramModel.specialTokens`.
    /// - Throws: `LanguageModelError` for options that cannot work.
    package init(vocabulary: [String], options: Options) throws {
        guard options.order >= 2 else { throw LanguageModelError("an order of \(options.order): the lowest is 2") }
        let thresholds = (1...options.order).map(options.threshold)
        guard options.pruning.allSatisfy({ $0 >= 0 }), thresholds[0] == 0, thresholds == thresholds.sorted() else {
            throw LanguageModelError(
                "pruning \(options.pruning): expected 0 for single tokens, and numbers that do not fall from one order to the next"
            )
        }
        self.options = options
        self.vocabulary = vocabulary
        key = try NGramKey(order: options.order, vocabularySize: vocabulary.count)
        counts = ExternalSorter(folder: options.folder, byteCount: options.byteCount)
        newest = NewestNGram(vocabularySize: vocabulary.count)
        let key = key
        startKey = (1..<options.order).reduce(UInt128(0)) { result, place in
            result | UInt128(NGramModel.sentenceStart) << UInt128(place * key.bitsPerToken)
        }
    }

    /// Counts the n-grams of a sentence.
    ///
    /// - Throws: `FileWriteError` when the disk is full.
    package func add(_ sentence: some Sequence<Int>) throws {
        let highest = UInt128((options.order - 1) * key.bitsPerToken)
        var packed = startKey
        var ranks = startKey
        func count(_ token: Int, rank: Int) throws {
            packed = packed >> UInt128(key.bitsPerToken) | UInt128(token) << highest
            ranks = ranks >> UInt128(key.bitsPerToken) | UInt128(rank) << highest
            newest.offer(packed, ranks: ranks)
            try counts.add(packed)
        }
        for token in sentence { try count(token, rank: newest.rank(of: token)) }
        try count(NGramModel.sentenceEnd, rank: NGramModel.sentenceEnd)
    }

    /// The n-gram that comes last in suffix order where tokens are numbered as they first appear. `lmplz`, which numbers them so, takes the
    /// actual count of its endings for the discounts, not the adjusted one. Of many n-grams it is one; with few characters, as the
    /// alphabet, it is seen in the fourth digit.
    private struct NewestNGram {
        private(set) var key: UInt128 = 0
        private var largest: UInt128 = 0
        private var ranks: [Int]
        private var rankCount = NGramModel.specialTokens.count

        init(vocabularySize: Int) { ranks = Array(repeating: -1, count: vocabularySize) }

        /// When a token first appeared, among all.
        mutating func rank(of token: Int) -> Int {
            if ranks[token] < 0 {
                ranks[token] = token == NGramModel.unknown ? token : rankCount
                rankCount += token == NGramModel.unknown ? 0 : 1
            }
            return ranks[token]
        }

        mutating func offer(_ key: UInt128, ranks: UInt128) {
            if ranks > largest { (largest, self.key) = (ranks, key) }
        }
    }

    /// The model of all sentences.
    ///
    /// - Throws: `LanguageModelError` where there was no text; `FileWriteError`, `FileReadError`.
    package func model() throws -> NGramModel {
        let adjusted = try AdjustedCounts(
            counts, key: key, vocabularySize: vocabulary.count, newest: newest.key, options: options)
        guard adjusted.wasAnything else { throw LanguageModelError("there is no text to learn from") }
        var orders = [unigrams(adjusted)]
        for order in 2...options.order { try orders.append(higherOrder(order, adjusted, below: &orders[order - 2])) }
        let top = orders.count - 1
        for index in orders.indices {
            for place in orders[index].keys.indices {
                // Rounding may lead above 1.
                orders[index].logProbabilities[place] = min(0, log10(orders[index].logProbabilities[place]))
                if index < top { orders[index].backoffs[place] = log10(orders[index].backoffs[place]) }
            }
        }
        orders[top].backoffs = []
        return NGramModel(vocabulary: vocabulary, key: key, orders: orders)
    }

    /// Single tokens, interpolated with the uniform distribution, in which `<s>` has no part. Probabilities and back-off weights are no
    /// logarithms yet.
    private func unigrams(_ adjusted: AdjustedCounts) -> NGramModel.Order {
        let discounts = adjusted.discounts[0]
        var context = ContextSums()
        for count in adjusted.unigrams { context.add(count, isPruned: false) }
        let left = context.left(discounts)
        let uniform = 1 / Double(vocabulary.count - 1)
        var probabilities = adjusted.unigrams.map {
            Float(discounted($0, discounts) / Double(context.denominator) + left * uniform)
        }
        probabilities[NGramModel.sentenceStart] = 1  // it is given, never predicted
        return NGramModel.Order(
            keys: vocabulary.indices.map { UInt128($0) }, logProbabilities: probabilities,
            backoffs: Array(repeating: 1, count: vocabulary.count))
    }

    /// The n-grams of an order that are not pruned; the weights of their contexts go to the order below.
    private func higherOrder(
        _ order: Int, _ adjusted: AdjustedCounts, below: inout NGramModel.Order
    ) throws -> NGramModel.Order {
        let discounts = adjusted.discounts[order - 1]
        let suffixMask = key.mask(order - 1)
        let firstShift = UInt128((order - 1) * key.bitsPerToken)
        var result = NGramModel.Order()
        var group: [AdjustedCounts.Entry] = []
        var contextPlace = 0
        // Suffixes of n-grams with the same first token come in ascending order.
        var (first, suffixPlace) = (UInt128.max, 0)

        func finishGroup() {
            guard let context = group.first.map({ key.context(of: $0.key) }) else { return }
            var sums = ContextSums()
            for entry in group { sums.add(entry.count, isPruned: entry.isPruned) }
            contextPlace = below.keys.lowerBound(of: context, from: contextPlace)
            // A context that is pruned has only pruned n-grams.
            guard contextPlace < below.count, below.keys[contextPlace] == context else { return group.removeAll() }
            let left = sums.left(discounts)
            below.backoffs[contextPlace] = Float(left)
            for entry in group where !entry.isPruned {
                if entry.key >> firstShift != first { (first, suffixPlace) = (entry.key >> firstShift, 0) }
                suffixPlace = below.keys.lowerBound(of: entry.key & suffixMask, from: suffixPlace)
                precondition(
                    suffixPlace < below.count && below.keys[suffixPlace] == entry.key & suffixMask,
                    "KneserNey: an n-gram without its suffix")
                result.keys.append(entry.key)
                result.logProbabilities.append(
                    Float(
                        discounted(entry.count, discounts) / Double(sums.denominator)
                            + left * Double(below.logProbabilities[suffixPlace])))
                result.backoffs.append(1)
            }
            group.removeAll(keepingCapacity: true)
        }
        try adjusted.visit(order: order) { entry in
            if let last = group.last, key.context(of: last.key) != key.context(of: entry.key) { finishGroup() }
            group.append(entry)
        }
        finishGroup()
        return result
    }

    private func discounted(_ count: UInt64, _ discounts: [Double]) -> Double {
        count == 0 ? 0 : Double(count) - discounts[Int(min(count, 3))]
    }

    /// What is known of the n-grams of one context.
    private struct ContextSums {
        var denominator: UInt64 = 0
        private var pruned: UInt64 = 0
        /// How many have the count 1, 2, 3 and more.
        private var ofCount = [0, 0, 0, 0]

        mutating func add(_ count: UInt64, isPruned: Bool) {
            denominator += count
            if isPruned { pruned += count } else { ofCount[Int(min(count, 3))] += 1 }
        }

        /// The share of the probability that is left for the order below: gamma of Chen and Goodman, and all that was pruned.
        func left(_ discounts: [Double]) -> Double {
            let sum = (1...3).reduce(Double(pruned)) { $0 + discounts[$1] * Double(ofCount[$1]) }
            return denominator == 0 ? 1 : sum / Double(denominator)
        }
    }
}
