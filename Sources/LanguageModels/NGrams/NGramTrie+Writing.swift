import Files
import FoundationEssentials
import Glibc

extension NGramTrie {
    /// Writes a model as a trie, which `init(path:)` maps.
    ///
    /// Little-endian: the header, `TrieHeader.longs` numbers of 8 bytes; the vocabulary, a line for each token; natural logarithms of the
    /// probabilities and back-off weights of single tokens, and where the children of each begin (4 bytes each); for every higher order
    /// two tables of 256 floats and the packed records. Each part begins at a multiple of 8.
    ///
    /// - Throws: `FileWriteError`; `LanguageModelError` for more n-grams than 32 bits can count.
    package static func write(_ model: NGramModel, to path: String) throws {
        let counts = model.orders.map(\.count)
        guard counts.allSatisfy({ $0 < Int(UInt32.max) }) else {
            throw LanguageModelError("more than \(UInt32.max) n-grams of one length: use more pruning")
        }
        let words = Array(model.vocabulary.joined(separator: "\n").utf8)
        let header = TrieHeader(vocabularyByteCount: words.count, counts: counts)
        try AtomicFile.write(to: path) { writer in
            func append(_ bytes: [UInt8]) throws {
                let padding = (8 - bytes.count % 8) % 8
                try (bytes + Array(repeating: 0, count: padding)).withUnsafeBytes { try writer.append($0) }
            }
            try append(header.bytes)
            try append(words)
            let unigrams = model.orders[0]
            try append(littleEndianBytes(unigrams.logProbabilities.map(naturalLogarithm)))
            let backoffs = unigrams.backoffs.isEmpty ? unigrams.logProbabilities.map { _ in 0 } : unigrams.backoffs
            try append(littleEndianBytes(backoffs.map(naturalLogarithm)))
            try append(firstChildren(of: model, order: 1).flatMap { withUnsafeBytes(of: $0.littleEndian, Array.init) })
            for order in 2..<max(2, counts.count + 1) {
                let level = model.orders[order - 1]
                let probabilities = level.logProbabilities.map(naturalLogarithm)
                let weights = level.backoffs.map(naturalLogarithm)
                let (probabilityCodes, weightCodes) = (Codebook(of: probabilities), Codebook(of: weights))
                for codebook in [probabilityCodes, weightCodes] {
                    let padded = codebook.values + Array(repeating: 0, count: Codebook.size - codebook.values.count)
                    try append(littleEndianBytes(padded))
                }
                let layout = header.layout(order: order)
                // One more record: where the children of the last one end.
                var records = BitPackedArray.Writer(bitsPerRecord: layout.bitsPerRecord, count: level.count + 1)
                let children = layout.childBits > 0 ? firstChildren(of: model, order: order) : []
                for place in 0...level.count {
                    let isRecord = place < level.count
                    records.append(
                        isRecord ? UInt64(model.key.lastToken(of: level.keys[place])) : 0, bits: layout.tokenBits)
                    records.append(isRecord ? UInt64(probabilityCodes.code(of: probabilities[place])) : 0, bits: 8)
                    guard layout.childBits > 0 else { continue }
                    records.append(isRecord ? UInt64(weightCodes.code(of: weights[place])) : 0, bits: 8)
                    records.append(UInt64(children[place]), bits: layout.childBits)
                }
                try append(records.bytes)
            }
        }
    }

    private static func naturalLogarithm(_ log10: Float) -> Float { log10 * Float(M_LN10) }

    private static func littleEndianBytes(_ values: [Float]) -> [UInt8] {
        values.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) }
    }

    /// Where the children of each n-gram of an order begin among those of the next, and where those of the last one end.
    private static func firstChildren(of model: NGramModel, order: Int) -> [UInt32] {
        guard order < model.order else { return Array(repeating: 0, count: model.orders[order - 1].count + 1) }
        let children = model.orders[order].keys
        var next = 0
        var result: [UInt32] = []
        result.reserveCapacity(model.orders[order - 1].count + 1)
        for parent in model.orders[order - 1].keys {
            result.append(UInt32(next))
            while next < children.count, model.key.context(of: children[next]) == parent { next += 1 }
        }
        precondition(next == children.count, "NGramTrie: n-grams without their context")
        return result + [UInt32(next)]
    }
}

/// What a trie's file begins with, and what follows from it.
struct TrieHeader {
    let vocabularyByteCount: Int
    /// n-grams of each order.
    let counts: [Int]

    /// "asrngram", read as a number.
    static let magic: UInt64 = 0x6d61_7267_6e72_7361
    static let version: UInt64 = 1
    static let highestOrder = 32

    /// How a record of an order above 1 is made up.
    struct Layout {
        let tokenBits: Int
        /// 0 for the highest order, which has no back-off weights either.
        let childBits: Int
        var bitsPerRecord: Int { tokenBits + 8 + (childBits > 0 ? 8 + childBits : 0) }
    }

    func layout(order: Int) -> Layout {
        func bits(_ largest: Int) -> Int { max(1, Int.bitWidth - largest.leadingZeroBitCount) }
        return Layout(
            tokenBits: bits(max(0, counts[0] - 1)), childBits: order < counts.count ? bits(counts[order]) : 0)
    }

    var bytes: [UInt8] {
        ([Self.magic, Self.version, UInt64(vocabularyByteCount), UInt64(counts.count)] + counts.map { UInt64($0) })
            .flatMap { withUnsafeBytes(of: $0.littleEndian, Array.init) }
    }
}
