import Files
import Glibc

/// Reads ARPA files, as KenLM and SRILM write them (SRILM, `ngram-format(5)`), packed by gzip or not.
final class ARPAReader {
    private let lines: TextLines
    private var current: TextLine?
    private var words: [String: Int] = [:]
    private var vocabulary = NGramModel.specialTokens

    /// The most n-grams and the highest order that a header may announce.
    private static let largestCount = 1 << 32
    private static let highestOrder = 32

    /// - Throws: `TextFileError` naming the line and what is wrong there; `LanguageModelError`.
    static func read(_ path: String) throws -> NGramModel {
        try ARPAReader(path).model()
    }

    private init(_ path: String) throws { lines = try TextLines(path: path) }

    private func model() throws -> NGramModel {
        let counts = try header()
        var orders: [NGramModel.Order] = []
        // Single tokens: they are the vocabulary.
        var (probabilities, backoffs) = ([Float](repeating: .nan, count: 3), [Float](repeating: 0, count: 3))
        try section(1, count: counts[0], hasBackoffs: counts.count > 1) { line, probability, tokens, backoff in
            let word = String(decoding: tokens[0], as: UTF8.self)
            let name = word == "<UNK>" ? "<unk>" : word
            let number = NGramModel.specialTokens.firstIndex(of: name) ?? vocabulary.count
            guard words.updateValue(number, forKey: word) == nil else {
                throw Self.error(line, "\"\(word)\" is there twice")
            }
            if number == vocabulary.count {
                vocabulary.append(word)
                probabilities.append(probability)
                backoffs.append(backoff)
            } else {
                (probabilities[number], backoffs[number]) = (probability, backoff)
            }
        }
        for (token, isNeeded) in [
            (NGramModel.unknown, false), (NGramModel.sentenceStart, false), (NGramModel.sentenceEnd, true),
        ]
        where probabilities[token].isNaN {
            guard !isNeeded else {
                throw TextFileError(.malformed, lines.path, "has no \(vocabulary[token]) among its 1-grams")
            }
            probabilities[token] = Self.impossible
        }
        let key = try NGramKey(order: counts.count, vocabularySize: vocabulary.count)
        orders.append(
            .init(keys: vocabulary.indices.map { UInt128($0) }, logProbabilities: probabilities, backoffs: backoffs))
        for order in 2..<max(2, counts.count + 1) {
            orders.append(try higherOrder(order, count: counts[order - 1], key, isHighest: order == counts.count))
        }
        guard let end = current, end.isEqual("\\end\\") else {
            throw Self.error(
                current, lines.path, "expected \\end\\: the file is cut off, or its header counts too few n-grams")
        }
        if counts.count == 1 { orders[0].backoffs = [] }
        var model = NGramModel(vocabulary: vocabulary, key: key, orders: orders)
        model.addMissingContexts()
        return model
    }

    /// log10 of a probability that stands for 0.
    private static let impossible: Float = -99

    /// The counts after `\data\`, of each order.
    private func header() throws -> [Int] {
        try advance()
        // What stands before the header is a comment.
        while let line = current, !line.isEqual("\\data\\") { try advance() }
        guard current != nil else {
            throw TextFileError(.malformed, lines.path, "has no \\data\\: this is no ARPA file")
        }
        try advance()
        var counts: [Int] = []
        while let line = current, line.bytes.starts(with: "ngram ".utf8) {
            let parts = line.string.dropFirst("ngram ".count).split(separator: "=")
            guard parts.count == 2, let order = Int(parts[0].filter { $0 != " " }),
                let count = Int(parts[1].filter { $0 != " " }), (0...Self.largestCount).contains(count)
            else { throw Self.error(line, "expected \"ngram ORDER=COUNT\"") }
            guard order == counts.count + 1, order <= Self.highestOrder else {
                throw Self.error(
                    line, "expected the count of order \(counts.count + 1), which may be at most \(Self.highestOrder)")
            }
            counts.append(count)
            try advance()
        }
        guard !counts.isEmpty else { throw Self.error(current, lines.path, "the header counts no n-grams") }
        return counts
    }

    private func higherOrder(
        _ order: Int, count: Int, _ key: NGramKey, isHighest: Bool
    ) throws -> NGramModel.Order {
        var entries: [(key: UInt128, probability: Float, backoff: Float)] = []
        // No more than a lying header could do harm with.
        entries.reserveCapacity(min(count, 1 << 16))
        let words = words
        try section(order, count: count, hasBackoffs: !isHighest) { line, probability, tokens, backoff in
            var packed: UInt128 = 0
            for token in tokens {
                let word = String(decoding: token, as: UTF8.self)
                guard let number = words[word] else { throw Self.error(line, "\"\(word)\" is not among the 1-grams") }
                packed = key.appending(number, to: packed)
            }
            entries.append((packed, probability, backoff))
        }
        entries.sort { $0.key < $1.key }
        for (a, b) in zip(entries, entries.dropFirst()) where a.key == b.key {
            let tokens = key.tokens(of: a.key, order: order).map { vocabulary[$0] }.joined(separator: " ")
            throw TextFileError(.malformed, lines.path, "the \(order)-gram \"\(tokens)\" is there twice")
        }
        return NGramModel.Order(
            keys: entries.map(\.key), logProbabilities: entries.map(\.probability),
            backoffs: isHighest ? [] : entries.map(\.backoff))
    }

