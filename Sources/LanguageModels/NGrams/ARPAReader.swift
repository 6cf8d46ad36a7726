import Files
import Glibc

/// Reads ARPA files, as KenLM and SRILM write them (SRILM, `ngram-format(5)`), packed by gzip or not.
///
/// Sections and the counts of the header may come in any order. Back-off weights, `<s>` and `<unk>` may be missing; the names of the special tokens
/// may be in upper case.
final class ARPAReader {
    private let path: String
    private var lines: TextLines
    private var current: TextLine?
    /// The number of the last line that has been read.
    private var lastLine = 0
    private let numbers = TokenNumbers()
    private var vocabulary = NGramModel.specialTokens
    /// Of each order; nil: not read yet.
    private var orders: [NGramModel.Order?] = []

    /// The most n-grams and the highest order that a header may announce.
    private static let largestCount = 1 << 32
    private static let highestOrder = 32

    /// - Throws: `TextFileError` naming the line and what is wrong there; `LanguageModelError`.
    static func read(_ path: String) throws -> NGramModel {
        try ARPAReader(path).model()
    }

    private init(_ path: String) throws {
        self.path = path
        lines = try TextLines(path: path)
    }

    private func model() throws -> NGramModel {
        let counts = try header()
        orders = counts.map { _ in nil }
        try sections(counts)
        if orders.contains(where: { $0 == nil }) {
            // What came before its tokens is read now that they are known.
            lines = try TextLines(path: path)
            _ = try header()
            try sections(counts)
        }
        var model = NGramModel(
            vocabulary: vocabulary, key: try NGramKey(order: counts.count, vocabularySize: vocabulary.count),
            orders: orders.compactMap(\.self))
        model.addMissingContexts()
        return model
    }

    /// log10 of what stands for a probability of 0.
    static let impossible: Float = -99

    /// The counts after `\data\`, of each order.
    private func header() throws -> [Int] {
        try advance()
        // What stands before the header is a comment.
        while let line = current, !line.isEqual("\\data\\") { try advance() }
        guard current != nil else {
            throw TextFileError(.malformed, path, "has no \\data\\: this is no ARPA file")
        }
        var counts: [Int: Int] = [:]
        try advance()
        while let line = current, line.bytes.starts(with: "ngram ".utf8) {
            let parts = line.string.dropFirst("ngram ".count).split(separator: "=")
            guard parts.count == 2, let order = Int(parts[0].filter { $0 != " " }),
                let count = Int(parts[1].filter { $0 != " " }), (0...Self.largestCount).contains(count)
            else { throw error("expected \"ngram ORDER=COUNT\"") }
            guard (1...Self.highestOrder).contains(order) else {
                throw error("order \(order): expected one from 1 to \(Self.highestOrder)")
            }
            guard counts.updateValue(count, forKey: order) == nil else {
                throw error("the header counts order \(order) twice")
            }
            try advance()
        }
        guard let highest = counts.keys.max() else { throw error("the header counts no n-grams") }
        return try (1...highest).map { order in
            guard let count = counts[order] else { throw error("the header does not count order \(order)") }
            return count
        }
    }

    /// All sections up to `\end\`: reads those that have not been read and can be, and passes over the others.
    private func sections(_ counts: [Int]) throws {
        var seen: Set<Int> = []
        while let line = current, !line.isEqual("\\end\\") {
            guard let order = counts.indices.first(where: { line.isEqual("\\\($0 + 1)-grams:") }) else { break }
            guard seen.insert(order).inserted else { throw error("the \(order + 1)-grams are there twice") }
            if orders[order] != nil || (order > 0 && orders[0] == nil) {
                repeat { try advance() } while current.map { $0.bytes.first != UInt8(ascii: "\\") } ?? false
            } else if order == 0 {
                orders[0] = try singleTokens(count: counts[0], hasBackoffs: counts.count > 1)
            } else {
                let key = try NGramKey(order: counts.count, vocabularySize: vocabulary.count)
                orders[order] = try higherOrder(
                    order + 1, count: counts[order], key, isHighest: order + 1 == counts.count)
            }
        }
        let missing = counts.indices.first { !seen.contains($0) }
        guard missing == nil, current != nil, current?.isEqual("\\end\\") == true else {
            let expected = missing.map { "\\\($0 + 1)-grams:" } ?? "\\end\\"
            throw error("expected \(expected); the file is cut off, or its header counts too few n-grams")
        }
    }

    /// Single tokens: they are the vocabulary.
    private func singleTokens(count: Int, hasBackoffs: Bool) throws -> NGramModel.Order {
        var (probabilities, backoffs) = ([Float](repeating: .nan, count: 3), [Float](repeating: 0, count: 3))
        try section(1, count: count, hasBackoffs: hasBackoffs) { probability, tokens, backoff in
            let token = tokens.first!
            let word = String(decoding: token, as: UTF8.self)
            let number = Self.specialToken(token) ?? vocabulary.count
            guard numbers[token] == nil, number == vocabulary.count || probabilities[number].isNaN else {
                throw error("\"\(word)\" is there twice")
            }
            numbers.add(token, number)
            if number == vocabulary.count {
                vocabulary.append(word)
                probabilities.append(probability)
                backoffs.append(backoff)
            } else {
                (probabilities[number], backoffs[number]) = (probability, backoff)
            }
        }
        guard !probabilities[NGramModel.sentenceEnd].isNaN else {
            throw TextFileError(.malformed, path, "has no </s> among its 1-grams")
        }
        for token in [NGramModel.unknown, NGramModel.sentenceStart] where probabilities[token].isNaN {
            probabilities[token] = Self.impossible
        }
        return NGramModel.Order(
            keys: vocabulary.indices.map { UInt128($0) }, logProbabilities: probabilities,
            backoffs: hasBackoffs ? backoffs : [])
    }

