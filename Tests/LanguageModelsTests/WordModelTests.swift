import Glibc
import LanguageModels
import TestSupport
import Testing
import Text

@Suite struct WordModelTests {
    private let folder: TemporaryFolder
    private let vocabulary: Vocabulary
    private let model: WordModel
    private let words: NGramModel
    private let spelling: NGramModel

    init() throws {
        folder = try TemporaryFolder()
        let texts = try sentences().map { $0.joined(separator: " ") }
        vocabulary = Vocabulary(texts: texts)
        let path = try folder.write("text.txt", texts.joined(separator: "\n"))
        var options = NGramTraining.Options()
        options.spellingOrder = 3
        options.writesARPA = true
        _ = try NGramTraining(options, vocabulary: vocabulary, output: folder.path + "/lm").run(
            TrainingText(paths: [path], normalizer: .words))
        model = try #require(
            LanguageModel(directory: folder.path + "/lm", vocabulary: .characters(vocabulary)).model as? WordModel)
        words = try NGramModel(arpa: folder.path + "/lm/words.arpa")
        spelling = try NGramModel(arpa: folder.path + "/lm/spelling.arpa")
    }

    /// exp of the sum over the characters of a text, without its end.
    private func probability<Model: TextModel>(_ text: String, _ model: Model) -> Double {
        var state = model.start
        var sum = 0.0
        for token in vocabulary.tokens(of: text) {
            sum += Double(model.logProbability(of: token, isEnd: false, after: state))
            state = model.advanced(state, by: token)
        }
        return exp(sum)
    }

    /// p(word | history), or that of the first word of the next sentence, straight from the ARPA file.
    private func wordProbability(_ word: String, after history: [String]) -> Double {
        func p(_ word: String, _ history: [String]) -> Double {
            func number(_ word: String) -> Int { words.vocabulary.firstIndex(of: word) ?? NGramModel.unknown }
            return pow(10, Double(words.logProbability(of: number(word), after: history.map(number))))
        }
        return p(word, history) + p("</s>", history) * p(word, ["<s>"])
    }

    /// p(spelling of a word and, if it is complete, its end | it is unknown).
    private func spellingProbability(_ word: String, isComplete: Bool) -> Double {
        let tokens =
            [NGramModel.sentenceStart] + word.map { spelling.vocabulary.firstIndex(of: String($0))! }
            + (isComplete ? [NGramModel.sentenceEnd] : [])
        return tokens.indices.dropFirst().reduce(1) {
            $0 * pow(10, Double(spelling.logProbability(of: tokens[$1], after: Array(tokens[..<$1]))))
        }
    }

    /// A beginning of a word is worth the sum over all words that it may become, less what cannot be a word: `</s>`.
    @Test func aBeginningIsTheSumOfItsWords() throws {
        let lexicon = words.vocabulary.dropFirst(3)
        for (history, beginning) in [
            ([], "t"), ([], "the"), (["the"], "s"), (["of", "the"], "p"), (["it", "was"], "th"),
        ] {
            let text = history.map { $0 + " " }.joined()
            let context = ["<s>"] + history
            let unknown = wordProbability("<unk>", after: context)
            let sum = lexicon.filter { $0.hasPrefix(beginning) }.reduce(0) { $0 + wordProbability($1, after: context) }
            let all = lexicon.reduce(0) { $0 + wordProbability($1, after: context) } + unknown
            let expected = (sum + unknown * spellingProbability(beginning, isComplete: false)) / all
            let actual = probability(text + beginning, model) / probability(text, model)
            // The codes of the trie have 8 bits.
            #expect(abs(log(actual / expected)) < 0.1, "\(text)\(beginning)")
        }
    }

    /// A word that the text does not have costs more than one that it has, and is possible.
    @Test func unknownWordsArePossible() throws {
        let (known, unknown) = (probability("the ", model), probability("thq ", model))
        #expect(unknown > 1e-12 && unknown < known / 100)
        let expected = wordProbability("<unk>", after: ["<s>"]) * spellingProbability("thq", isComplete: true)
        let all =
            words.vocabulary.dropFirst(3).reduce(0) { $0 + wordProbability($1, after: ["<s>"]) }
            + wordProbability("<unk>", after: ["<s>"])
        #expect(abs(log(unknown / (expected / all))) < 0.1)
    }

    /// At any place the probabilities of all characters sum to 1; inside of a word the space is one of them.
    @Test(arguments: ["", "t", "the", "the ", "it was th", "xq"]) func charactersSumToOne(text: String) throws {
        func sum<Model: TextModel>(_ model: Model) -> Double {
            let tokens = vocabulary.tokens(of: text)
            let state = tokens.reduce(model.start) { model.advanced($0, by: $1) }
            let isInside = !text.isEmpty && !text.hasSuffix(" ")
            return (Vocabulary.specialNames.count..<vocabulary.count).reduce(0) {
                let token = $1
                guard isInside || vocabulary.text(of: [token]) != " " else { return $0 }
                return $0 + exp(Double(model.logProbability(of: token, isEnd: false, after: state)))
            }
        }
        // Probabilities have 8 bits.
        #expect(abs(sum(model) - 1) < 0.06)
    }

    @Test func aTextThatOccursIsMoreProbable() throws {
        func score<Model: TextModel>(_ text: String, _ model: Model) -> Double {
            model.logProbability(of: vocabulary.tokens(of: text), end: vocabulary.endOfSentence)
        }
        #expect(score("it was the year", model) > score("it was the ear", model))
        #expect(score("it was the", model) > score("was it the", model))
    }

    /// A text is as probable in pieces as in characters, however it is cut.
    @Test func piecesAreTheirCharacters() throws {
        let letters = vocabulary.characters.filter { $0 != " " }
        let tokens =
            (0...255).map { [UInt8($0)] } + (letters.map { " \($0)" } + ["he", " the", "as"]).map { Array($0.utf8) }
        let pieces = try BytePairTokenizer(tokens: tokens)
        let cut = try #require(LanguageModel(directory: folder.path + "/lm", vocabulary: .bytePairs(pieces)).model)
        func score<Model: TextModel>(_ tokens: [Int], end: Int, _ model: Model) -> Double {
            model.logProbability(of: tokens, end: end)
        }
        for text in ["it was the year", "the thq", ""] {
            let label = pieces.label(of: text, durationInSeconds: 1)
            #expect(text.isEmpty || label.count < text.count)
            let expected = score(vocabulary.tokens(of: text), end: vocabulary.endOfSentence, model)
            #expect(abs(score(label, end: pieces.endOfSentence, cut) - expected) < 1e-4)
        }
        // One of other characters.
        let other = try BytePairTokenizer(tokens: (0...255).map { [UInt8($0)] } + [Array("th".utf8)])
        #expect(throws: LanguageModelError.self) {
            try LanguageModel(directory: folder.path + "/lm", vocabulary: .bytePairs(other))
        }
    }

    @Test func languageModelsOfAnotherVocabularyAreRefused() throws {
        let other = Vocabulary(texts: ["abc 机"])
        do {
            _ = try LanguageModel(directory: folder.path + "/lm", vocabulary: .characters(other))
            Issue.record("no error")
        } catch {
            #expect("\(error)".contains("it lacks \"机\", and has "))
        }
        #expect(throws: LanguageModelError.self) {
            try LanguageModel(directory: folder.path, vocabulary: .characters(vocabulary))
        }
    }

    @Test func textThatTheVocabularyLacksIsCounted() throws {
        let path = try folder.write("foreign.txt", "né né à\nthe end\n")
        let result = try NGramTraining(.init(), vocabulary: vocabulary, output: folder.path + "/foreign").run(
            TrainingText(paths: [path], normalizer: .words))
        #expect(result.unknown.summary == "3 characters that the vocabulary lacks, 2 different ones: \"é\" 2, \"à\" 1")
        #expect(result.description.wordCount == 5 && result.description.lineCount == 2)
        #expect(throws: LanguageModelError.self) {
            try NGramTraining(.init(), vocabulary: vocabulary, output: folder.path + "/empty").run(
                TrainingText(paths: [try folder.write("empty.txt", "...\n\n")], normalizer: .words))
        }
    }
}
