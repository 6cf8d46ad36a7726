import Files
import FoundationEssentials
import TestSupport
import Testing
import Text

@Suite("files of byte-level vocabularies")
struct BytePairFileTests {
    private let folder: TemporaryFolder
    private let tokens: [[UInt8]]
    private let vocabulary: BytePairVocabulary
    private static let specialNames = ["<|endoftext|>", "<|startoftranscript|>"]

    init() throws {
        folder = try TemporaryFolder()
        tokens = try BytePairFixture.small().tokens
        vocabulary = try BytePairVocabulary(tokens: tokens, specialNames: Self.specialNames)
    }

    /// All tokens as files write them.
    private var written: [String] { tokens.map { ByteLetters.text(of: $0) } + Self.specialNames }
    private var numbers: [String: Int] { Dictionary(uniqueKeysWithValues: zip(written, 0...)) }
    private var merges: [[String]] {
        vocabulary.merges().map { [ByteLetters.text(of: $0.left), ByteLetters.text(of: $0.right)] }
    }

    private func write(_ name: String, _ value: some Encodable) throws {
        try folder.write(name, bytes: Array(try JSONEncoder().encode(value)))
    }

    private struct Added: Encodable {
        var id: Int
        var content: String
    }
    private struct Tokenizer<Merges: Encodable>: Encodable {
        struct Model: Encodable {
            var type: String? = "BPE"
            var vocab: [String: Int]
            var merges: Merges
        }
        var addedTokens: [Added]
        var model: Model

        enum CodingKeys: String, CodingKey {
            case addedTokens = "added_tokens"
            case model
        }
    }

    @Test("vocab.json with merges.txt, special tokens in it or in added_tokens.json")
    func vocabJSON() throws {
        try folder.write("merges.txt", "#version: 0.2\n" + merges.map { $0.joined(separator: " ") + "\n" }.joined())
        try write("vocab.json", numbers)
        #expect(try BytePairFiles.vocabulary(folder: folder.path) == vocabulary)
        let special = numbers.filter { Self.specialNames.contains($0.key) }
        try write("vocab.json", numbers.filter { special[$0.key] == nil })
        try write("added_tokens.json", special)
        #expect(try BytePairFiles.vocabulary(folder: folder.path) == vocabulary)
    }

    @Test("tokenizer.json, merges as lines or as pairs")
    func tokenizerJSON() throws {
        let added = zip(Self.specialNames, tokens.count...).map { Added(id: $1, content: $0) }
        let ordinary = numbers.filter { !Self.specialNames.contains($0.key) }
        try write("tokenizer.json", Tokenizer(addedTokens: added, model: .init(vocab: ordinary, merges: merges)))
        #expect(try BytePairFiles.vocabulary(folder: folder.path) == vocabulary)
        let lines = merges.map { $0.joined(separator: " ") }
        try write("tokenizer.json", Tokenizer(addedTokens: added, model: .init(vocab: ordinary, merges: lines)))
        #expect(try BytePairFiles.vocabulary(folder: folder.path) == vocabulary)
    }

    @Test("CTranslate2's lists, and the bytes of a ggml file")
    func lists() throws {
        try write("vocabulary.json", written)
        #expect(try BytePairFiles.vocabulary(folder: folder.path) == vocabulary)
        let path = try folder.write("vocabulary.txt", written.map { $0 + "\n" }.joined())
        #expect(try BytePairFiles.list(text: path) == vocabulary)
        let bytes = tokens + Self.specialNames.map { Array($0.utf8) }
        #expect(try BytePairFiles.list(bytes: bytes, path: "ggml") == vocabulary)
    }

    @Test("tiktoken's ranks")
    func ranks() throws {
        let lines = tokens.enumerated().map { "\(Data($0.element).base64EncodedString()) \($0.offset)\n" }
        let path = try folder.write("small.tiktoken", lines.joined())
        #expect(try BytePairFiles.ranks(path) == BytePairVocabulary(tokens: tokens))
    }

    @Test("what is wrong is said, with the file")
    func damagedFiles() throws {
        func expect(_ message: String, _ location: SourceLocation = #_sourceLocation) {
            #expect(sourceLocation: location) {
                _ = try BytePairFiles.vocabulary(folder: folder.path)
            } throws: { error in
                guard "\(error)".contains(message) else {
                    Issue.record("\(error)", sourceLocation: location)
                    return false
                }
                return true
            }
        }
        expect("no vocabulary: there is no vocab.json")
        try folder.write("vocabulary.json", "[\"a\",")
        expect("vocabulary.json: not JSON")
        try folder.write("vocabulary.json", "[1]")
        expect("vocabulary.json: the value of `Index 0` has another type")
        try write("vocabulary.json", written.map { $0 == "a" ? "机" : $0 })
        expect("is not written in the letters of a byte-level vocabulary")

        var lines = merges.map { $0.joined(separator: " ") }
        try write("vocab.json", numbers)
        lines.swapAt(3, 4)
        try folder.write("merges.txt", lines.joined(separator: "\n"))
        expect("merges.txt:4: merge 4 is")
        try folder.write("merges.txt", merges.dropLast().map { $0.joined(separator: " ") }.joined(separator: "\n"))
        expect("merges.txt: \(merges.count - 1) merges, but the vocabulary has \(merges.count) tokens of several bytes")
        try write("vocab.json", numbers.mapValues { $0 - 1 })
        expect("vocab.json: a token has the number -1")
        try write("vocab.json", numbers.mapValues { $0 == 5 ? 6 : $0 })
        expect("vocab.json: two tokens have the number 6")
        try write("vocab.json", numbers.filter { $0.value != 7 })
        expect("vocab.json: no token has the number 7")

        let other = try TemporaryFolder()
        let path = try other.write("tokenizer.json", "{\"model\": {\"type\": \"Unigram\", \"vocab\": {}}}")
        #expect {
            _ = try BytePairFiles.tokenizerJSON(path)
        } throws: {
            "\($0)".contains("its model is Unigram; only BPE is read")
        }
    }
}