    /// The number of `<unk>`, `<s>` or `</s>`, in lower or upper case; nil for any other token.
    private static func specialToken(_ token: Slice<UnsafeBufferPointer<UInt8>>) -> Int? {
        guard token.first == UInt8(ascii: "<"), token.count <= 5 else { return nil }
        return NGramModel.specialTokens.firstIndex(of: String(decoding: token, as: UTF8.self).lowercased())
    }

    private func higherOrder(
        _ order: Int, count: Int, _ key: NGramKey, isHighest: Bool
    ) throws -> NGramModel.Order {
        var entries: [(key: UInt128, probability: Float, backoff: Float, line: Int)] = []
        // No more than a lying header could do harm with.
        entries.reserveCapacity(min(count, 1 << 16))
        try section(order, count: count, hasBackoffs: !isHighest) { probability, tokens, backoff in
            var packed: UInt128 = 0
            for token in tokens {
                guard let number = numbers[token] else {
                    throw error("\"\(String(decoding: token, as: UTF8.self))\" is not among the 1-grams")
                }
                packed = key.appending(number, to: packed)
            }
            entries.append((packed, probability, backoff, lastLine))
        }
        entries.sort { ($0.key, $0.line) < ($1.key, $1.line) }
        for (a, b) in zip(entries, entries.dropFirst()) where a.key == b.key {
            let tokens = key.tokens(of: a.key, order: order).map { vocabulary[$0] }.joined(separator: " ")
            throw TextFileError(.malformed, path, line: b.line, "the \(order)-gram \"\(tokens)\" is there twice")
        }
        return NGramModel.Order(
            keys: entries.map(\.key), logProbabilities: entries.map(\.probability),
            backoffs: isHighest ? [] : entries.map(\.backoff))
    }

    /// The n-grams of one order: exactly `count` of them. The current line is the head of the section, and then what follows it.
    private func section(
        _ order: Int, count: Int, hasBackoffs: Bool,
        _ body: (Float, ArraySlice<Slice<UnsafeBufferPointer<UInt8>>>, Float) throws -> Void
    ) throws {
        for read in 0..<count {
            try advance()
            guard let line = current, line.bytes.first != UInt8(ascii: "\\") else {
                throw error("only \(read) of the \(count) \(order)-grams that the header counts: the file is cut off")
            }
            try line.checkUTF8()
            let fields = line.bytes.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
            guard fields.count == order + 1 || (fields.count == order + 2 && hasBackoffs) else {
                throw error(
                    "expected a log probability, \(order) tokens\(hasBackoffs ? " and perhaps a back-off weight" : ""), not \(fields.count) fields"
                )
            }
            let isStart = order == 1 && Self.specialToken(fields[1]) == NGramModel.sentenceStart
            let probability = try number(fields[0], canBeMinusInfinity: isStart)
            guard probability <= 0 else { throw error("the log probability \(probability) is above 0") }
            let backoff = fields.count == order + 2 ? try number(fields[order + 1]) : 0
            try body(probability, fields[1...order], backoff)
        }
        try advance()
    }

    /// A finite number. -infinity, which some programs write for `<s>`, is refused elsewhere, as NaN is.
    private func number(_ field: Slice<UnsafeBufferPointer<UInt8>>, canBeMinusInfinity: Bool = false) throws -> Float {
        let text = String(decoding: field, as: UTF8.self)
        guard let value = Float(text), value.isFinite || (canBeMinusInfinity && value == -.infinity) else {
            throw error("\"\(text)\" is no finite number; write -99 for a probability of 0")
        }
        return value.isFinite ? value : Self.impossible
    }

    /// Goes to the next line that is not blank; nil at the end.
    private func advance() throws {
        repeat {
            current = try lines.next()
            if let current { lastLine = current.number }
        } while current?.isBlank == true
    }

    /// At the line that was read last.
    private func error(_ message: String) -> TextFileError {
        TextFileError(.malformed, path, line: lastLine, message)
    }
}

/// The numbers of tokens, which are told apart by their bytes, as in KenLM: to `String`, é in one character and in two are the same.
private final class TokenNumbers {
    /// Bytes that live as long as they are looked at.
    private struct Token: Hashable {
        let bytes: UnsafeRawBufferPointer

        static func == (a: Token, b: Token) -> Bool {
            a.bytes.count == b.bytes.count && memcmp(a.bytes.baseAddress!, b.bytes.baseAddress!, a.bytes.count) == 0
        }
        func hash(into hasher: inout Hasher) { hasher.combine(bytes: bytes) }
    }

    private var numbers: [Token: Int] = [:]

    deinit { for token in numbers.keys { token.bytes.deallocate() } }

    /// nil: there is no such token. No token is empty.
    subscript(token: Slice<UnsafeBufferPointer<UInt8>>) -> Int? {
        numbers[Token(bytes: UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: token)))]
    }

    /// Adds a token that is not there yet.
    func add(_ token: Slice<UnsafeBufferPointer<UInt8>>, _ number: Int) {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: token.count, alignment: 1)
        copy.copyBytes(from: token)
        numbers[Token(bytes: UnsafeRawBufferPointer(copy))] = number
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
