import Numerics
import Tensors

/// A back-off n-gram model as a trie from the first token to the last, quantised and mapped from its file: probabilities and back-off
/// weights of orders above 1 are 8-bit codes, and a record has as many bits as it needs. Thread-safe.
///
/// All probabilities are natural logarithms.
public final class NGramTrie: @unchecked Sendable {
    /// Where a history is in the trie: for each length the n-gram that ends it.
    package struct Context: Sendable, Hashable {
        /// The place of the last `index + 1` tokens among the n-grams of that order; -1 where they are none. The token itself is
        /// always there.
        fileprivate(set) var places: [Int32]
    }

    /// Tokens by number; the first three are `NGramModel.specialTokens`.
    package let vocabulary: [String]
    package let order: Int
    /// Bytes of the file.
    public let byteCount: Int
    /// Keeps the memory that the others point to.
    private let file: MappedFile
    private let unigrams: UnsafeRawPointer
    private let unigramBackoffs: UnsafeRawPointer
    private let unigramChildren: UnsafeRawPointer
    /// Orders 2 and up.
    private let levels: [Level]

    /// The n-grams of one order.
    private struct Level: @unchecked Sendable {
        let records: BitPackedArray
        let probabilities: UnsafeRawPointer
        let backoffs: UnsafeRawPointer
        let layout: TrieHeader.Layout
        let childCount: Int
        let tokenMask: UInt64
        let childMask: UInt64

        @inline(__always) func token(_ place: Int) -> Int {
            Int(truncatingIfNeeded: records.field(place, at: 0, mask: tokenMask))
        }

        @inline(__always) func logProbability(_ place: Int) -> Float {
            let code = records.field(place, at: layout.tokenBits, mask: 0xFF)
            return probabilities.loadUnaligned(fromByteOffset: Int(code) * 4, as: Float.self)
        }

        func backoff(_ place: Int) -> Float {
            let code = records.field(place, at: layout.tokenBits + 8, mask: 0xFF)
            return backoffs.loadUnaligned(fromByteOffset: Int(code) * 4, as: Float.self)
        }

        /// A damaged file gives wrong n-grams, but none outside of it.
        func children(_ place: Int) -> Range<Int> {
            func begin(_ place: Int) -> Int {
                min(
                    Int(truncatingIfNeeded: records.field(place, at: layout.tokenBits + 16, mask: childMask)),
                    childCount)
            }
            let first = begin(place)
            return first..<max(first, begin(place + 1))
        }
    }

    /// Maps a file.
    ///
    /// - Throws: `LanguageModelError` naming the file and what is wrong with it.
    package init(path: String) throws(LanguageModelError) {
        guard let file = MappedFile(path: path), let start = file.bytes.baseAddress else {
            throw LanguageModelError("\(path): no such file, or it cannot be read; make the language model again")
        }
        self.file = file
        byteCount = file.bytes.count
        var reader = Reader(path: path, start: start, left: file.bytes.count)
        guard file.bytes.count >= 32, try reader.number() == TrieHeader.magic else {
            throw LanguageModelError("\(path): this is no n-gram model of this program; make the language model again")
        }
        let version = try reader.number()
        guard version == TrieHeader.version else {
            throw LanguageModelError(
                "\(path): version \(version), and this program reads version \(TrieHeader.version); make the language model again, or use "
                    + "another version of this program")
        }
        let (vocabularyByteCount, order) = (try reader.number(), try reader.number())
        guard (1...UInt64(TrieHeader.highestOrder)).contains(order) else { throw reader.damaged }
        var counts: [Int] = []
        for _ in 0..<order { counts.append(try reader.size(limit: UInt64(UInt32.max))) }
        let header = TrieHeader(
            vocabularyByteCount: try reader.checked(vocabularyByteCount, limit: UInt64(file.bytes.count)),
            counts: counts)
        let words = try reader.part(header.vocabularyByteCount)
        let text = UnsafeRawBufferPointer(start: words, count: header.vocabularyByteCount)
        vocabulary = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
        guard vocabulary.count == counts[0], vocabulary.starts(with: NGramModel.specialTokens) else {
            throw reader.damaged
        }
        self.order = counts.count
        unigrams = try reader.part(counts[0] * 4)
        unigramBackoffs = try reader.part(counts[0] * 4)
        unigramChildren = try reader.part((counts[0] + 1) * 4)
        var levels: [Level] = []
        for order in 2..<max(2, counts.count + 1) {
            let layout = header.layout(order: order)
            let (probabilities, backoffs) = (try reader.part(Codebook.size * 4), try reader.part(Codebook.size * 4))
            let size = BitPackedArray.byteCount(bitsPerRecord: layout.bitsPerRecord, count: counts[order - 1] + 1)
            levels.append(
                Level(
                    records: BitPackedArray(
                        try reader.part(size), bitsPerRecord: layout.bitsPerRecord, count: counts[order - 1]),
                    probabilities: probabilities, backoffs: backoffs, layout: layout,
                    childCount: order < counts.count ? counts[order] : 0,
                    tokenMask: 1 << UInt64(layout.tokenBits) - 1, childMask: 1 << UInt64(layout.childBits) - 1))
        }
        guard reader.left == 0 else { throw reader.damaged }
        self.levels = levels
    }

    /// Takes the parts of a file, each of which begins at a multiple of 8 bytes.
    private struct Reader {
        let path: String
        var start: UnsafeRawPointer
        var left: Int

