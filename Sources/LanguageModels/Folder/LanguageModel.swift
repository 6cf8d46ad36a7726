import Configuration
import FoundationEssentials
import Models
import Numerics
import Text

/// A language model folder: `config.json`, and `words.ngram` with `spelling.ngram`, or `characters.ngram`, or `model.safetensors`.
public final class LanguageModel: Sendable {
    public let description: LanguageModelDescription
    /// Bytes of its files of n-grams, or of its weights.
    public let byteCount: Int
    package let content: Content
    /// The files of n-grams.
    private let files: [NGramTrie]

    /// What says how probable a text is.
    package enum Content: Sendable {
        case ngrams(any TextModel)
        case network(NetworkModel)
    }

    /// N-grams; nil for a network.
    package var model: (any TextModel)? { if case .ngrams(let model) = content { model } else { nil } }

    /// The folder of a language model inside of a recogniser's.
    public static let folderName = "language-model"

    static let wordsFile = "words.ngram"
    static let spellingFile = "spelling.ngram"
    static let charactersFile = "characters.ngram"

    /// Reads a folder for a recogniser that writes these characters, or pieces of words.
    ///
    /// - Throws: `LanguageModelError` naming the file and what is wrong with it, or what the language model lacks, and for a Whisper model.
    public init(directory: String, vocabulary modelVocabulary: ModelVocabulary) throws {
        guard let vocabulary = modelVocabulary.characters else {
            throw LanguageModelError(
                "\(directory): language models are for models that write characters or few pieces of words, not for Whisper models"
            )
        }
        let path = "\(directory)/config.json"
        guard FileManager.default.fileExists(atPath: path) else {
            throw LanguageModelError(
                "\(path): no such file; name the folder of a language model, which asr train-lm writes")
        }
        do {
            let document = try ConfigurationDocument(path: path)
            let key = "formatVersion"
            if let version = try document.value(Int.self, forKey: key),
                version > LanguageModelDescription.currentVersion
            {
                throw document.error(
                    "format version \(version); this program reads up to version \(LanguageModelDescription.currentVersion): use a newer one",
                    at: key)
            }
            description = try document.decode(LanguageModelDescription.self)
        } catch let error as ConfigurationError {
            throw LanguageModelError("\(error)")
        }
        guard description.kind == .ngram else {
            let network = try NetworkModel(directory: directory, description, for: modelVocabulary)
            content = .network(network)
            byteCount = network.byteCount
            files = []
            return
        }
        let known = Set(description.characters.unicodeScalars)
        let missing = vocabulary.characters.filter { !known.contains($0) }
        guard missing.isEmpty, known.count == vocabulary.characters.count else {
            let characters = Set(vocabulary.characters)
            let other = description.characters.unicodeScalars.filter { !characters.contains($0) }
            throw LanguageModelError(
                "\(directory): was made for another vocabulary: it lacks \(Self.list(missing)), and has \(Self.list(Array(other))) beside; "
                    + "make one with asr train-lm --vocabulary MODEL")
        }
        let characters: any TextModel
        switch description.unit {
        case .words:
            let words = try NGramTrie(path: "\(directory)/\(Self.wordsFile)")
            let spelling = try NGramTrie(path: "\(directory)/\(Self.spellingFile)")
            characters = try WordModel(words: words, spelling: spelling, vocabulary: vocabulary)
            files = [words, spelling]
        case .characters:
            let trie = try NGramTrie(path: "\(directory)/\(Self.charactersFile)")
            characters = CharacterModel(
                trie: trie, tokens: CharacterTokens.numbers(of: vocabulary, in: trie.vocabulary))
            files = [trie]
        case .pieces:
            throw LanguageModelError("\(path): n-grams of pieces, which this program does not know")
        }
        if case .bytePairs(let pieces) = modelVocabulary {
            func ofPieces(_ characters: some TextModel) -> any TextModel {
                PieceModel(characters, vocabulary: vocabulary, pieces: pieces)
            }
            content = .ngrams(ofPieces(characters))
        } else {
            content = .ngrams(characters)
        }
        byteCount = files.reduce(0) { $0 + $1.byteCount }
    }

    /// A short name for exactly these n-grams or weights.
    public var fingerprint: String {
        var fingerprint = Fingerprint()
        for file in files { file.add(to: &fingerprint) }
        if case .network(let model) = content { model.network.add(to: &fingerprint) }
        return fingerprint.description
    }

    /// The first of some characters, and how many more there are.
    static func list(_ characters: [Unicode.Scalar]) -> String {
        if characters.isEmpty { return "none" }
        let shown = characters.prefix(10).map { "\"\($0)\"" }.joined(separator: " ")
        return shown + (characters.count > 10 ? " and \(characters.count - 10) more" : "")
    }
}