    /// The n-grams of one order: exactly `count` of them.
    private func section(
        _ order: Int, count: Int, hasBackoffs: Bool,
        _ body: (TextLine, Float, [Slice<UnsafeBufferPointer<UInt8>>], Float) throws -> Void
    ) throws {
        guard let line = current, line.isEqual("\\\(order)-grams:") else {
            throw Self.error(
                current, lines.path,
                order == 1
                    ? "expected \\1-grams:"
                    : "expected \\\(order)-grams:; the file is cut off, or its header counts too few \(order - 1)-grams"
            )
        }
        for read in 0..<count {
            try advance()
            guard let line = current, line.bytes.first != UInt8(ascii: "\\") else {
                throw Self.error(
                    current, lines.path,
                    "only \(read) of the \(count) \(order)-grams that the header counts: the file is cut off")
            }
            try line.checkUTF8()
            let fields = line.bytes.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
            guard fields.count == order + 1 || (fields.count == order + 2 && hasBackoffs) else {
                throw Self.error(
                    line,
                    "expected a log probability, \(order) tokens\(hasBackoffs ? " and perhaps a back-off weight" : ""), not \(fields.count) fields"
                )
            }
            let probability = try number(fields[0], line)
            guard probability <= 0 else { throw Self.error(line, "the log probability \(probability) is above 0") }
            let backoff = fields.count == order + 2 ? try number(fields[order + 1], line) : 0
            try body(line, probability, Array(fields[1...order]), backoff)
        }
        try advance()
    }

    /// A finite number; -infinity, which some programs write, is refused as NaN is.
    private func number(_ field: Slice<UnsafeBufferPointer<UInt8>>, _ line: TextLine) throws -> Float {
        let text = String(decoding: field, as: UTF8.self)
        guard let value = Float(text), value.isFinite else {
            throw Self.error(line, "\"\(text)\" is no finite number; write -99 for a probability of 0")
        }
        return value
    }

    /// Goes to the next line that is not blank; nil at the end.
    private func advance() throws {
        repeat { current = try lines.next() } while current?.isBlank == true
    }

    private static func error(_ line: TextLine, _ message: String) -> TextFileError {
        TextFileError(.malformed, line.path, line: line.number, message)
    }

    private static func error(_ line: TextLine?, _ path: String, _ message: String) -> TextFileError {
        TextFileError(.malformed, path, line: line?.number, message)
    }
}

extension TextLine {
    /// Whether it is this text, blanks at its end aside.
    fileprivate func isEqual(_ text: String) -> Bool {
        var end = bytes.endIndex
        while end > bytes.startIndex, bytes[end - 1] == 0x20 || bytes[end - 1] == 0x09 { end -= 1 }
        return bytes[..<end].elementsEqual(text.utf8)
    }
}

extension NGramModel {
    /// Reads an ARPA file.
    ///
    /// - Throws: `TextFileError` naming the line and what is wrong there; `LanguageModelError`.
    package init(arpa path: String) throws { self = try ARPAReader.read(path) }

    /// Adds the n-grams that are contexts of others but not listed, as SRILM's pruning leaves them, with the probability that the model
    /// gives them and a back-off weight of 1: the model stays the same.
    mutating func addMissingContexts() {
        for index in stride(from: orders.count - 2, to: 0, by: -1) {
            var missing: [UInt128] = []
            var last: UInt128?
            for longer in orders[index + 1].keys {
                let context = key.context(of: longer)
                if context != last, orders[index].place(of: context) == nil { missing.append(context) }
                last = context
            }
            guard !missing.isEmpty else { continue }
            let probabilities = missing.map { packed in
                let tokens = key.tokens(of: packed, order: index + 1)
                return logProbability(of: tokens.last!, after: tokens.dropLast())
            }
            let all = zip(orders[index].keys, zip(orders[index].logProbabilities, orders[index].backoffs)).map {
                ($0, $1)
            }
            let merged = (all + zip(missing, probabilities).map { ($0, ($1, 0)) }).sorted { $0.0 < $1.0 }
            orders[index] = Order(
                keys: merged.map(\.0), logProbabilities: merged.map(\.1.0), backoffs: merged.map(\.1.1))
        }
    }
}
