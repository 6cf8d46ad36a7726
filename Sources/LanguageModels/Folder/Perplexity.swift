import Glibc
import Models
import Tensors
import Text

/// How well a language model predicts text: e to the mean surprise, of a character or of a word.
///
/// The end of a line counts as a character and as a word.
public struct Perplexity: Sendable, Equatable {
    /// -ln of the probability of all lines with their ends.
    public var nats = 0.0
    public var lineCount = 0
    public var characterCount = 0
    public var wordCount = 0
    /// Tokens of the recogniser, ends included.
    public var tokenCount = 0

    public init() {}

    /// Counts a line.
    mutating func add(_ line: String) {
        lineCount += 1
        characterCount += line.unicodeScalars.count
        wordCount += line.split(separator: " ").count
    }

    public var perCharacter: Double { exp(nats / Double(max(1, characterCount + lineCount))) }
    public var perWord: Double { exp(nats / Double(max(1, wordCount + lineCount))) }
}

extension LanguageModel.Content {
    /// Lines that are read before they are sorted by length.
    private static let linesAtOnce = 1_024
    /// Tokens that a network reads at once, padding included.
    private static let tokensAtOnce = 2_048

    /// How well this model predicts lines, as the recogniser writes them. The bits do not depend on the number of threads.
    ///
    /// - Parameter next: the next line; nil behind the last one.
    /// - Throws: what `next` throws.
    package func perplexity(_ vocabulary: ModelVocabulary, workers: WorkerPool, next: () throws -> String?) throws
        -> Perplexity
    {
        var result = Perplexity()
        let tokenizer = vocabulary.tokenizer
        var hasMore = true
        while hasMore {
            var texts: [[Int]] = []
            while texts.count < Self.linesAtOnce {
                guard let line = try next() else {
                    hasMore = false
                    break
                }
                result.add(line)
                texts.append(tokenizer.label(of: line, durationInSeconds: 0))
                result.tokenCount += texts[texts.count - 1].count + 1
            }
            let groups = texts.sorted { $0.count < $1.count }.grouped(tokensAtOnce: Self.tokensAtOnce)
            let nats = workers.map(itemCount: groups.count) { item in
                switch self {
                case .network(let model): -model.logProbability(of: groups[item])
                case .ngrams(let model):
                    -groups[item].reduce(0) { $0 + model.logProbability(of: $1, end: tokenizer.endOfSentence) }
                }
            }
            result.nats = nats.reduce(result.nats, +)
        }
        return result
    }
}

extension LanguageModel {
    /// How well this model predicts text, as the recogniser writes it.
    ///
    /// - Throws: `TextFileError` for text that cannot be read.
    public func perplexity(of text: TrainingText, _ vocabulary: ModelVocabulary, workers: WorkerPool) throws
        -> Perplexity
    {
        let lines = TrainingText.Lines(text)
        return try content.perplexity(vocabulary, workers: workers) { try lines.next() }
    }
}
