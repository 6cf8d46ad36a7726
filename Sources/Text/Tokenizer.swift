/// Turns text into tokens and back, and says which tokens stand for something else than text: what a search and a loss need
/// to know about what a model writes.
public protocol Tokenizer: Sendable {
    /// The number of tokens, those that stand for no text included.
    var count: Int { get }
    /// What the decoder sees before the first token of a text; at least one token.
    var startSequence: [Int] { get }
    /// What the decoder puts out when a text is complete.
    var endOfSentence: Int { get }
    /// The token of CTC that stands for no character; nil where no CTC output writes these tokens.
    var blank: Int? { get }
    /// Tokens that a search never writes, besides the start and the end.
    var suppressedTokens: Set<Int> { get }
    /// Tokens that a text does not begin with; with the end among them, no text is empty.
    var suppressedFirstTokens: Set<Int> { get }

    /// The tokens of a text, without start and end.
    func tokens(of text: String) -> [Int]
    /// What a model learns to write for an utterance of this text and length, without start and end.
    func label(of text: String, durationInSeconds: Double) -> [Int]
    /// The text of tokens; those that stand for no text give none.
    func text(of tokens: some Sequence<Int>) -> String
}

extension Tokenizer {
    public var suppressedFirstTokens: Set<Int> { [] }
    public func label(of text: String, durationInSeconds: Double) -> [Int] { tokens(of: text) }
}
