/// A back-off n-gram model in memory: what an ARPA file holds, and what a compact `NGramTrie` is made of.
///
/// log10 p(w | context) is that of the longest n-gram that is listed; for every context that is listed, but not with w, its back-off
/// weight is added and the context's first token dropped.
package struct NGramModel: Sendable {
    /// The n-grams of one length, sorted by their keys.
    package struct Order: Sendable {
        /// The tokens, packed in reading order.
        var keys: [UInt128] = []
        /// log10.
        package var logProbabilities: [Float] = []
        /// log10; 0 where it is no context. Empty for the highest order.
        package var backoffs: [Float] = []

        package var count: Int { keys.count }

        /// The place of an n-gram; nil where it is not listed.
        func place(of key: UInt128) -> Int? {
            let place = keys.lowerBound(of: key)
            return place < keys.count && keys[place] == key ? place : nil
        }
    }

    /// What stands for any token that the model does not know, the beginning and the end of a sentence.
    package static let specialTokens = ["<unk>", "<s>", "</s>"]
    package static let unknown = 0
    package static let sentenceStart = 1
    package static let sentenceEnd = 2

    /// Tokens by number; the first three are `specialTokens`.
    package let vocabulary: [String]
    let key: NGramKey
    /// `orders[n - 1]`: n-grams of n tokens; those of one token are all there, by number.
    package var orders: [Order]

    package var order: Int { orders.count }

    /// log10 of the probability of a token behind others.
    package func logProbability(of token: Int, after context: [Int]) -> Float {
        let context = context.suffix(order - 1)
        var backoff: Float = 0
        for start in context.startIndex...context.endIndex {
            let packed = context[start...].reduce(UInt128(0)) { key.appending($1, to: $0) }
            let length = context.endIndex - start
            if let place = orders[length].place(of: key.appending(token, to: packed)) {
                return backoff + orders[length].logProbabilities[place]
            }
            if length > 0, let place = orders[length - 1].place(of: packed) {
                backoff += orders[length - 1].backoffs[place]
            }
        }
        return -.infinity
    }

    /// The model with other tokens. N-grams of a token that is left out are left out too.
    ///
    /// - Parameters:
    ///   - numbers: the new number of each token; nil: it is left out.
    ///   - vocabulary: the tokens by their new numbers.
    /// - Throws: `LanguageModelError` where the n-grams have no room.
    func renumbered(_ numbers: [Int?], vocabulary: [String]) throws(LanguageModelError) -> NGramModel {
        let newKey = try NGramKey(order: order, vocabularySize: vocabulary.count)
        let newOrders = orders.enumerated().map { index, order in
            var entries: [(key: UInt128, place: Int)] = []
            entries.reserveCapacity(order.count)
            for (place, packed) in order.keys.enumerated() {
                var newPacked: UInt128? = 0
                for shift in stride(from: index * key.bitsPerToken, through: 0, by: -key.bitsPerToken) {
                    let number = numbers[key.lastToken(of: packed >> UInt128(shift))]
                    newPacked = number.flatMap { number in newPacked.map { newKey.appending(number, to: $0) } }
                }
                if let newPacked { entries.append((newPacked, place)) }
            }
            entries.sort { $0.key < $1.key }
            return Order(
                keys: entries.map(\.key), logProbabilities: entries.map { order.logProbabilities[$0.place] },
                backoffs: order.backoffs.isEmpty ? [] : entries.map { order.backoffs[$0.place] })
        }
        return NGramModel(vocabulary: vocabulary, key: newKey, orders: newOrders)
    }
}

extension Array where Element: Comparable {
    /// The first place from `first` on whose element is not below `value`; the array is sorted. Near places are found first.
    func lowerBound(of value: Element, from first: Int = 0) -> Int {
        withUnsafeBufferPointer { elements in
            var (low, step) = (first, 1)
            while low + step < elements.count, elements[low + step - 1] < value {
                low += step
                step *= 2
            }
            var high = Swift.min(low + step, elements.count)
            while low < high {
                let middle = (low + high) / 2
                if elements[middle] < value { low = middle + 1 } else { high = middle }
            }
            return low
        }
    }
}
