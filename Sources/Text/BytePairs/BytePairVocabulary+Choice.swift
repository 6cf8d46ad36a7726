extension BytePairVocabulary {
    /// The ordinary tokens that these texts have often enough, each behind a space, with the parts from which they are merged and all
    /// single bytes, in the same order. So every text can still be written, rare words in shorter pieces.
    ///
    /// - Parameter minimumCount: rarer tokens are left out; at least 1.
    public func tokens(usedIn texts: some Sequence<String>, minimumCount: Int) -> [[UInt8]] {
        precondition(minimumCount > 0, "tokens(usedIn:): a minimum of \(minimumCount)")
        var counts = [Int](repeating: 0, count: ordinaryCount)
        for text in texts {
            for token in tokens(of: " " + text) { counts[token] += 1 }
        }
        var isKept = counts.map { $0 >= minimumCount }
        // A part has a lower number than what is merged from it.
        for token in stride(from: ordinaryCount - 1, through: 0, by: -1) {
            if bytes(of: token).count == 1 { isKept[token] = true }
            guard isKept[token], bytes(of: token).count > 1,
                let pair = BytePairMerging.pair(of: token, in: self)
            else { continue }
            for part in [pair.0, pair.1] { isKept[self.token(of: part)!] = true }
        }
        return isKept.indices.filter { isKept[$0] }.map { Array(bytes(of: $0)) }
    }
}
