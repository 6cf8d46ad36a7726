import Files
import FoundationEssentials

/// Reads byte-level vocabularies from the files in which they are found.
///
/// Every reader throws `TextFileError`, which names the file and the line or the token.
public enum BytePairFiles {
    /// The vocabulary of a model folder of Hugging Face or CTranslate2: from `vocab.json` and `merges.txt`, or `tokenizer.json`, or
    /// `vocabulary.json`, or `vocabulary.txt`, whichever is there first.
    ///
    /// - Throws: an error naming the folder where it has none of them, or the file that is damaged.
    public static func vocabulary(folder: String) throws -> BytePairVocabulary {
        func isThere(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(folder)/\(name)") }
        if isThere("vocab.json") && isThere("merges.txt") { return try vocabJSON(folder: folder) }
        if isThere("tokenizer.json") && !isThere("vocabulary.json") && !isThere("vocabulary.txt") {
            return try tokenizerJSON("\(folder)/tokenizer.json")
        }
        // CTranslate2's list has all tokens; a tokenizer.json beside it may lack the timestamps.
        if isThere("vocabulary.json") { return try list(json: "\(folder)/vocabulary.json") }
        if isThere("vocabulary.txt") { return try list(text: "\(folder)/vocabulary.txt") }
        throw TextFileError(
            .unreadable, folder,
            "no vocabulary: there is no vocab.json with merges.txt, no tokenizer.json, no vocabulary.json and no vocabulary.txt; fetch "
                + "one of them")
    }

    // Lists.

    /// CTranslate2's `vocabulary.txt`: one token a line, in GPT-2's letters.
    public static func list(text path: String) throws -> BytePairVocabulary {
        var listing = TokenListing(path: path)
        // A line of more bytes than its letters can have is no token.
        let lines = try TextLines(path: path, longestLineByteCount: 2 * BytePairVocabulary.longestTokenByteCount)
        while let line = try lines.next() {
            try line.checkUTF8()
            try listing.add(line.bytes, number: line.number - 1) { message in
                TextFileError(.malformed, path, line: line.number, message)
            }
        }
        return try listing.vocabulary()
    }

    /// CTranslate2's `vocabulary.json`: a list of tokens, in GPT-2's letters.
    public static func list(json path: String) throws -> BytePairVocabulary {
        var listing = TokenListing(path: path)
        for (number, token) in try JSONFile.read([String].self, path).enumerated() {
            try listing.add(token, number: number)
        }
        return try listing.vocabulary()
    }

    /// A list of tokens as bytes, such as a ggml file has: ordinary tokens, and no special ones or these by their names.
    ///
    /// - Parameter path: what messages call the file.
    public static func list(bytes tokens: some Sequence<[UInt8]>, path: String) throws -> BytePairVocabulary {
        var listing = TokenListing(path: path)
        for (number, token) in tokens.enumerated() {
            func error(_ message: String) -> TextFileError { TextFileError(.malformed, path, message) }
            if TokenListing.isSpecial(token) {
                try listing.add(token, number: number, isSpecial: true, error: error)
            } else {
                try listing.add(bytes: token, number: number, error: error)
            }
        }
        return try listing.vocabulary()
    }

    /// tiktoken's file of ranks: on each line the bytes of a token in base64, and its number.
    public static func ranks(_ path: String) throws -> BytePairVocabulary {
        var listing = TokenListing(path: path)
        let lines = try TextLines(path: path, longestLineByteCount: 2 * BytePairVocabulary.longestTokenByteCount)
        while let line = try lines.next() {
            func error(_ message: String) -> TextFileError {
                TextFileError(.malformed, path, line: line.number, message)
            }
            if line.isBlank { continue }
            let fields = line.string.split(separator: " ", omittingEmptySubsequences: false)
            guard fields.count == 2, let number = Int(fields[1]), number >= 0 else {
                throw error("expected a token in base64 and its number; fetch the file again")
            }
            // Whisper's own file writes the token without bytes as a lone "=".
            guard let token = fields[0] == "=" ? Data() : Data(base64Encoded: String(fields[0])) else {
                throw error("\"\(fields[0].prefix(40))\" is not base64; fetch the file again")
            }
            try listing.add(bytes: token, number: number, error: error)
        }
        return try listing.vocabulary()
    }

    // Hugging Face.

    /// `vocab.json`, with `merges.txt` and, where there is one, `added_tokens.json` beside it.
    ///
    /// The order of the merges must be that of the numbers, as in every vocabulary of this kind.
    public static func vocabJSON(folder: String) throws -> BytePairVocabulary {
        let path = "\(folder)/vocab.json"
        var listing = TokenListing(path: path)
        try listing.add(JSONFile.read([String: Int].self, path))
        let addedPath = "\(folder)/added_tokens.json"
        if FileManager.default.fileExists(atPath: addedPath) {
            listing.path = addedPath
            try listing.add(JSONFile.read([String: Int].self, addedPath), isSpecial: true)
            listing.path = path
        }
        let vocabulary = try listing.vocabulary()
        var check = MergeCheck(vocabulary)
        let mergesPath = "\(folder)/merges.txt"
        let lines = try TextLines(path: mergesPath, longestLineByteCount: 4 * BytePairVocabulary.longestTokenByteCount)
        while let line = try lines.next() {
            if line.number == 1, line.bytes.starts(with: "#version".utf8) { continue }
            if line.isBlank { continue }
            try line.checkUTF8()
            try check.take(line.bytes) { message in
                TextFileError(.malformed, mergesPath, line: line.number, message)
            }
        }
        try check.end { message in TextFileError(.malformed, mergesPath, message) }
        return vocabulary
    }

    /// `tokenizer.json` of the library tokenizers: a model of type BPE over bytes, with its added tokens.
    public static func tokenizerJSON(_ path: String) throws -> BytePairVocabulary {
        try JSONFile.read(TokenizerJSON.self, path).vocabulary(path: path)
    }
}
