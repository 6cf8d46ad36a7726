import LanguageModels
import Numerics
import Text

/// The lines of a text as batches of tokens, in the order of the text: a block of lines at a time is in memory, sorted by length so that
/// there is little padding, and its micro-batches are mixed.
final class TextBatches {
    /// What one step of the optimiser learns from.
    struct Batch: Sendable {
        /// Tokens of each text of each micro-batch, without start and end.
        var microBatches: [[[Int32]]]

        /// Predicted tokens, ends included.
        var tokenCount: Int { microBatches.joined().reduce(0) { $0 + $1.count + 1 } }
    }

    private let lines: TrainingText.Lines
    private let tokenizer: any Tokenizer
    private let configuration: TextBatchConfiguration
    private let heldOut: HeldOutLines?
    private let key: RandomKey
    private var lineNumber = 0
    private var blockNumber = 0
    private var block: ArraySlice<Batch> = []
    private let seen: (String, [Int32]) -> Void

    /// - Parameters:
    ///   - heldOut: lines that are left out; nil: none.
    ///   - key: of the order of micro-batches, another one for each pass.
    ///   - seen: gets every line that is learned from, and its tokens.
    init(
        _ text: TrainingText, tokenizer: any Tokenizer, _ configuration: TextBatchConfiguration, heldOut: HeldOutLines?,
        key: RandomKey, seen: @escaping (String, [Int32]) -> Void = { _, _ in }
    ) {
        lines = TrainingText.Lines(text)
        self.tokenizer = tokenizer
        self.configuration = configuration
        self.heldOut = heldOut
        self.key = key
        self.seen = seen
    }

    /// The next batch; nil behind the last one.
    ///
    /// - Throws: `TextFileError` for text that cannot be read.
    func next() throws -> Batch? {
        while block.isEmpty {
            guard let texts = try readBlock() else { return nil }
            block = batches(of: texts)[...]
        }
        return block.removeFirst()
    }

    /// The texts of the next lines, none longer than allowed; nil at the end.
    private func readBlock() throws -> [[Int32]]? {
        var texts: [[Int32]] = []
        var isEmpty = true
        for _ in 0..<configuration.linesPerBlock {
            guard let line = try lines.next() else { break }
            isEmpty = false
            lineNumber += 1
            if heldOut?.contains(line: lineNumber) == true { continue }
            let tokens = tokenizer.label(of: line, durationInSeconds: 0).map(Int32.init)
            seen(line, tokens)
            for start in stride(from: 0, to: tokens.count, by: configuration.longestText) {
                texts.append(Array(tokens[start..<min(start + configuration.longestText, tokens.count)]))
            }
        }
        return isEmpty ? nil : texts
    }

    /// Texts of similar length together, in a mixed order.
    private func batches(of texts: [[Int32]]) -> [Batch] {
        blockNumber += 1
        var generator = key.derived(blockNumber).generator
        // Mixed first, so that texts of the same length are not always together.
        let sorted = texts.shuffled(using: &generator).enumerated()
            .sorted { ($0.element.count, $0.offset) < ($1.element.count, $1.offset) }.map(\.element)
        var microBatches = sorted.grouped(tokensAtOnce: configuration.tokensPerMicroBatch)
        microBatches.shuffle(using: &generator)
        let count = max(1, configuration.tokensPerBatch / configuration.tokensPerMicroBatch)
        return stride(from: 0, to: microBatches.count, by: count).map {
            Batch(microBatches: Array(microBatches[$0..<min($0 + count, microBatches.count)]))
        }
    }
}

/// Lines of a text that are not learned from, but tell how well the others are learned.
struct HeldOutLines: Sendable {
    /// Every so many lines one is left out, up to a number of them.
    private static let (interval, limit) = (100, 2_000)

    /// Whether a line is one of them, counted from 1.
    func contains(line: Int) -> Bool { line % Self.interval == 0 && !isBehind(line: line) }

    /// Whether there are any, where so many lines are left.
    func areAny(among lineCount: Int) -> Bool { lineCount >= Self.interval - 1 }

    /// Whether there are no more of them from this line on.
    func isBehind(line: Int) -> Bool { line > Self.interval * Self.limit }
}

/// What is in a text, from one pass over it.
struct TextSurvey {
    /// What is learned from: lines, words and characters.
    private(set) var lineCount = 0
    private(set) var wordCount = 0
    private(set) var characterCount = 0
    private(set) var unknown = UnknownCharacters()
    /// Steps of one pass.
    private(set) var batchCount = 0
    /// A short name for exactly these tokens.
    private(set) var fingerprint = Fingerprint()

    /// - Parameter characters: what the recogniser writes.
    /// - Throws: `TextFileError` for text that cannot be read.
    init(
        _ text: TrainingText, tokenizer: any Tokenizer, characters: Vocabulary, _ configuration: TextBatchConfiguration,
        heldOut: HeldOutLines?
    ) throws {
        let known = Set(characters.characters)
        var (lineCount, wordCount, characterCount, batchCount) = (0, 0, 0, 0)
        var unknown = UnknownCharacters()
        var fingerprint = Fingerprint()
        let batches = TextBatches(
            text, tokenizer: tokenizer, configuration, heldOut: heldOut, key: RandomKey(seed: 0)
        ) { line, tokens in
            lineCount += 1
            for character in line.unicodeScalars {
                characterCount += 1
                if character == " " { wordCount += 1 }
                if !known.contains(character) { unknown.add(character) }
            }
            wordCount += 1
            for token in tokens { fingerprint.add(UInt64(token)) }
            fingerprint.add(UInt64.max)  // no token: where a line ends
        }
        while try batches.next() != nil { batchCount += 1 }
        (self.lineCount, self.wordCount, self.characterCount) = (lineCount, wordCount, characterCount)
        (self.unknown, self.batchCount, self.fingerprint) = (unknown, batchCount, fingerprint)
    }
}
