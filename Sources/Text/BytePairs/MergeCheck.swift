import Files

/// Compares the merges that a file lists with those that follow from the numbers of its tokens.
///
/// A vocabulary numbers its tokens in the order in which they were merged, so both say the same. Where they do not, one of the files is
/// not the other's, and texts would become other tokens than those with which the model was trained.
struct MergeCheck {
    private let vocabulary: BytePairVocabulary
    private let merges: [(token: Int, left: ArraySlice<UInt8>, right: ArraySlice<UInt8>)]
    private var count = 0

    init(_ vocabulary: BytePairVocabulary) {
        self.vocabulary = vocabulary
        merges = vocabulary.merges()
    }

    /// Takes the next merge, as a line of `merges.txt`: two parts in letters with a space between them.
    mutating func take(
        _ line: some Collection<UInt8>, error: (_ message: String) -> TextFileError
    ) throws(TextFileError) {
        let parts = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            throw error("a merge is two parts with one space between them, not \"\(TokenListing.shown(line))\"")
        }
        try take(parts[0], parts[1], error: error)
    }

    /// Takes the next merge: its two parts, in letters.
    mutating func take(
        _ left: some Collection<UInt8>, _ right: some Collection<UInt8>, error: (_ message: String) -> TextFileError
    ) throws(TextFileError) {
        guard count < merges.count else {
            throw error(
                "more merges than the vocabulary has tokens of several bytes (\(merges.count)); fetch both files again")
        }
        let expected = merges[count]
        var leftBytes: [UInt8] = []
        var rightBytes: [UInt8] = []
        guard ByteLetters.appendBytes(of: left, to: &leftBytes), ByteLetters.appendBytes(of: right, to: &rightBytes),
            expected.left.elementsEqual(leftBytes), expected.right.elementsEqual(rightBytes)
        else {
            throw error(
                "merge \(count + 1) is \"\(TokenListing.shown(left)) \(TokenListing.shown(right))\", but by the numbers of the tokens it is "
                    + "\"\(ByteLetters.text(of: expected.left)) \(ByteLetters.text(of: expected.right))\", which makes token "
                    + "\(expected.token); fetch vocabulary and merges again from one place")
        }
        count += 1
    }

    /// Makes sure that no merge is missing.
    func end(error: (_ message: String) -> TextFileError) throws(TextFileError) {
        guard count == merges.count else {
            let token = merges[count].token
            throw error(
                "\(count) merges, but the vocabulary has \(merges.count) tokens of several bytes; token \(token), "
                    + "\"\(ByteLetters.text(of: vocabulary.bytes(of: token)))\", has none; fetch both files again")
        }
    }
}
