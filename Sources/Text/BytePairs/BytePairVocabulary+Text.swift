extension BytePairVocabulary {
    /// The tokens of a text. The names of special tokens are text like any other: nobody who writes `<|endoftext|>` ends anything.
    public func tokens(of text: String) -> [Int] {
        let bytes = Array(text.utf8)
        var tokens: [Int] = []
        for piece in BytePairSplit.pieces(of: text, bytes: bytes) {
            BytePairMerging.append(bytes[piece], of: self, to: &tokens)
        }
        return tokens
    }

    /// The bytes of tokens, one behind the other; special tokens have none.
    public func bytes(of tokens: some Sequence<Int>) -> [UInt8] {
        var bytes: [UInt8] = []
        for token in tokens { bytes.append(contentsOf: self.bytes(of: token)) }
        return bytes
    }

    /// The text of tokens; special tokens give none, and what is no UTF-8 becomes U+FFFD.
    public func text(of tokens: some Sequence<Int>) -> String {
        String(decoding: bytes(of: tokens), as: UTF8.self)
    }

    /// The text of tokens, with the names of the special ones.
    func textWithNames(of tokens: some Sequence<Int>) -> String {
        var bytes: [UInt8] = []
        for token in tokens {
            if let name = specialName(of: token) {
                bytes.append(contentsOf: name.utf8)
            } else {
                bytes.append(contentsOf: self.bytes(of: token))
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The pairs of tokens that are merged, in the order of their ranks: for each token of more than one byte the two parts into which its
    /// bytes merge just before it. A token without such a pair is never written, and has none here.
    public func merges() -> [(token: Int, left: ArraySlice<UInt8>, right: ArraySlice<UInt8>)] {
        (0..<ordinaryCount).compactMap { token in
            guard bytes(of: token).count > 1, let pair = BytePairMerging.pair(of: token, in: self) else { return nil }
            return (token, pair.0, pair.1)
        }
    }
}
