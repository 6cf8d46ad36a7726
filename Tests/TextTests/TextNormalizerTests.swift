import FoundationEssentials
import Testing
import Text

@Suite struct TextNormalizerTests {
    /// Expected strings from scripts/golden/normalizer.py (openai-whisper 20250625): text, english, basic.
    @Test func whisperNormalizesTheSame() throws {
        let path = #filePath.replacing("TextNormalizerTests.swift", with: "Fixtures/normalizer.tsv")
        let fixture = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        var count = 0
        for line in fixture.split(separator: "\n") {
            let columns = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            // Scalar by scalar, because strings are equal in whatever form.
            for (normalizer, expected) in [(TextNormalizer.english, columns[1]), (.basic, columns[2])] {
                let normalized = normalizer.normalized(columns[0])
                #expect(
                    Array(normalized.unicodeScalars) == Array(expected.unicodeScalars),
                    "\(normalizer) of '\(columns[0])': '\(normalized)'")
            }
            count += 1
        }
        #expect(count == 325)
    }

    @Test func noneLeavesTheTextAlone() {
        #expect(TextNormalizer.none.normalized("  Ｈi, <x> 1 ") == "  Ｈi, <x> 1 ")
    }

    /// Written down by hand after the rules in docs/scoring.md.
    @Test(arguments: [
        ("机器学习，很有意思！", "机器学习很有意思"),
        ("我用 iPhone 拍照 OK la", "我用iphone拍照ok la"),
        ("２０２４年１０月", "二零二四年十月"),
        ("共10500元", "共一万零五百元"),
        ("100010", "十万零一十"), ("120000000", "一亿二千万"), ("10", "十"), ("110", "一百一十"), ("0", "零"),
        ("1,050,000", "一百零五万"), ("300000001", "三亿零一"),
        ("3.50%", "百分之三点五零"), ("-5度", "负五度"), ("第007号", "第零零七号"), ("〇", "零"),
        ("臺灣 台湾", "臺灣台湾"), ("1234567890123", "一二三四五六七八九零一二三"),
    ])
    func chinese(_ written: String, _ expected: String) {
        #expect(TextNormalizer.chinese.normalized(written) == expected)
    }

    @Test func chineseCharactersCountAsWords() {
        #expect(TextNormalizer.chinese.separatedIntoWords("我用iphone拍照ok la") == "我 用 iphone 拍 照 ok la")
        #expect(TextNormalizer.english.separatedIntoWords("a b") == "a b")
    }

    /// The fingerprints change exactly when the rules do: then `version` must go up, and CHANGELOG.md say so.
    @Test func identifiersAreStable() {
        #expect(
            TextNormalizer.allCases.map(\.identifier) == [
                "none-v1-d2a00bee659538b7", "basic-v1-36c103032b5dc773", "english-v1-3cf8185185d576bf",
                "chinese-v1-661fd0b7b43638b8",
            ])
    }
}
