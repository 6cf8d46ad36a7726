import Glibc
import Synchronization
import Text

/// A word n-gram as a model of characters: what a beginning of a text is worth is the sum over all words that it may become (Hori, Cho
/// and Watanabe 2018, look-ahead word language model).
///
/// A word that is not in the lexicon is possible at any place: it has the probability of `<unk>` times that of its spelling, by an n-gram
/// of the characters of words. So every text has a probability, and those of all next characters sum to 1.
///
/// A speaker does not say where a sentence ends: behind each word the next sentence may begin, with the probability of `</s>`.
package final class WordModel: Sendable {
    /// Words with their histories; its vocabulary is sorted by characters.
    let words: NGramTrie
    /// Characters of single words.
    let spelling: NGramTrie
    let lexicon: Lexicon
    /// The number in `spelling` of each token of the recogniser.
    let spellingTokens: [Int]
    /// The token between words.
    let space: Int
    /// At w: the sum of the probabilities of the words below w, whatever stands before them.
    private let unigramSums: [Double]
    private let tables = Mutex<[Int: ContinuationTable]>([:])

    private static let mostTables = 1 << 14
    /// What is wrong where the recogniser writes no spaces.
    static let needsSpaces = LanguageModelError(
        "the words of a language model need a recogniser that writes spaces, and this one writes none; train a language model of "
            + "characters")

    /// - Throws: `LanguageModelError` for a recogniser that writes no spaces.
    package init(words: NGramTrie, spelling: NGramTrie, vocabulary: Vocabulary) throws(LanguageModelError) {
        let space = vocabulary.tokens(of: " ")[0]
        guard space != vocabulary.unknown else { throw Self.needsSpaces }
        self.words = words
        self.spelling = spelling
        self.space = space
        let firstWord = NGramModel.specialTokens.count
        let spellings = words.vocabulary.dropFirst(firstWord).map { word in
            let tokens = vocabulary.tokens(of: word)
            return tokens.contains(vocabulary.unknown) ? [] : tokens
        }
        lexicon = Lexicon(spellings: spellings, firstWord: firstWord)
        spellingTokens = CharacterTokens.numbers(of: vocabulary, in: spelling.vocabulary)
        var sums = [Double](repeating: 0, count: words.vocabulary.count + 1)
        for word in words.vocabulary.indices {
            let isWritten = word >= firstWord && !spellings[word - firstWord].isEmpty
            sums[word + 1] = sums[word] + (isWritten ? exp(Double(words.unigramLogProbability(of: word))) : 0)
        }
        unigramSums = sums
    }

    /// What one order of n-grams adds to the order below, for all words behind one history: p(w | history) less the back-off weight times
    /// p(w | shorter history), summed up over the words.
    final class ContinuationTable: Sendable {
        /// Ascending.
        let words: [Int32]
        /// At i: the sum over the words before the ith.
        let sums: [Double]

        init(words: [Int32], sums: [Double]) {
            self.words = words
            self.sums = sums
        }

        func sum(_ range: Range<Int32>) -> Double {
            let first = lowerBound(range.lowerBound, from: 0)
            guard first < words.count, words[first] < range.upperBound else { return 0 }
            return sums[lowerBound(range.upperBound, from: first)] - sums[first]
        }

        private func lowerBound(_ word: Int32, from first: Int) -> Int {
            words.withUnsafeBufferPointer { words in
                var (low, high) = (first, words.count)
                while low < high {
                    let middle = (low + high) / 2
                    if words[middle] < word { low = middle + 1 } else { high = middle }
                }
                return low
            }
        }
    }

    /// The probabilities of the next word behind a history.
    struct Distribution: Sendable {
        fileprivate let model: WordModel
        /// The share of the probabilities of single words, and of the tables.
        fileprivate var unigramShare: Double
        fileprivate var tables: [(share: Double, table: ContinuationTable)]
        /// That of all words that are not in the lexicon.
        fileprivate(set) var unknown: Double

        /// The sum over words that follow one another.
        func sum(_ range: Range<Int32>) -> Double {
            let unigrams =
                model.unigramSums[Int(range.upperBound)] - model.unigramSums[Int(range.lowerBound)]
            // Differences of rounded sums may fall below 0.
            return max(0, tables.reduce(unigramShare * unigrams) { $0 + $1.share * $1.table.sum(range) })
        }
    }

    /// The next word behind a history, the beginning of the next sentence included.
    func distribution(after context: NGramTrie.Context) -> Distribution {
        var result = plainDistribution(after: context)
        let end = exp(Double(words.logProbability(of: NGramModel.sentenceEnd, after: context)))
        let first = plainDistribution(after: words.start)
        result.unigramShare += end * first.unigramShare
        result.tables += first.tables.map { (end * $0.share, $0.table) }
        result.unknown += end * first.unknown
        return result
    }

    private func plainDistribution(after context: NGramTrie.Context) -> Distribution {
        var tables: [(share: Double, table: ContinuationTable)] = []
        var share = 1.0
        for (order, place) in words.histories(of: context).reversed() {
            tables.append((share, table(order, place, context)))
            share *= exp(Double(words.backoff(ofOrder: order, place)))
        }
        return Distribution(
            model: self, unigramShare: share, tables: tables,
            unknown: exp(Double(words.logProbability(of: NGramModel.unknown, after: context))))
    }

    /// The table of the n-gram that ends a history; made when it is first asked for.
    private func table(_ order: Int, _ place: Int, _ context: NGramTrie.Context) -> ContinuationTable {
        let name = place << 8 | order
        if let table = tables.withLock({ $0[name] }) { return table }
        let backoff = exp(Double(words.backoff(ofOrder: order, place)))
        let shorter = words.shortened(context, to: order - 1)
        var numbers: [Int32] = []
        var sums = [0.0]
        for child in words.children(ofOrder: order, place) {
            let (word, logProbability) = words.entry(ofOrder: order + 1, child)
            let isWritten = unigramSums[word + 1] > unigramSums[word]
            guard isWritten else { continue }
            let below = exp(Double(words.logProbability(of: word, after: shorter)))
            numbers.append(Int32(word))
            sums.append(sums.last! + exp(Double(logProbability)) - backoff * below)
        }
        let table = ContinuationTable(words: numbers, sums: sums)
        tables.withLock { tables in
            if tables.count >= Self.mostTables { tables.removeAll() }
            tables[name] = table
        }
        return table
    }
}

/// The characters of a recogniser in a language model.
enum CharacterTokens {
    /// How a space is written where spaces separate tokens.
    static let space = "<space>"
    /// How it is written in files of other programs.
    static let spaceNames = [space, "▁", "|"]

    /// How the tokens of a vocabulary are called in a language model: the special ones, then the characters.
    static func names(of vocabulary: Vocabulary) -> [String] {
        NGramModel.specialTokens + vocabulary.characters.map { $0 == " " ? space : String($0) }
    }

    /// The number in a language model of each token of a recogniser: that of `</s>` for the end, of `<unk>` for what it does not know.
    static func numbers(of vocabulary: Vocabulary, in names: [String]) -> [Int] {
        var numbers: [String: Int] = [:]
        for (number, name) in names.enumerated() { numbers[name] = number }
        return (0..<vocabulary.count).map { token in
            if token == vocabulary.endOfSentence { return NGramModel.sentenceEnd }
            let text = vocabulary.text(of: [token])
            return numbers[text == " " ? space : text] ?? NGramModel.unknown
        }
    }
}
