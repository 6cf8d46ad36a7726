import Files

/// The tokens of a file as they are read, one after the other, in whatever order: what is checked before they are a vocabulary.
struct TokenListing {
    private struct Entry {
        var start: Int32
        var end: Int32
        var isSpecial: Bool
    }

    /// The file that is being read, as messages call it.
    var path: String
    /// By number; nil where none has been read.
    private var entries: [Entry?] = []
    /// The bytes of the ordinary tokens and the names of the special ones, one behind the other in the order of reading.
    private var bytes: [UInt8] = []

    init(path: String) { self.path = path }

    /// One more than the highest number.
    var count: Int { entries.count }

    /// The bytes of what has been read as token `number`.
    func bytes(of number: Int) -> ArraySlice<UInt8>? {
        guard number < entries.count, let entry = entries[number] else { return nil }
        return bytes[Int(entry.start)..<Int(entry.end)]
    }

    /// Whether a name has the form of Whisper's special tokens, `<|en|>`.
    static func isSpecial(_ name: some Collection<UInt8>) -> Bool {
        name.count > 4 && name.starts(with: "<|".utf8) && name.suffix(2).elementsEqual("|>".utf8)
    }

    /// Takes a token as files write it: a special one by its name, others in GPT-2's letters.
    ///
    /// - Parameters:
    ///   - isSpecial: nil: as the name tells.
    ///   - error: makes an error that names the place.
    mutating func add(
        _ written: some Collection<UInt8>, number: Int, isSpecial: Bool? = nil,
        error: (_ message: String) -> TextFileError
    ) throws(TextFileError) {
        let isSpecial = isSpecial ?? Self.isSpecial(written)
        let start = bytes.count
        if isSpecial {
            bytes.append(contentsOf: written)
        } else if !ByteLetters.appendBytes(of: written, to: &bytes) {
            throw error(
                "token \(number), \"\(Self.shown(written))\", is not written in the letters of a byte-level vocabulary; "
                    + "only vocabularies like GPT-2's are read")
        }
        try place(start, number, isSpecial, error: error)
    }

    /// As above, with a message that names the file alone.
    mutating func add(_ written: String, number: Int, isSpecial: Bool? = nil) throws(TextFileError) {
        let path = path
        try add(written.utf8, number: number, isSpecial: isSpecial) { TextFileError(.malformed, path, $0) }
    }

    /// Takes tokens with their numbers, as JSON has them.
    mutating func add(_ numbers: [String: Int], isSpecial: Bool? = nil) throws(TextFileError) {
        // In the order of the numbers, so that a fault is always the same one.
        for (token, number) in numbers.sorted(by: { ($0.value, $0.key) < ($1.value, $1.key) }) {
            try add(token, number: number, isSpecial: isSpecial)
        }
    }

    /// Takes an ordinary token by its bytes.
    mutating func add(
        bytes token: some Collection<UInt8>, number: Int, error: (_ message: String) -> TextFileError
    ) throws(TextFileError) {
        let start = bytes.count
        bytes.append(contentsOf: token)
        try place(start, number, false, error: error)
    }

    private mutating func place(
        _ start: Int, _ number: Int, _ isSpecial: Bool, error: (_ message: String) -> TextFileError
    ) throws(TextFileError) {
        let limit = BytePairVocabulary.longestTokenByteCount
        guard bytes.count - start <= limit else {
            throw error("token \(number) has more than \(limit) bytes; is this the right file?")
        }
        guard (0..<BytePairVocabulary.largestCount).contains(number) else {
            throw error("a token has the number \(number); at most \(BytePairVocabulary.largestCount) tokens are read")
        }
        while entries.count <= number { entries.append(nil) }
        let entry = Entry(start: Int32(start), end: Int32(bytes.count), isSpecial: isSpecial)
        if let earlier = entries[number] {
            // A special token may stand both among all tokens and among the added ones.
            let isSame = bytes[Int(earlier.start)..<Int(earlier.end)] == bytes[start...]
            guard isSame, earlier.isSpecial || isSpecial else {
                throw error("two tokens have the number \(number), one of them \"\(Self.shown(bytes[start...]))\"")
            }
        }
        entries[number] = entry
    }

    /// The vocabulary of these tokens: the ordinary ones first, then the special ones, all numbers in use.
    ///
    /// - Throws: `TextFileError` naming the file and the token.
    func vocabulary() throws(TextFileError) -> BytePairVocabulary {
        var ordered: [UInt8] = []
        ordered.reserveCapacity(bytes.count)
        var starts: [Int32] = [0]
        var names: [String] = []
        for (number, entry) in entries.enumerated() {
            guard let entry else {
                throw TextFileError(
                    .malformed, path,
                    "no token has the number \(number), but one has \(entries.count - 1); fetch the file again")
            }
            let own = bytes[Int(entry.start)..<Int(entry.end)]
            if entry.isSpecial {
                names.append(String(decoding: own, as: UTF8.self))
            } else if let last = names.last {
                throw TextFileError(
                    .malformed, path,
                    "token \(number), \"\(ByteLetters.text(of: own))\", follows the special token \(last); only vocabularies "
                        + "whose special tokens come last are read")
            } else {
                ordered.append(contentsOf: own)
                starts.append(Int32(ordered.count))
            }
        }
        do {
            return try BytePairVocabulary(bytes: ordered, starts: starts, specialNames: names)
        } catch {
            throw TextFileError(.malformed, path, "\(error); fetch the file again")
        }
    }

    static func shown(_ bytes: some Collection<UInt8>) -> String {
        String(decoding: bytes.prefix(40), as: UTF8.self)
    }
}
