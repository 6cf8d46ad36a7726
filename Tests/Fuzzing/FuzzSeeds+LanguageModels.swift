import TestSupport

extension FuzzSeeds {
    /// An ARPA file with two orders.
    static let arpa = Array(smallARPA.utf8)

    static let arpaWords = [
        "\\data\\", "\\end\\", "ngram 3=1\n", "\\3-grams:\n", "<s>", "</s>", "<unk>", "\t", "\n", " ",
    ]
}
