import FoundationEssentials
import Glibc
import Testing
import Text

@Suite("byte-level vocabularies, against tiktoken")
struct BytePairTests {
    @Test("a small vocabulary gives the same tokens and the same text")
    func smallVocabulary() throws {
        let fixture = try BytePairFixture.small()
        #expect(fixture.encoded.count == 400 && fixture.decoded.count == 200)
        compare(fixture, with: try BytePairVocabulary(tokens: fixture.tokens))
    }

    private static let folder = getenv("ASR_BYTE_PAIRS").map { String(cString: $0) }

    @Test(
        "Whisper's own vocabularies, 10,000 texts and 10,000 strings of tokens each",
        .enabled(if: folder != nil, "ASR_BYTE_PAIRS names no folder that scripts/golden/byte_pairs.py has written"),
        arguments: ["gpt2", "multilingual"])
    func wholeVocabulary(name: String) throws {
        let fixture = try BytePairFixture(path: "\(try #require(Self.folder))/\(name).json")
        #expect(fixture.encoded.count == 10_000 && fixture.decoded.count == 10_000)
        compare(fixture, with: try BytePairVocabulary(tokens: fixture.tokens))
    }

    private func compare(_ fixture: BytePairFixture, with vocabulary: BytePairVocabulary) {
        for example in fixture.encoded {
            let tokens = vocabulary.tokens(of: example.text)
            #expect(tokens == example.tokens, "\(example.text.debugDescription)")
            #expect(vocabulary.text(of: tokens) == example.text)
        }
        for example in fixture.decoded {
            #expect(vocabulary.text(of: example.tokens) == example.text, "\(example.tokens)")
            // Cut only at whole characters, and nothing lost.
            var text = IncrementalText()
            var pieces = example.tokens.map { text.append(vocabulary.bytes(of: $0)) }
            pieces.append(text.finish())
            #expect(pieces.joined() == example.text, "\(example.tokens)")
        }
    }

    @Test("a character waits for its last byte")
    func incrementalText() {
        var text = IncrementalText()
        #expect(text.append([0xE6]).isEmpty)
        #expect(text.append([0x9C]).isEmpty)
        #expect(text.append([0xBA, 0x41]) == "机A")
        #expect(text.append([0xF0, 0x9F]).isEmpty)
        #expect(text.finish() == "\u{FFFD}")
        #expect(text.finish().isEmpty)
    }

    @Test("a vocabulary needs every byte, and each token once")
    func badVocabularies() {
        let bytes = (0...255).map { [UInt8($0)] }
        #expect(throws: VocabularyError.self) { try BytePairVocabulary(tokens: bytes.dropLast()) }
        #expect(throws: VocabularyError.self) { try BytePairVocabulary(tokens: bytes + [[65, 66], [65, 66]]) }
        #expect(throws: VocabularyError.self) {
            try BytePairVocabulary(tokens: bytes, specialNames: ["<|a|>", "<|a|>"])
        }
    }
}
