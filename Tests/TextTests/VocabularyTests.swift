import FoundationEssentials
import Testing
import Text

@Suite struct VocabularyTests {
    @Test func charactersAreTokensAfterTheSpecialOnes() {
        let vocabulary = Vocabulary(texts: ["ba", "ab c"])
        // Five special tokens, then space, a, b, c by code point.
        #expect(vocabulary.count == 9)
        #expect(vocabulary.tokens(of: "ab") == [6, 7])
        #expect(vocabulary.tokens(of: " ") == [5])
    }

    @Test func anyScriptIsOneTokenACharacter() {
        let vocabulary = Vocabulary(texts: ["机器学习"])
        #expect(vocabulary.tokens(of: "机器学习").count == 4)
        #expect(vocabulary.text(of: vocabulary.tokens(of: "学习机器")) == "学习机器")
    }

    @Test func rareCharactersAreUnknown() {
        let vocabulary = Vocabulary(texts: ["aab"], minimumCount: 2)
        #expect(vocabulary.tokens(of: "ab") == [5, vocabulary.unknown])
        #expect(
            vocabulary.text(of: [5, vocabulary.unknown, vocabulary.endOfSentence, vocabulary.blank!]) == "a\u{FFFD}")
    }

    @Test func readsBackWhatItWrites() throws {
        let vocabulary = Vocabulary(texts: ["e\u{301}'\" \\机"])
        let data = try JSONEncoder().encode(vocabulary)
        #expect(try JSONDecoder().decode(Vocabulary.self, from: data) == vocabulary)
    }

    @Test(arguments: [
        #"{"tokens":["a"]}"#,
        #"{"tokens":["<blank>","<padding>","<unknown>","<start>","<end>","a","a"]}"#,
        #"{"tokens":["<blank>","<padding>","<unknown>","<start>","<end>","ab"]}"#,
    ])
    func refusesWhatIsNoVocabulary(json: String) {
        #expect(throws: (any Error).self) { try JSONDecoder().decode(Vocabulary.self, from: Data(json.utf8)) }
    }
}

@Suite struct LabelNormalizerTests {
    /// ASCII has a way of its own. A text that a word with an accent follows goes the general way, and must give the same before it:
    /// all texts of up to three of these characters, which have every kind of ASCII, and some long ones.
    @Test(arguments: LabelNormalizer.allCases) func asciiIsNormalizedAsAnyOtherText(normalizer: LabelNormalizer) {
        let characters: [Character] = ["a", "Z", "7", "'", " ", "-", "\t", "\r\n", "@", "[", "{", "\u{0}", "\u{7F}"]
        var texts: [String] = [""]
        for _ in 0..<3 { texts += texts.flatMap { text in characters.map { text + String($0) } } }
        texts.append("IT'S 5 O'CLOCK -- 'tis the boys' ''quoted'' hour;\tisn't it? ")
        for text in Set(texts) {
            let ascii = normalizer.normalized(text)
            let separator = ascii.isEmpty || normalizer == .characters ? "" : " "
            #expect(normalizer.normalized(text + " \u{E9}") == ascii + separator + "\u{E9}", "\(text.debugDescription)")
        }
    }

    @Test(arguments: [
        (LabelNormalizer.words, "  Don't STOP, \"now\"!  ", "don't stop now"),
        (.words, "O\u{2019}Neill's 'tis", "o'neill's tis"),
        (.words, "ÄÖÜ ß 3.5", "äöü ß 3 5"),
        (.characters, "胡晓桃，辽宁锦州人。", "胡晓桃辽宁锦州人"),
        (.none, " As  It\tIs. ", "As It Is."),
        (.words, "?!", ""),
    ])
    func normalizes(normalizer: LabelNormalizer, text: String, expected: String) {
        #expect(normalizer.normalized(text) == expected)
    }

    /// Scalars, because strings are equal in whatever form. By the Unicode character database: ê with a dot below is one character,
    /// so are the two parts of a Korean syllable; x has none with an acute; NFC leaves ﬁ, which only NFKC takes apart.
    @Test(arguments: [
        ("cafe\u{301}", "caf\u{E9}"), ("vi\u{EA}\u{323}t", "vi\u{1EC7}t"), ("e\u{302}\u{323}", "\u{1EC7}"),
        ("\u{1112}\u{1161}\u{11AB}", "\u{D55C}"), ("x\u{301}", "x\u{301}"), ("\u{FB01}e\u{301}", "\u{FB01}\u{E9}"),
        ("机器", "机器"),
    ])
    func composesMarks(text: String, expected: String) {
        for normalizer in LabelNormalizer.allCases {
            #expect(Array(normalizer.normalized(text).unicodeScalars) == Array(expected.unicodeScalars))
        }
    }
}
