import FoundationEssentials
import Text

/// What tiktoken makes of texts and of strings of tokens; by scripts/golden/byte_pairs.py.
struct BytePairFixture: Decodable {
    struct Case: Decodable {
        let text: String
        let tokens: [Int]
    }

    /// The bytes of each token, in base64.
    private let vocabulary: [String]
    /// Texts and their tokens.
    let encoded: [Case]
    /// Tokens, most of which break characters, and their text.
    let decoded: [Case]

    var tokens: [[UInt8]] { vocabulary.map { Array(Data(base64Encoded: $0)!) } }

    init(path: String) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(contentsOf: URL(filePath: path)))
    }

    /// The small vocabulary in `Fixtures`.
    static func small() throws -> BytePairFixture {
        try BytePairFixture(path: #filePath.replacing("BytePairFixture.swift", with: "Fixtures/byte_pairs.json"))
    }
}
