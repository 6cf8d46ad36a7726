import FoundationEssentials
import Testing
import Text

@Suite("pieces of words")
struct BytePairTokenizerTests {
    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    /// All bytes, then merges by hand: `th`, `the`, ` the`, ` c`, ` ca`, ` cat`, and `xy`, which no text has.
    private static let vocabulary = try! BytePairVocabulary(
        tokens: (0...255).map { [UInt8($0)] } + ["th", "the", " the", " c", " ca", " cat", "xy"].map(bytes))

    @Test("frequent tokens are chosen with what they are merged from")
    func choice() {
        // " the" twice, " cat" once.
        let texts = ["the cat", "the"]
        let twice = Self.vocabulary.tokens(usedIn: texts, minimumCount: 2)
        #expect(twice.dropFirst(256) == ["th", "the", " the"].map(Self.bytes)[...])
        let once = Self.vocabulary.tokens(usedIn: texts, minimumCount: 1)
        #expect(once.dropFirst(256) == ["th", "the", " the", " c", " ca", " cat"].map(Self.bytes)[...])
        #expect(Self.vocabulary.tokens(usedIn: texts, minimumCount: 3).count == 256)
    }

    @Test("a text becomes pieces and is the same text again")
    func tokens() throws {
        let tokenizer = try BytePairTokenizer(
            tokens: Self.vocabulary.tokens(usedIn: ["the cat", "the"], minimumCount: 2))
        let label = tokenizer.label(of: "the cat", durationInSeconds: 1)
        // " the" is the third merge; " cat" is written letter by letter.
        #expect(label == [258] + Self.bytes(" cat").map(Int.init))
        #expect(tokenizer.text(of: label) == " the cat")
        #expect(tokenizer.text(of: tokenizer.startSequence + label + [tokenizer.endOfSentence]) == " the cat")
        #expect(tokenizer.label(of: "", durationInSeconds: 1).isEmpty)
        let all = tokenizer.startSequence + [tokenizer.endOfSentence, try #require(tokenizer.blank)]
        #expect(Set(all).count == 4 && all.allSatisfy { 259..<tokenizer.count ~= $0 } && tokenizer.count == 264)
    }

    @Test("it is read as it was written")
    func file() throws {
        let vocabulary = ModelVocabulary.bytePairs(
            try BytePairTokenizer(tokens: (0...255).map { [UInt8($0)] } + [[116, 104]]))
        let data = try JSONEncoder().encode(vocabulary)
        #expect(try JSONDecoder().decode(ModelVocabulary.self, from: data) == vocabulary)
        let broken = String(decoding: data, as: UTF8.self).replacing("\"th\"", with: "\"\u{4E00}\"")
        #expect(throws: VocabularyError.self) {
            try JSONDecoder().decode(ModelVocabulary.self, from: Data(broken.utf8))
        }
    }
}
