import Files

/// What a `tokenizer.json` says of its tokens. What it says of texts before and behind them (templates, truncation) is not ours to do.
struct TokenizerJSON: Decodable {
    struct AddedToken: Decodable {
        var id: Int
        var content: String
    }

    struct Model: Decodable {
        /// Files of the first versions name no type.
        var type: String?
        /// Tokens in letters, with their numbers.
        var vocab: [String: Int]
        var merges: [Merge]?
    }

    /// Two parts in letters: `"left right"`, as older files have it, or `["left", "right"]`.
    struct Merge: Decodable {
        var parts: [Substring.UTF8View]

        init(from decoder: any Decoder) throws {
            if let line = try? decoder.singleValueContainer().decode(String.self) {
                parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false).map(\.utf8)
            } else {
                parts = try decoder.singleValueContainer().decode([String].self).map { Substring($0).utf8 }
            }
        }
    }

    var addedTokens: [AddedToken]?
    var model: Model

    enum CodingKeys: String, CodingKey {
        case addedTokens = "added_tokens"
        case model
    }

    /// The vocabulary that the file, which messages call `path`, describes.
    func vocabulary(path: String) throws(TextFileError) -> BytePairVocabulary {
        func malformed(_ message: String) -> TextFileError { TextFileError(.malformed, path, message) }
        if let type = model.type, type != "BPE" { throw malformed("its model is \(type); only BPE is read") }
        guard let merges = model.merges else {
            throw malformed("no \"merges\" in its \"model\"; is this a tokenizer of type BPE?")
        }
        var listing = TokenListing(path: path)
        try listing.add(model.vocab)
        for token in addedTokens ?? [] { try listing.add(token.content, number: token.id, isSpecial: true) }
        let vocabulary = try listing.vocabulary()
        var check = MergeCheck(vocabulary)
        for (index, merge) in merges.enumerated() {
            guard merge.parts.count == 2 else {
                throw malformed("merge \(index + 1) is not two parts; get the file again")
            }
            try check.take(merge.parts[0], merge.parts[1], error: malformed)
        }
        try check.end(error: malformed)
        return vocabulary
    }
}
