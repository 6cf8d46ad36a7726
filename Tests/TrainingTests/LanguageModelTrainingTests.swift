import Files
import FoundationEssentials
import LanguageModels
import Models
import Synchronization
import Tensors
import TestSupport
import Testing
import Text
import Training

/// What the training of a language model learns, when it ends, and what changes none of its bits.
@Suite struct LanguageModelTrainingTests {
    private let folder: TemporaryFolder
    private let vocabulary = ModelVocabulary.characters(Vocabulary(texts: ["abc "]))
    private let text: String

    init() throws {
        folder = try TemporaryFolder()
        // Every line is "abc" over and over, from one to five times.
        let lines = (0..<400).map { Array(repeating: "abc", count: 1 + $0 * 7 % 5).joined(separator: " ") }
        text = try folder.write("text.txt", lines.joined(separator: "\n"))
    }

    private func configuration(_ kind: LanguageModelDescription.Kind) -> LanguageModelConfiguration {
        var configuration = LanguageModelConfiguration(kind)
        configuration.data.text = [text]
        (configuration.lm.layers, configuration.lm.dimension, configuration.lm.heads) = (1, 16, 2)
        configuration.lm.dropout = 0.1
        configuration.batches.tokensPerBatch = 512
        configuration.batches.tokensPerMicroBatch = 128
        configuration.batches.linesPerBlock = 150
        configuration.schedule.peakLearningRate = 0.02
        configuration.stopping.steps = 20
        configuration.stopping.epochs = 10
        configuration.stopping.evaluationInterval = 8
        return configuration
    }

    private struct Run {
        let outcome: Trainer.Outcome
        let checkpoint: Data?
        let perplexities: [Double]
        let messages: [String]
    }

    private func train(
        _ configuration: LanguageModelConfiguration, _ name: String, threads: Int = 2, stepLimit: Int = .max,
        resume: Bool = false, for vocabulary: ModelVocabulary? = nil
    ) throws -> Run {
        let seen = Mutex<(steps: Int, perplexities: [Double], messages: [String])>((0, [], []))
        let training = try LanguageModelTraining(
            configuration, for: vocabulary ?? self.vocabulary, normalizer: .words, output: "\(folder.path)/\(name)",
            threadCount: threads,
            observer: { event in
                seen.withLock { seen in
                    switch event {
                    case .step(let report): seen.steps = report.step
                    case .perplexity(let report): seen.perplexities.append(report.perplexity.perCharacter)
                    case .message(let text), .warning(let text): seen.messages.append(text)
                    default: break
                    }
                }
            }, shouldStop: { seen.withLock { $0.steps >= stepLimit } })
        let outcome = try training.run(resume: resume)
        return seen.withLock {
            Run(
                outcome: outcome,
                checkpoint: FileManager.default.contents(atPath: "\(folder.path)/\(name)/checkpoint.safetensors"),
                perplexities: $0.perplexities, messages: $0.messages)
        }
    }

    /// What is predicted is nearly certain: only where a line ends cannot be known, at one of about four places.
    @Test(arguments: [LanguageModelDescription.Kind.lstm, .transformer])
    func learns(kind: LanguageModelDescription.Kind) throws {
        var configuration = configuration(kind)
        configuration.lm.dropout = 0
        (configuration.stopping.steps, configuration.stopping.epochs) = (120, 20)
        let run = try train(configuration, "lm")
        #expect(run.outcome == .finished)
        #expect(run.perplexities.count == 15 && run.perplexities.last! < 1.35, "\(run.perplexities)")
        #expect(run.messages.contains { $0.hasPrefix("396 lines, ") })  // four are held out

        // The folder is a language model, whose figures are those of its file.
        let model = try LanguageModel(directory: "\(folder.path)/lm", vocabulary: vocabulary)
        #expect(model.description.kind == kind)
        #expect(model.description.perplexityPerCharacter == run.perplexities.min())
        let dev = try folder.write("dev.txt", "abc abc\nabc")
        let perplexity = try model.perplexity(
            of: TrainingText(paths: [dev], normalizer: .words), vocabulary, workers: WorkerPool(threadCount: 1))
        // 7 + 3 characters, 2 + 1 words, and two ends.
        #expect(perplexity.characterCount == 10 && perplexity.wordCount == 3 && perplexity.lineCount == 2)
        #expect(perplexity.perCharacter < 1.6)

        // The page about the run tells the perplexity.
        #expect(try TrainingReport(directory: "\(folder.path)/lm").html().contains("Perplexity of a character"))
    }

    @Test(arguments: [LanguageModelDescription.Kind.lstm, .transformer])
    func theSameBitsForAnyNumberOfThreads(kind: LanguageModelDescription.Kind) throws {
        let one = try train(configuration(kind), "one", threads: 1)
        for threads in [2, 3, 8] {
            let other = try train(configuration(kind), "\(threads)", threads: threads)
            #expect(other.checkpoint == one.checkpoint && other.perplexities == one.perplexities)
        }
        var other = configuration(kind)
        other.seed = 2
        #expect(try train(other, "other").checkpoint != one.checkpoint)
    }