        var damaged: LanguageModelError {
            LanguageModelError("\(path): damaged, or cut off; make the language model again, or copy it again")
        }

        mutating func part(_ byteCount: Int) throws(LanguageModelError) -> UnsafeRawPointer {
            let padded = (byteCount + 7) / 8 * 8
            guard padded <= left else { throw damaged }
            defer {
                start += padded
                left -= padded
            }
            return start
        }

        mutating func number() throws(LanguageModelError) -> UInt64 {
            try part(8).loadUnaligned(as: UInt64.self).littleEndian
        }

        mutating func size(limit: UInt64) throws(LanguageModelError) -> Int { try checked(number(), limit: limit) }

        func checked(_ number: UInt64, limit: UInt64) throws(LanguageModelError) -> Int {
            guard number <= limit else { throw damaged }
            return Int(number)
        }
    }

    /// Adds all of the file, 8 bytes at a time.
    func add(to fingerprint: inout Fingerprint) {
        let bytes = file.bytes
        for offset in stride(from: 0, to: bytes.count - 7, by: 8) {
            fingerprint.add(bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian)
        }
    }

    /// n-grams of each order, from 1 on.
    package var counts: [Int] { [vocabulary.count] + levels.map(\.records.count) }

    /// The history at the beginning of a sentence.
    package var start: Context { advanced(Context(places: []), by: NGramModel.sentenceStart) }

    /// A history that is not known.
    package var empty: Context { Context(places: []) }

    /// The history with one more token.
    package func advanced(_ context: Context, by token: Int) -> Context {
        guard order > 1 else { return context }
        var places = [Int32(token)]
        for (index, place) in context.places.enumerated() where index + 2 < order {
            places.append(place < 0 ? -1 : Int32(child(token, ofOrder: index + 1, Int(place)) ?? -1))
        }
        // Longer histories that lead nowhere need not be looked at again.
        while places.count > 1, places.last == -1 { places.removeLast() }
        return Context(places: places)
    }

    /// The n-grams that end a history, the shortest first: their orders and places.
    package func histories(of context: Context) -> [(order: Int, place: Int)] {
        context.places.enumerated().compactMap { $1 < 0 ? nil : ($0 + 1, Int($1)) }
    }

    /// The history of the last `count` tokens.
    package func shortened(_ context: Context, to count: Int) -> Context {
        Context(places: Array(context.places.prefix(count)))
    }

    /// ln p(token | context).
    package func logProbability(of token: Int, after context: Context) -> Float {
        var backoff: Float = 0
        for (index, place) in context.places.enumerated().reversed() where place >= 0 {
            if let child = child(token, ofOrder: index + 1, Int(place)) {
                return backoff + levels[index].logProbability(child)
            }
            backoff += self.backoff(ofOrder: index + 1, Int(place))
        }
        return backoff + unigramLogProbability(of: token)
    }

    /// ln p(token | context) of every token: [token].
    package func logProbabilities(after context: Context, into result: UnsafeMutableBufferPointer<Float>) {
        precondition(
            result.count == vocabulary.count, "NGramTrie: \(result.count) places for \(vocabulary.count) tokens")
        for token in result.indices { result[token] = unigramLogProbability(of: token) }
        for (index, place) in context.places.enumerated() where place >= 0 {
            let backoff = backoff(ofOrder: index + 1, Int(place))
            if backoff != 0 { for token in result.indices { result[token] += backoff } }
            let level = levels[index]
            for child in children(ofOrder: index + 1, Int(place)) where level.token(child) < result.count {
                result[level.token(child)] = level.logProbability(child)
            }
        }
    }

    package func unigramLogProbability(of token: Int) -> Float {
        unigrams.loadUnaligned(fromByteOffset: token * 4, as: Float.self)
    }

    /// ln of the back-off weight of an n-gram.
    package func backoff(ofOrder order: Int, _ place: Int) -> Float {
        order == 1
            ? unigramBackoffs.loadUnaligned(fromByteOffset: place * 4, as: Float.self)
            : levels[order - 2].backoff(place)
    }

    /// The n-grams that continue one of `order` tokens: places in the next order, by their last token.
    package func children(ofOrder order: Int, _ place: Int) -> Range<Int> {
        guard order < self.order else { return 0..<0 }
        guard order == 1 else { return levels[order - 2].children(place) }
        func begin(_ place: Int) -> Int {
            min(
                Int(unigramChildren.loadUnaligned(fromByteOffset: place * 4, as: UInt32.self).littleEndian),
                levels[0].records.count)
        }
        let first = begin(place)
        return first..<max(first, begin(place + 1))
    }

    /// The last token of an n-gram of `order` tokens, and ln of its probability.
    package func entry(ofOrder order: Int, _ place: Int) -> (token: Int, logProbability: Float) {
        (levels[order - 2].token(place), levels[order - 2].logProbability(place))
    }

    /// The n-gram of `order + 1` tokens that continues one of `order`.
    private func child(_ token: Int, ofOrder order: Int, _ place: Int) -> Int? {
        let range = children(ofOrder: order, place)
        guard !range.isEmpty else { return nil }
        let level = levels[order - 1]
        var (low, high) = (range.lowerBound, range.upperBound)
        while low < high {
            let middle = (low + high) / 2
            if level.token(middle) < token { low = middle + 1 } else { high = middle }
        }
        return low < range.upperBound && level.token(low) == token ? low : nil
    }
}
