import Files
import FoundationEssentials
import Text

/// Makes the folder of an n-gram language model from an ARPA file, as KenLM, SRILM and this program write it.
public struct ARPAImport: Sendable {
    /// What came of it.
    public struct Result: Sendable {
        public let description: LanguageModelDescription
        let tokens: ARPATokens
        /// n-grams of more than one token that are left out, because one of their tokens is.
        let leftOutCount: Int
        /// Whether tokens that the file lacks have a probability: that of `<unk>`.
        public let hasUnknown: Bool
        public let files: [NGramFile]

        /// Which tokens are written otherwise than in the file; nil where there are none.
        public var renamingSummary: String? {
            guard let renamed = tokens.renamedSummary else { return nil }
            return
                "\(renamed.count) of \(tokens.count) \(description.unit.rawValue) in the recogniser's form: \(renamed.list)"
        }

        /// Which tokens are left out, and why; nil where there are none.
        public var leftOutSummary: String? {
            guard let leftOut = tokens.leftOutSummary else { return nil }
            return
                "\(leftOut.count) of \(tokens.count) \(description.unit.rawValue) left out, with \(leftOutCount) longer n-grams: \(leftOut.list)"
        }
    }

    private let unit: LanguageModelDescription.Unit
    private let vocabulary: Vocabulary
    private let normalizer: LabelNormalizer
    private let folder: NGramFolder

    /// - Parameters:
    ///   - unit: what the tokens of the file are, words or characters.
    ///   - vocabulary: what the recogniser writes.
    ///   - normalizer: how its labels are brought into that form.
    ///   - output: the folder to write; nothing there may be a language model yet.
    public init(
        _ unit: LanguageModelDescription.Unit, vocabulary: Vocabulary, normalizer: LabelNormalizer, output: String
    ) {
        self.unit = unit
        self.vocabulary = vocabulary
        self.normalizer = normalizer
        folder = NGramFolder(path: output, vocabulary: vocabulary)
    }

    /// - Throws: `TextFileError` naming the line of the ARPA file and what is wrong there; `LanguageModelError`; `FileWriteError`.
    public func run(_ path: String) throws -> Result {
        try folder.checkIsNew()
        guard unit != .words || vocabulary.characters.contains(" ") else { throw WordModel.needsSpaces }
        let read = try NGramModel(arpa: path)
        let tokens = ARPATokens(read, unit, vocabulary: vocabulary, normalizer: normalizer)
        try check(tokens, read, path)
        let model = try read.renumbered(tokens.numbers, vocabulary: tokens.written)
        try folder.make()
        var description = folder.description(unit, order: model.order)
        description.arpa = URL(filePath: path).lastPathComponent
        var files: [NGramFile] = []
        if unit == .words {
            files.append(try folder.write(model, LanguageModel.wordsFile))
            var options = KneserNey.Options(order: NGramTraining.Options().spellingOrder)
            options.folder = folder.path
            let words = model.vocabulary.dropFirst(NGramModel.specialTokens.count)
            files.append(try folder.writeSpelling(of: words, options))
        } else {
            files.append(try folder.write(model, LanguageModel.charactersFile))
        }
        try folder.write(description)
        func longer(_ model: NGramModel) -> Int { model.orders.dropFirst().reduce(0) { $0 + $1.count } }
        return Result(
            description: description, tokens: tokens, leftOutCount: longer(read) - longer(model),
            hasUnknown: read.orders[0].logProbabilities[NGramModel.unknown] > ARPAReader.impossible, files: files)
    }

    private func check(_ tokens: ARPATokens, _ model: NGramModel, _ path: String) throws(LanguageModelError) {
        if unit == .words, model.vocabulary.contains(CharacterTokens.space) {
            throw LanguageModelError(
                "\(path): has the token \(CharacterTokens.space), as a file of characters has; add --unit characters")
        }
        guard tokens.written.count > NGramModel.specialTokens.count else {
            throw LanguageModelError(
                "\(path): the recogniser writes none of its \(tokens.count) \(unit.rawValue); is it for another language, or of "
                    + "\(unit == .words ? "characters (--unit characters)" : "words (--unit words)")?")
        }
        if unit == .characters, vocabulary.characters.contains(" "), !tokens.written.contains(CharacterTokens.space) {
            throw LanguageModelError(
                "\(path): has no token for the space that the recogniser writes, which is called \(CharacterTokens.spaceNames.joined(separator: " or ")) there; if it is a file of words, use --unit words"
            )
        }
    }
}