    /// Interrupted after any step and resumed, training ends with the same bits as without interruption: in the first epoch, behind an evaluation, in the second epoch.
    @Test func resumesWithTheSameBits() throws {
        let whole = try train(configuration(.lstm), "whole")
        for step in [1, 8, 14, 19] {
            #expect(try train(configuration(.lstm), "stopped\(step)", stepLimit: step).outcome == .interrupted)
            let resumed = try train(configuration(.lstm), "stopped\(step)", threads: 1, resume: true)
            #expect(resumed.outcome == .finished)
            #expect(resumed.checkpoint == whole.checkpoint, "after step \(step)")
            for file in ["model.safetensors", "config.json"] {
                #expect(
                    FileManager.default.contents(atPath: "\(folder.path)/stopped\(step)/\(file)")
                        == FileManager.default.contents(atPath: "\(folder.path)/whole/\(file)"), "\(file)")
            }
        }
        #expect(try train(configuration(.lstm), "whole", resume: true).checkpoint == whole.checkpoint)
    }

    private func error(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "no error"
        } catch { return "\(error)" }
    }

    @Test func anotherRunIsNotContinued() throws {
        var configuration = configuration(.lstm)
        _ = try train(configuration, "lm", stepLimit: 2)
        #expect(error { _ = try train(configuration, "lm") }.contains("add --resume to continue"))
        configuration.lm.dimension = 32
        #expect(
            error { _ = try train(configuration, "lm", resume: true) }.contains("lm.dimension was 16 and is 32 now"))
        configuration.lm.dimension = 16
        let other = ModelVocabulary.characters(Vocabulary(texts: ["abcd "]))
        #expect(
            error { _ = try train(configuration, "lm", resume: true, for: other) }.contains(
                "a recogniser of another vocabulary"))
        _ = try folder.write("text.txt", String(repeating: "abc a\n", count: 400))
        #expect(error { _ = try train(configuration, "lm", resume: true) }.contains("the text has changed"))
    }

    @Test func whatTheVocabularyLacksIsNamed() throws {
        let foreign = try folder.write("foreign.txt", String(repeating: "né abc\n", count: 200))
        var configuration = configuration(.lstm)
        configuration.data.text = [foreign]
        configuration.stopping.steps = 1
        let run = try train(configuration, "lm")
        // Two lines of 200 are held out.
        #expect(
            run.messages.contains {
                $0.contains("396 characters that the vocabulary lacks, 2 different ones: \"n\" 198, \"é\" 198")
            }, "\(run.messages)")
    }

    @Test func whatCannotWorkIsRefused() throws {
        var configuration = configuration(.lstm)
        configuration.data.text = [try folder.write("short.txt", "abc\nabc\n")]
        #expect(error { _ = try train(configuration, "a") }.contains("name other text with --dev"))
        configuration.data.dev = [try folder.write("empty.txt", "\n...\n")]
        #expect(error { _ = try train(configuration, "b") }.contains("there is no text in it"))
        configuration.data.text = configuration.data.dev
        #expect(error { _ = try train(configuration, "c") }.contains("there is no text to learn from"))
        configuration.optimizer.averageDecay = 0.9
        #expect(error { _ = try train(configuration, "d") }.contains("optimizer.averageDecay"))
    }

    @Test func networksOfAnotherVocabularyAreRefused() throws {
        _ = try train(configuration(.lstm), "lm")
        let directory = "\(folder.path)/lm"
        let other = ModelVocabulary.characters(Vocabulary(texts: ["abcd "]))
        #expect(
            error { _ = try LanguageModel(directory: directory, vocabulary: other) }.contains(
                "it lacks \"d\", and has none beside"))
        let pieces = try BytePairTokenizer(tokens: (0...255).map { [UInt8($0)] } + [Array(" abc".utf8)])
        #expect(
            error { _ = try LanguageModel(directory: directory, vocabulary: .bytePairs(pieces)) }.contains(
                "is a network of characters, and the model writes pieces of words; make one with asr train-lm"))
        // The same characters in another order are the same language.
        let reversed = try Vocabulary(characters: Array("cba ".unicodeScalars))
        let line = try folder.write("line.txt", "abc abc")
        func perplexity(_ vocabulary: ModelVocabulary) throws -> Double {
            try LanguageModel(directory: directory, vocabulary: vocabulary).perplexity(
                of: TrainingText(paths: [line], normalizer: .words), vocabulary, workers: WorkerPool(threadCount: 1)
            ).perWord
        }
        #expect(try perplexity(.characters(reversed)) == perplexity(vocabulary))
    }

    /// A network of pieces of words.
    @Test func pieces() throws {
        let pieces = ModelVocabulary.bytePairs(
            try BytePairTokenizer(tokens: (0...255).map { [UInt8($0)] } + [Array(" abc".utf8)]))
        let run = try train(configuration(.lstm), "pieces", for: pieces)
        #expect(run.outcome == .finished)
        let model = try LanguageModel(directory: "\(folder.path)/pieces", vocabulary: pieces)
        #expect(model.description.unit == .pieces)
        let other = ModelVocabulary.bytePairs(
            try BytePairTokenizer(tokens: (0...255).map { [UInt8($0)] } + [Array(" abc".utf8), Array(" ab".utf8)]))
        #expect(
            error { _ = try LanguageModel(directory: "\(folder.path)/pieces", vocabulary: other) }.contains(
                "other pieces of words"))
    }
}
