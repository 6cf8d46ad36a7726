import FoundationEssentials
import Glibc
import LanguageModels
import TestSupport
import Testing
import Text

@Suite struct ARPAImportTests {
    private let folder: TemporaryFolder
    /// A recogniser of English, as `english-small` is.
    private let vocabulary = Vocabulary(texts: [" 'abcdefghijklmnopqrstuvwxyz"])

    init() throws { folder = try TemporaryFolder() }

    private func imported(
        _ text: String, _ unit: LanguageModelDescription.Unit = .words, normalizer: LabelNormalizer = .words,
        _ vocabulary: Vocabulary? = nil
    ) throws -> (result: ARPAImport.Result, path: String) {
        let output = "\(folder.path)/\(UUID().uuidString)"
        let arpa = try folder.write("a.arpa", text)
        let importing = ARPAImport(
            unit, vocabulary: vocabulary ?? self.vocabulary, normalizer: normalizer, output: output)
        return (try importing.run(arpa), output)
    }

    private func fault(_ text: String, _ unit: LanguageModelDescription.Unit = .words, _ vocabulary: Vocabulary? = nil)
        -> String
    {
        do {
            _ = try imported(text, unit, vocabulary)
            return "no error"
        } catch {
            return "\(error)".replacing(folder.path + "/", with: "")
        }
    }

    /// ln of the probability of a text with its end.
    private func score(_ text: String, in path: String, _ vocabulary: Vocabulary? = nil) throws -> Double {
        let vocabulary = vocabulary ?? self.vocabulary
        let model = try #require(LanguageModel(directory: path, vocabulary: .characters(vocabulary)).model)
        func score(_ model: some TextModel) -> Double {
            model.logProbability(of: vocabulary.tokens(of: text), end: vocabulary.endOfSentence)
        }
        return score(model)
    }

    /// As SRILM may write it: a closed vocabulary of upper case. Behind <s>, CAT has 3/4; its back-off weight is 1/2. Behind CAT, DOG has 1/2;
    /// its back-off weight is 2/3.
    private static let closed = """
        \\data\\
        ngram 1=4
        ngram 2=2

        \\1-grams:
        -0.6020600\t</s>
        -99\t<s>\t-0.3010300
        -0.3010300\tCAT\t-0.1760913
        -0.6020600\tDOG

        \\2-grams:
        -0.1249387\t<s> CAT
        -0.3010300\tCAT DOG

        \\end\\
        """

