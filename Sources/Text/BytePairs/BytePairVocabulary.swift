/// A byte-level vocabulary: ordinary tokens, each a string of bytes, and behind them special tokens, each a name.
///
/// A token's number is its rank: of two pairs of neighbours, the one whose joined bytes have the lower number is merged first
/// (Sennrich et al. 2016; over bytes: Radford et al. 2019, section 2.2).
public struct BytePairVocabulary: Sendable, Equatable {
    /// A token has at most this many bytes.
    public static let longestTokenByteCount = 1024
    /// A vocabulary has at most this many tokens; Whisper's have 51,866.
    public static let largestCount = 1 << 20

    /// The bytes of the ordinary tokens, one behind the other.
    private let bytes: [UInt8]
    /// Where the bytes of each ordinary token begin, and where the last one ends.
    private let starts: [Int32]
    /// The names of the special tokens, whose numbers follow those of the ordinary ones.
    public let specialNames: [String]
    /// Token numbers in places given by the hash of their bytes, with linear probing; -1 where there is none.
    private let table: [Int32]
    /// The most bytes that an ordinary token has.
    let longestByteCount: Int

    /// A vocabulary of these ordinary tokens, in the order of their numbers.
    ///
    /// - Throws: `VocabularyError` if a token occurs twice or is too long, or a single byte is no token.
    public init(tokens: some Sequence<[UInt8]>, specialNames: [String] = []) throws(VocabularyError) {
        var bytes: [UInt8] = []
        var starts: [Int32] = [0]
        for token in tokens {
            guard token.count <= Self.longestTokenByteCount else {
                throw VocabularyError(
                    "token \(starts.count - 1) has \(token.count) bytes; at most \(Self.longestTokenByteCount) are read"
                )
            }
            bytes.append(contentsOf: token)
            starts.append(Int32(bytes.count))
            guard starts.count + specialNames.count <= Self.largestCount else {
                throw VocabularyError("more than \(Self.largestCount) tokens")
            }
        }
        try self.init(bytes: bytes, starts: starts, specialNames: specialNames)
    }

    /// As above, with tokens in GPT-2's letters, as files have them.
    init(letters: [String], specialNames: [String]) throws(VocabularyError) {
        var bytes: [UInt8] = []
        var starts: [Int32] = [0]
        starts.reserveCapacity(letters.count + 1)
        guard letters.count + specialNames.count <= Self.largestCount else {
            throw VocabularyError("more than \(Self.largestCount) tokens")
        }
        for (number, token) in letters.enumerated() {
            let start = bytes.count
            guard ByteLetters.appendBytes(of: token.utf8, to: &bytes),
                bytes.count - start <= Self.longestTokenByteCount
            else {
                throw VocabularyError(
                    "token \(number), \"\(token.prefix(40))\", is not written in the letters of a byte-level vocabulary, or is too "
                        + "long")
            }
            starts.append(Int32(bytes.count))
        }
        try self.init(bytes: bytes, starts: starts, specialNames: specialNames)
    }

    /// The ordinary tokens in GPT-2's letters.
    var letters: [String] { (0..<ordinaryCount).map { ByteLetters.text(of: bytes(of: $0)) } }

    /// As above, from bytes one behind the other; `starts` begins with 0 and ends with their count.
    init(bytes: [UInt8], starts: [Int32], specialNames: [String]) throws(VocabularyError) {
        self.bytes = bytes
        self.starts = starts
        self.specialNames = specialNames
        let count = starts.count - 1
        var table = [Int32](repeating: -1, count: Self.tableSize(count))
        var longest = 0
        var seen = Set<String>()
        for name in specialNames where !seen.insert(name).inserted {
            throw VocabularyError("the special token \(name) occurs twice")
        }
        for token in 0..<count {
            let own = bytes[Int(starts[token])..<Int(starts[token + 1])]
            longest = max(longest, own.count)
            // Nothing is encoded as a token without bytes; Whisper's multilingual vocabulary has one.
            if own.isEmpty { continue }
            var place = Self.hash(own) & (table.count - 1)
            while table[place] >= 0 {
                let other = Int(table[place])
                guard bytes[Int(starts[other])..<Int(starts[other + 1])] != own else {
                    throw VocabularyError("tokens \(other) and \(token) are both \"\(ByteLetters.text(of: own))\"")
                }
                place = (place + 1) & (table.count - 1)
            }
            table[place] = Int32(token)
        }
        self.table = table
        longestByteCount = longest
        for byte in 0...255 where token(of: [UInt8(byte)]) == nil {
            throw VocabularyError(
                "the byte \(byte), \"\(ByteLetters.letters[byte])\", is not a token, so not every text can be written")
        }
    }

    /// At most half of the places are taken.
    private static func tableSize(_ count: Int) -> Int {
        var size = 16
        while size < 2 * count { size *= 2 }
        return size
    }

    /// Of the standard library's keyed hash: nobody can make a file in which all tokens fall into one place.
    private static func hash(_ bytes: ArraySlice<UInt8>) -> Int {
        var hasher = Hasher()
        bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
        return hasher.finalize()
    }

    /// The number of ordinary tokens, which is the number of the first special one.
    public var ordinaryCount: Int { starts.count - 1 }
    /// The number of all tokens.
    public var count: Int { ordinaryCount + specialNames.count }

    /// The bytes of an ordinary token; none for a special one.
    public func bytes(of token: Int) -> ArraySlice<UInt8> {
        precondition(0..<count ~= token, "BytePairVocabulary: token \(token) of \(count)")
        guard token < ordinaryCount else { return [] }
        return bytes[Int(starts[token])..<Int(starts[token + 1])]
    }

    /// The name of a special token; nil for an ordinary one.
    public func specialName(of token: Int) -> String? {
        precondition(0..<count ~= token, "BytePairVocabulary: token \(token) of \(count)")
        return token < ordinaryCount ? nil : specialNames[token - ordinaryCount]
    }

    /// The ordinary token with exactly these bytes; nil where there is none.
    public func token(of bytes: ArraySlice<UInt8>) -> Int? {
        if bytes.isEmpty || bytes.count > longestByteCount { return nil }
        var place = Self.hash(bytes) & (table.count - 1)
        while table[place] >= 0 {
            let token = Int(table[place])
            if self.bytes[Int(starts[token])..<Int(starts[token + 1])] == bytes { return token }
            place = (place + 1) & (table.count - 1)
        }
        return nil
    }

    /// The same ordinary tokens with these special tokens behind them.
    ///
    /// - Throws: `VocabularyError` if a name occurs twice.
    public func with(specialNames: [String]) throws(VocabularyError) -> BytePairVocabulary {
        try BytePairVocabulary(bytes: bytes, starts: starts, specialNames: specialNames)
    }

    /// Whether both have the same tokens with the same numbers.
    public static func == (left: BytePairVocabulary, right: BytePairVocabulary) -> Bool {
        left.bytes == right.bytes && left.starts == right.starts && left.specialNames == right.specialNames
    }
}
