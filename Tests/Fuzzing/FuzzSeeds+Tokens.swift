import Foundation
import Text

/// Small byte-level vocabularies in every file that holds one.
extension FuzzSeeds {
    /// What is tried: the file that is broken, and what reads it.
    static let tokens:
        [(name: String, fileName: String, seed: String, read: @Sendable (_ path: String) throws -> Void)] = [
            ("vocab", "tokens/vocab.json", vocab, { _ = try BytePairFiles.vocabJSON(folder: folder(of: $0)) }),
            ("merges", "tokens/merges.txt", merges, { _ = try BytePairFiles.vocabJSON(folder: folder(of: $0)) }),
            (
                "tokenizer", "tokens/tokenizer.json",
                #"{"added_tokens":[],"model":{"type":"BPE","vocab":\#(vocab),"merges":["t h","h e"]}}"#,
                { _ = try BytePairFiles.tokenizerJSON($0) }
            ),
            (
                "list", "tokens/vocabulary.json", "[" + names.map(quoted).joined(separator: ",") + "]",
                { _ = try BytePairFiles.list(json: $0) }
            ),
            (
                "lines", "tokens/vocabulary.txt", names.map { $0 + "\n" }.joined(),
                { _ = try BytePairFiles.list(text: $0) }
            ),
            ("ranks", "tokens/tiny.tiktoken", ranks, { _ = try BytePairFiles.ranks($0) }),
        ]

    /// The files beside them.
    static let tokenCompanions = [("tokens/vocab.json", Array(vocab.utf8)), ("tokens/merges.txt", Array(merges.utf8))]

    static let tokenWords =
        jsonWords + ["\u{120}", "t h", "#version: 0.2", "<|endoftext|>", "added_tokens", "AA==", " 7\n"]

    /// GPT-2's letters for all bytes: itself where it can be seen, otherwise one of those behind 255.
    private static let letters: [String] = {
        var next: UInt32 = 256
        return (0..<256).map { byte in
            if (33...126).contains(byte) || (161...172).contains(byte) || byte >= 174 {
                return String(Unicode.Scalar(UInt8(byte)))
            }
            defer { next += 1 }
            return String(Unicode.Scalar(next)!)
        }
    }()

    private static let names = letters + ["th", "he"]
    private static let merges = "#version: 0.2\nt h\nh e\n"
    private static let vocab =
        "{" + names.enumerated().map { "\(quoted($0.element)):\($0.offset)" }.joined(separator: ",") + "}"
    private static let ranks = ((0..<256).map { [UInt8($0)] } + [Array("th".utf8), Array("he".utf8)]).enumerated()
        .map { "\(Data($0.element).base64EncodedString()) \($0.offset)\n" }.joined()

    private static func quoted(_ text: String) -> String {
        text == "\"" ? #""\"""# : text == "\\" ? #""\\""# : "\"\(text)\""
    }

    private static func folder(of path: String) -> String { String(path[..<path.lastIndex(of: "/")!]) }
}