    /// The next sentence may begin behind each word, which counts for words that follow:
    /// p(c) = p(CAT | <s>) / (p(CAT | <s>) + p(DOG | <s>)) = (3/4) / (3/4 + 1/2 x 1/4) = 6/7, and "at" follows with certainty;
    /// DOG behind CAT: 1/2 + p(</s> | CAT) p(DOG | <s>) = 1/2 + 1/6 x 1/8 = 25/48;
    /// CAT behind CAT: 2/3 x 1/2 + 1/6 x 3/4 = 22/48; so p(d) = 25/47, and "og" follows; p(</s> | DOG) = 1/4.
    @Test func scoresAreThoseOfTheFile() throws {
        let (result, path) = try imported(Self.closed)
        let expected = log(6.0 / 7 * 25 / 47 / 4)
        #expect(abs(try score("cat dog", in: path) - expected) < 1e-4)
        #expect(result.files.map(\.name) == ["words.ngram", "spelling.ngram"] && result.files[0].counts == [5, 2])
        #expect(
            result.renamingSummary == "2 of 2 words in the recogniser's form: \"CAT\" as \"cat\", \"DOG\" as \"dog\"")
        #expect(result.leftOutSummary == nil && result.description.arpa == "a.arpa" && result.description.order == 2)
    }

    /// Without <unk> no other word has a probability, with it each has one: at least that of <unk>, 1/10, times that of its spelling.
    @Test func otherWordsNeedUnknown() throws {
        let (closed, closedPath) = try imported(Self.closed)
        #expect(!closed.hasUnknown)
        #expect(try score("cod", in: closedPath) < -80)
        let (open, openPath) = try imported(
            Self.closed.replacing("ngram 1=4", with: "ngram 1=5").replacing("-99\t<s>", with: "-1\t<UNK>\n-99\t<s>"))
        #expect(open.hasUnknown)
        let score = try score("cod", in: openPath)
        #expect(score > -30 && score < -3)
    }

    /// One order alone: 6/8 for CAT of CAT and DOG would be its share of 3/4 and 1/4; then p(</s>).
    @Test func singleTokensAreEnough() throws {
        let text = """
            \\data\\
            ngram 1=3
            \\1-grams:
            -0.6020600 </s>
            -0.2498775 cat
            -0.7269987 dog
            \\end\\
            """
        // p(cat) = 0.5625, p(dog) = 0.1875: three to one.
        #expect(abs(try score("cat", in: imported(text).path) - log(0.75 * 0.25)) < 1e-4)
    }

    /// What is counted here, written as an ARPA file and imported is the same to the last byte.
    @Test(arguments: [LanguageModelDescription.Unit.words, .characters])
    func goesRound(unit: LanguageModelDescription.Unit) throws {
        let texts = try sentences().map { $0.joined(separator: " ") }
        let vocabulary = Vocabulary(texts: texts)
        var options = NGramTraining.Options()
        options.unit = unit
        options.minimumWordCount = 1
        options.writesARPA = true
        let counted = folder.path + "/counted"
        let training = NGramTraining(options, vocabulary: vocabulary, output: counted)
        let files = try training.run(
            TrainingText(paths: [folder.write("text.txt", texts.joined(separator: "\n"))], normalizer: .words)
        ).files
        let imported = folder.path + "/imported"
        let result = try ARPAImport(unit, vocabulary: vocabulary, normalizer: .words, output: imported).run(
            "\(counted)/\(unit).arpa")
        #expect(result.renamingSummary == nil && result.leftOutSummary == nil && result.hasUnknown)
        #expect(files.count == (unit == .words ? 2 : 1) && result.files.map(\.name) == files.map(\.name))
        for name in files.map(\.name) {
            let (old, new) = (try Data(at: "\(counted)/\(name)"), try Data(at: "\(imported)/\(name)"))
            #expect(old == new, "\(name)")
        }
    }

    /// The file that lmplz made of the sentences (scripts/golden/kneser_ney.sh) scores as what is counted here.
    @Test func kenLMsFileScoresAlike() throws {
        let texts = try sentences().map { $0.joined(separator: " ") }
        let vocabulary = Vocabulary(texts: texts)
        var options = NGramTraining.Options()
        options.minimumWordCount = 1
        options.pruning = [0]
        let counted = folder.path + "/counted"
        _ = try NGramTraining(options, vocabulary: vocabulary, output: counted).run(
            TrainingText(paths: [folder.write("text.txt", texts.joined(separator: "\n"))], normalizer: .words))
        let imported = folder.path + "/imported"
        let result = try ARPAImport(.words, vocabulary: vocabulary, normalizer: .words, output: imported).run(
            fixture("words-3.arpa"))
        #expect(result.leftOutSummary == nil)
        for text in texts.prefix(5) + ["the year it was", "thq"] {
            // The 8 bits of a probability round differently where lmplz's seven digits do.
            let (ours, theirs) = (
                try score(text, in: counted, vocabulary), try score(text, in: imported, vocabulary)
            )
            #expect(abs(ours - theirs) < 0.01 * abs(ours), "\(text)")
        }
    }

    /// Of "The" and "the" the more probable one stays; what the recogniser cannot write goes, with its longer n-grams.
    @Test func wordsThatCannotBeWrittenAreNamed() throws {
        let text = """
            \\data\\
            ngram 1=9
            ngram 2=4
            \\1-grams:
            -1 </s>
            -2 <unk>
            -99 <s> -0.1
            -1 the -0.2
            -1.5 The -0.3
            -1.25 nai\u{308}ve
            -1.2 don\u{2019}t
            -1.3 well-known
            -1.1 <noise>
            \\2-grams:
            -0.5 <s> The
            -0.25 <s> the
            -0.3 the <noise>
            -0.4 the don\u{2019}t
            \\end\\
            """
        let (result, path) = try imported(text)
        #expect(
            result.leftOutSummary
                == "4 of 6 words left out, with 2 longer n-grams: 3 that the recogniser does not write (\"<noise>\", \"nai\u{308}ve\", \"well-known\"), 1 whose form a more probable one has (\"The\" as \"the\")"
        )
        #expect(result.renamingSummary == "1 of 6 words in the recogniser's form: \"don\u{2019}t\" as \"don't\"")
        #expect(result.files[0].counts == [5, 2])
        #expect(try score("the don't", in: path) > score("the", in: path) - 3)
        #expect(throws: LanguageModelError.self) {
            try ARPAImport(.words, vocabulary: vocabulary, normalizer: .words, output: path).run(folder.path + "/none")
        }
    }

    /// Spaces have several names; "B" is b, and the recogniser has no "é". p(a b) = p(a | <s>) p(space) p(b) p(</s>), with the back-off
    /// weights of <s> and of a.
    @Test(arguments: ["<space>", "▁", "|"]) func charactersAreImported(space: String) throws {
        let text = """
            \\data\\
            ngram 1=7
            ngram 2=1
            \\1-grams:
            -1 </s>
            -2 <unk>
            -99 <s> -0.1
            -0.5 a -0.25
            -0.75 B
            -0.6 \(space)
            -0.9 \u{E9}
            \\2-grams:
            -0.3 <s> a
            \\end\\
            """
        let (result, path) = try imported(text, .characters)
        #expect(abs(try score("a b", in: path) - log(10) * (-0.3 - 0.25 - 0.6 - 0.75 - 1)) < 1e-4)
        #expect(
            result.leftOutSummary
                == "1 of 4 characters left out, with 0 longer n-grams: 1 that the recogniser does not write (\"\u{E9}\")"
        )
        #expect(result.files.map(\.name) == ["characters.ngram"])
    }

    @Test func filesOfTheWrongKindAreRefused() {
        let ofCharacters = Self.closed.replacing("DOG", with: "<space>")
        #expect(
            fault(ofCharacters) == "a.arpa: has the token <space>, as a file of characters has; add --unit characters")
        #expect(fault(Self.closed, .characters).contains("writes none of its 2 characters"))
        let spaceless = Self.closed.replacing("CAT", with: "a")
        #expect(fault(spaceless, .characters).contains("has no token for the space"))
        #expect(fault(Self.closed, .words, Vocabulary(texts: ["\u{673A}a "])).contains("writes none of its 2 words"))
        #expect(fault(Self.closed, .words, Vocabulary(texts: ["\u{673A}"])).contains("writes none; train"))
        #expect(fault(Self.closed.replacing("-0.1249387", with: "nan")).hasPrefix("a.arpa:12: \"nan\" is no finite"))
    }
}

extension Data {
    fileprivate init(at path: String) throws { self = try Data(contentsOf: URL(filePath: path)) }
}
