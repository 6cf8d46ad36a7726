import Files
import FoundationEssentials
import Text

/// A file of n-grams that has been written.
public struct NGramFile: Sendable {
    public let name: String
    /// n-grams of each order.
    public let counts: [Int]
    public let byteCount: Int
}

/// The folder of an n-gram language model while it is made.
struct NGramFolder {
    let path: String
    /// What the recogniser writes.
    let vocabulary: Vocabulary
    /// Whether ARPA files are written beside.
    var writesARPA = false

    private var configurationPath: String { "\(path)/config.json" }

    /// - Throws: `LanguageModelError` where there is a model already.
    func checkIsNew() throws(LanguageModelError) {
        guard !FileManager.default.fileExists(atPath: configurationPath) else {
            throw LanguageModelError("\(configurationPath): there is a model already; choose another --output")
        }
    }

    /// - Throws: `LanguageModelError` where there is a model already; `FileWriteError`.
    func make() throws {
        try checkIsNew()
        try AtomicFile.makeFolder(path)
    }

    /// Of a model of which nothing has been counted yet.
    func description(_ unit: LanguageModelDescription.Unit, order: Int) -> LanguageModelDescription {
        LanguageModelDescription(
            unit: unit, characters: String(String.UnicodeScalarView(vocabulary.characters)), order: order)
    }

    func write(_ description: LanguageModelDescription) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try AtomicFile.write(try encoder.encode(description), to: configurationPath)
    }

    func write(_ model: NGramModel, _ name: String) throws -> NGramFile {
        try NGramTrie.write(model, to: "\(path)/\(name)")
        if writesARPA { try model.writeARPA(to: "\(path)/\(name.prefix { $0 != "." }).arpa") }
        let trie = try NGramTrie(path: "\(path)/\(name)")
        return NGramFile(name: name, counts: model.orders.map(\.count), byteCount: trie.byteCount)
    }

    /// The characters of words, each word once: what an unknown word looks like.
    func writeSpelling(of words: some Sequence<String>, _ options: KneserNey.Options) throws -> NGramFile {
        let estimation = try KneserNey(vocabulary: CharacterTokens.names(of: vocabulary), options: options)
        // Sorted, so that the result does not depend on the order of a table.
        let sorted = words.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        for word in sorted where isSpelled(word) { try estimation.add(characterTokens(of: word)) }
        return try write(estimation.model(), LanguageModel.spellingFile)
    }

    /// Whether the recogniser writes all characters of a word.
    func isSpelled(_ word: String) -> Bool { !vocabulary.tokens(of: word).contains(vocabulary.unknown) }

    /// Numbers as in `CharacterTokens.names`.
    func characterTokens(of text: String) -> [Int] {
        let shift = NGramModel.specialTokens.count - Vocabulary.specialNames.count
        return vocabulary.tokens(of: text).map { $0 == vocabulary.unknown ? NGramModel.unknown : $0 + shift }
    }
}
