import Datasets
import Files
import FoundationEssentials
import Models
import Synchronization
import Tensors
import Testing
import Text
import Training

@Suite struct InitializationTests {
    private let corpus: ToneCorpus
    /// A model trained on the corpus, whose vocabulary is abc.
    private let initial: SpeechModel
    private let initialPath: String

    init() throws {
        corpus = try ToneCorpus()
        var configuration = corpus.configuration()
        configuration.stopping.epochs = 1
        configuration.model.tiesEmbedding = false
        _ = try corpus.train(configuration, "initial")
        initialPath = "\(corpus.folder.path)/initial"
        initial = try SpeechModel(directory: initialPath)
    }

    /// Fine-tuning on the corpus, read as the command reads it.
    private func configuration(_ overrides: String..., from path: String? = nil) throws -> TrainingConfiguration {
        var configuration = try TrainingConfiguration.load(
            path: nil, overrides: overrides, initialModel: path ?? initialPath)
        let base = corpus.configuration()
        configuration.data = base.data
        configuration.batches = base.batches
        configuration.stopping.epochs = 1
        return configuration
    }

    /// A name that is no folder here means a built-in model: its sizes are the defaults, and it is read.
    @Test func beginsWithTheBuiltInModelByName() throws {
        let named = try configuration(from: "english-small")
        #expect(
            named.model
                == (try SpeechModel.Description(directory: BuiltInModel.directory(named: "english-small")).model))
        #expect(try corpus.train(named, "named", stepLimit: 1).outcome == .interrupted)
    }

    private func model(_ name: String) throws -> SpeechModel {
        try SpeechModel(directory: "\(corpus.folder.path)/\(name)")
    }

    /// The rows of a model's token parameters, by parameter and token.
    private func rows(_ model: SpeechModel) -> [String: [String: [Float]]] {
        let names = Vocabulary.specialNames + model.characters!.characters.map { String($0) }
        var result: [String: [String: [Float]]] = [:]
        for parameter in model.network.tokenParameters {
            let values = parameter.value.values
            let width = values.count / names.count
            for (row, name) in names.enumerated() {
                result[parameter.name, default: [:]][name] = Array(values[row * width..<(row + 1) * width])
            }
        }
        return result
    }

    @Test func withoutALearningRateNothingChanges() throws {
        let configuration = try configuration("schedule.peakLearningRate=0")
        #expect(configuration.model == initial.configuration)
        _ = try corpus.train(configuration, "same")
        let same = try model("same")
        #expect(same.fingerprint == initial.fingerprint)
        // Measured before the first step, and never better after it.
        #expect(same.description.training?.steps == 0)
        #expect(same.description.featureNormalization == initial.description.featureNormalization)
        let card = try Data(contentsOf: URL(filePath: "\(corpus.folder.path)/same/README.md"))
        #expect(
            String(decoding: card, as: UTF8.self).contains(
                "| fine-tuned from | \(initialPath) |\n| longest utterances | 0.6 s;"))
    }

    /// Fine-tuned on single letters of 0.2 s, the model can still follow the 0.6 s that the initial one had learned.
    @Test func shortUtterancesDoNotShortenWhatIsFollowed() throws {
        var configuration = try configuration()
        let lines = try String(decoding: Data(contentsOf: URL(filePath: corpus.train)), as: UTF8.self).split(
            separator: "\n")
        configuration.data.train = [
            DataSource(path: try corpus.folder.write("few.jsonl", lines[..<3].joined(separator: "\n") + "\n"))
        ]
        _ = try corpus.train(configuration, "tuned")
        let (before, after) = (initial.description.training, try model("tuned").description.training)
        #expect(before?.longestUtteranceInSeconds == 0.6)
        #expect(after?.longestUtteranceInSeconds == 0.6)
    }

    /// A CTC output that is kept as it is, with all below it, may join the search although its loss is not computed.
    @Test func aFrozenEncoderKeepsItsCTCOutput() throws {
        let configuration = try configuration(
            "initialization.frozen=[subsampling, encoder, ctc_output]", "loss.ctcWeight=0")
        #expect(configuration.evaluation.ctcWeight > 0)
        #expect(try corpus.train(configuration, "tuned").outcome == .finished)
        var other = configuration
        other.initialization.frozen = ["encoder", "ctc_output"]
        let error = #expect(throws: TrainingError.self) { try corpus.train(other, "other") }
        #expect(error?.description.contains("set evaluation.ctcWeight to 0") == true)
    }

    /// The statistics are the initial model's, whatever the new data would give.
    @Test func theFeaturesStayThoseOfTheInitialModel() throws {
        var configuration = try configuration("schedule.peakLearningRate=0")
        let lines = try String(decoding: Data(contentsOf: URL(filePath: corpus.train)), as: UTF8.self).split(
            separator: "\n")
        configuration.data.train = [DataSource(path: try corpus.folder.write("few.jsonl", lines[0] + "\n"))]
        _ = try corpus.train(configuration, "same")
        #expect(try model("same").description.featureNormalization == initial.description.featureNormalization)
        #expect(try model("same").fingerprint == initial.fingerprint)  // a b c are kept although only a is in the text
    }

    @Test func aModelInBFloat16WillDo() throws {
        let half = "\(corpus.folder.path)/half"
        try ModelFolder.convert(initialPath, to: .bfloat16, output: half)
        _ = try corpus.train(try configuration("schedule.peakLearningRate=0", from: half), "same")
        #expect(try model("same").fingerprint == SpeechModel(directory: half).fingerprint)
    }

    @Test func frozenPartsStay() throws {
        let configuration = try configuration(
            "initialization.frozen=[subsampling, encoder.layers.0.self_attention, decoder]")
        _ = try corpus.train(configuration, "tuned")
        // The checkpoint, because the initial model may still be the best.
        let store = initial.network.parameters
        let tuned = Tensor(zeros: [store.flatCount])
        try SafeTensors(path: "\(corpus.folder.path)/tuned/checkpoint.safetensors").read("parameters", into: tuned)
        let values = tuned.values
        var frozenCount = 0
        for parameter in store.parameters {
            let isFrozen = ["subsampling.", "encoder.layers.0.self_attention.", "decoder."].contains {
                parameter.name.hasPrefix($0)
            }
            frozenCount += isFrozen ? 1 : 0
            let after = Array(values[parameter.offset..<parameter.offset + parameter.count])
            #expect((after == parameter.value.values) == isFrozen, "\(parameter.name)")
        }
        #expect(frozenCount > 10 && frozenCount < store.parameters.count)
    }

    /// Fine-tuned on texts of a, b and d with the rate 0: shared rows are the old ones, new ones are as usual.
    @Test(arguments: [true, false]) func aChangedVocabularyKeepsSharedRows(keepsCharacters: Bool) throws {
        var configuration = try configuration(
            "schedule.peakLearningRate=0", "initialization.keepsCharacters=\(keepsCharacters)")
        let text = String(decoding: try Data(contentsOf: URL(filePath: corpus.train)), as: UTF8.self)
        let changed = text.split(separator: "\n").map { line in
            let parts = line.split(separator: #""text": ""#)
            return parts[0] + #""text": ""# + String(parts[1].map { $0 == "c" ? "d" : $0 })
        }
        configuration.data.train = [
            DataSource(path: try corpus.folder.write("other.jsonl", changed.joined(separator: "\n") + "\n"))
        ]
        let messages = Mutex<[String]>([])
        _ = try Trainer(
            configuration, output: "\(corpus.folder.path)/tuned", threadCount: 1,
            observer: { if case .message(let text) = $0 { messages.withLock { $0.append(text) } } }
        ).run(resume: false)

        let tuned = try model("tuned")
        #expect(tuned.characters!.characters == (keepsCharacters ? ["a", "b", "c", "d"] : ["a", "b", "d"]))
        let (before, after) = (rows(initial), rows(tuned))
        #expect(before.count == 5 && after.count == 5)
        for (name, rows) in after {
            for (token, row) in rows where token != "d" { #expect(row == before[name]?[token], "\(name) \(token)") }
        }
        // As usual: biases begin with 0, weights do not.
        #expect(after["ctc_output.bias"]?["d"] == [0] && after["decoder.output.bias"]?["d"] == [0])
        #expect(after["decoder.embedding.weight"]?["d"]?.contains { $0 != 0 } == true)
        let message = messages.withLock { $0.first { $0.hasPrefix("begins with") } }
        #expect(
            message == "begins with \(initialPath); 1 new characters with random weights: d"
                + (keepsCharacters ? "" : "; 1 characters dropped: c"))
    }

    /// Every parameter whose shape depends on the vocabulary is one whose rows are tokens.
    @Test(arguments: [true, false]) func tokenParametersAreAllThatDependOnTheVocabulary(tiesEmbedding: Bool) {
        var configuration = ModelConfiguration()
        configuration.tiesEmbedding = tiesEmbedding
        let (one, other) = (
            EncoderDecoder(configuration, vocabularySize: 17), EncoderDecoder(configuration, vocabularySize: 19)
        )
        let dependent = zip(one.parameters.parameters, other.parameters.parameters).filter { $0.shape != $1.shape }
        #expect(dependent.map(\.0.name) == one.tokenParameters.map(\.name))
        #expect(
            dependent.allSatisfy {
                $0.shape[0] == 17 && $1.shape[0] == 19 && $0.shape.dropFirst() == $1.shape.dropFirst()
            })
    }

    @Test(arguments: [
        ("model.encoderLayerCount=2", "model.encoderLayerCount is 2, but the initial model "),
        ("model.decoder.layer=lstm", "model.decoder.layer is lstm, but the initial model "),
        ("model.frontend.sampleRate=8000", "model.frontend.sampleRate is 8000, but the initial model "),
        ("model.featureNormalization=none", "model.featureNormalization is none, but the initial model "),
        ("model.transformer.activation=gelu", "model.transformer.activation is gelu, but the initial model "),
        ("initialization.frozen=[encodr]", "begins with \"encodr\"; did you mean encoder?"),
        (
            "initialization.frozen=[encoder.layers.9]",
            "begins with \"encoder.layers.9\"; did you mean encoder.layers.0?"
        ),
        ("initialization.frozen=[xyzxyzxyz]", "the parts are subsampling, encoder, ctc_output, decoder"),
        ("initialization.frozen=[subsampling, encoder, ctc_output, decoder]", "nothing is left to learn"),
    ])
    func contradictionsNameTheKey(setting: String, message: String) throws {
        let configuration = try configuration(setting)
        let error = #expect(throws: TrainingError.self) { try corpus.train(configuration, "tuned") }
        #expect(error?.description.contains(message) == true, "\(String(describing: error))")
    }

    @Test func newCharactersCannotBeFrozen() throws {
        var configuration = try configuration("initialization.frozen=[decoder]")
        let text = String(decoding: try Data(contentsOf: URL(filePath: corpus.train)), as: UTF8.self)
        configuration.data.train = [
            DataSource(
                path: try corpus.folder.write("other.jsonl", text.split(separator: "\n")[0].dropLast(2) + "z\"}\n"))
        ]
        let error = #expect(throws: TrainingError.self) { try corpus.train(configuration, "tuned") }
        #expect(error?.description.contains("decoder.embedding.weight has random rows for 1 new characters") == true)
    }

    @Test func frozenRandomWeightsAreRefused() throws {
        var configuration = corpus.configuration()
        configuration.initialization.frozen = ["encoder"]
        let error = #expect(throws: TrainingError.self) { try corpus.train(configuration, "model") }
        #expect(error?.description.contains("name a model with --init") == true)
    }

    /// Killed in the first step, when the model that it began with is already in the folder, a run can be resumed all the same.
    @Test func resumesBeforeTheFirstStep() throws {
        var configuration = try configuration()
        configuration.stopping.keepBest = 2
        let (whole, killed) = ("\(corpus.folder.path)/whole", "\(corpus.folder.path)/killed")
        let isCopied = Mutex(false)
        _ = try Trainer(
            configuration, output: whole, threadCount: 2,
            observer: { event in
                guard case .step(let report) = event, report.step == 1 else { return }
                isCopied.withLock {
                    $0 = (try? FileManager.default.copyItem(atPath: whole, toPath: killed)) != nil
                }
            }
        ).run(resume: false)
        try #require(isCopied.withLock { $0 })
        let resumed = try corpus.train(configuration, "killed", resume: true)
        #expect(try resumed.checkpoint == Data(contentsOf: URL(filePath: "\(whole)/checkpoint.safetensors")))
        for name in ["model.safetensors", "best/models.json"] {
            let paths = [whole, killed].map { URL(filePath: "\($0)/\(name)") }
            #expect(try Data(contentsOf: paths[0]) == Data(contentsOf: paths[1]), "\(name)")
        }
        func evaluationCount(_ folder: String) throws -> Int {
            let metrics = try Data(contentsOf: URL(filePath: "\(folder)/metrics.jsonl"))
            return metrics.split(separator: UInt8(ascii: "\n")).count {
                String(decoding: $0, as: UTF8.self).contains("devLoss")
            }
        }
        #expect(try evaluationCount(killed) == evaluationCount(whole))
    }

    /// Dropout and the like may change, and an interrupted run goes on with the same bits; with another model it does not.
    @Test func resumesFromTheSameModelOnly() throws {
        let configuration = try configuration(
            "model.transformer.dropout=0.3", "model.language=en", "initialization.frozen=[encoder]")
        let whole = try corpus.train(configuration, "whole")
        _ = try corpus.train(configuration, "stopped", stepLimit: 1)
        #expect(try corpus.train(configuration, "stopped", threads: 1, resume: true).checkpoint == whole.checkpoint)

        _ = try corpus.train(configuration, "again", stepLimit: 1)
        let other = try self.configuration(from: "\(corpus.folder.path)/whole")
        _ = try corpus.train(other, "other")
        for name in ["model.safetensors", "config.json"] {
            let data = try Data(contentsOf: URL(filePath: "\(corpus.folder.path)/other/\(name)"))
            try data.write(to: URL(filePath: "\(initialPath)/\(name)"))
        }
        let error = #expect(throws: TrainingError.self) { try corpus.train(configuration, "again", resume: true) }
        #expect(
            error?.description.contains("training began with another model") == true, "\(String(describing: error))")
    }
}
