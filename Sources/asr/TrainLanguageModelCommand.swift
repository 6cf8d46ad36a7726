import ArgumentParser
import LanguageModels
import Models
import Text

extension LanguageModelDescription.Unit: ExpressibleByArgument {}
extension LanguageModelDescription.Kind: ExpressibleByArgument {}

/// `asr train-lm`: a language model from text.
struct TrainLanguageModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train-lm",
        abstract: "Make a language model from text, which helps a recogniser to spell.",
        discussion: """
            Example: asr train-lm --text books.txt.gz news.txt --vocabulary my-model --output my-language-model

            Text files have a sentence in each line, in UTF-8, packed by gzip or not. They are read as streams: memory does not grow \
            with them. Lines are brought into the form that the recogniser writes (lower case without punctuation, for example). \
            asr transcribe --lm DIR --lm-weight W uses the language model.
            """)

    @Option(
        parsing: .upToNextOption, help: ArgumentHelp("Text files, a sentence in each line.", valueName: "file"))
    var text: [String]

    @Option(
        help: ArgumentHelp(
            "The recogniser that it is for: a model folder, or the name of a built-in model.", valueName: "model"))
    var vocabulary: String

    @Option(name: [.long, .customShort("o")], help: ArgumentHelp("The folder to create.", valueName: "dir"))
    var output: String

    @Option(help: "What predicts the next token: ngram, counts of token sequences.")
    var kind = LanguageModelDescription.Kind.ngram

    @Option(help: "What n-grams are made of (default: words where the recogniser writes spaces, otherwise characters).")
    var unit: LanguageModelDescription.Unit?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Tokens of the longest n-grams (default: 3 for words, 8 for characters).", valueName: "n"))
    var order: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Leave out n-grams that occur no more often than this: a number for each order, with commas between them; the last one holds "
                + "for all orders above (default: 0,0,1).", valueName: "list"))
    var prune: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Words that occur less often are spelled as unknown words are.", valueName: "n"))
    var minimumWordCount = 2

    @Flag(help: "Write ARPA files beside, for KenLM and SRILM.")
    var arpa = false

    func validate() throws {
        if let order, !(2...32).contains(order) { throw ValidationError("--order must be from 2 to 32.") }
        guard minimumWordCount >= 1 else { throw ValidationError("--minimum-word-count must be 1 or more.") }
        _ = try pruning()
    }

    func run() throws {
        let model = try ModelOptions.load(vocabulary, language: nil)
        guard let characters = model.vocabulary.characters else {
            throw ValidationError(
                "--vocabulary \(vocabulary): language models are not for Whisper models; name another recogniser.")
        }
        var options = NGramTraining.Options()
        let hasSpaces = characters.characters.contains(" ")
        options.unit = unit ?? (hasSpaces ? .words : .characters)
        options.order = order ?? (options.unit == .words ? 3 : 8)
        if let pruning = try pruning() { options.pruning = pruning }
        options.minimumWordCount = minimumWordCount
        options.writesARPA = arpa
        let training = NGramTraining(options, vocabulary: characters, output: output) { printError($0) }
        let result = try training.run(TrainingText(paths: text, normalizer: model.configuration.labelNormalizer))
        if let summary = result.unknown.summary { printWarning(summary) }
        for file in result.files {
            let counts = file.counts.map(String.init).joined(separator: " + ")
            printError("wrote \(output)/\(file.name): \(counts) n-grams, \(fixed(Double(file.byteCount) / 1e6, 1)) MB")
        }
    }

    private func pruning() throws -> [Int]? {
        guard let prune else { return nil }
        let numbers = prune.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
        let values = numbers.compactMap(\.self)
        guard values.count == numbers.count, values.allSatisfy({ $0 >= 0 }), values.first == 0,
            values == values.sorted()
        else {
            throw ValidationError(
                "--prune \"\(prune)\": expected numbers that do not fall, with commas between them, the first one 0.")
        }
        return values
    }
}
