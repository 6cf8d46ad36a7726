import Audio
import Configuration
import Datasets
import Evaluation
import FoundationEssentials
import LanguageModels
import Models
import TestSupport
import Training

/// A reader of bytes that nobody has vouched for, and what it is tried with.
public struct FuzzTarget: Sendable {
    /// As it is named on the command line: `audio`, `score-csv`.
    public let name: String
    /// What the file is called that the bytes are written to; readers go by its ending.
    let fileName: String
    /// Well-formed files, which are then changed.
    public let seeds: [[UInt8]]
    /// Words of the format, put in at random places.
    let dictionary: [[UInt8]]
    /// Reads the file at a path, in a folder whose other files are in order. What is thrown is an answer.
    private let read: @Sendable (_ path: String) throws -> Void

    init(
        _ name: String, file fileName: String, seeds: [[UInt8]], dictionary: [String],
        read: @escaping @Sendable (_ path: String) throws -> Void
    ) {
        self.name = name
        self.fileName = fileName
        self.seeds = seeds
        self.dictionary = (dictionary + Self.numbers).map { Array($0.utf8) }
        self.read = read
    }

    /// What numbers break on.
    private static let numbers = [
        "0", "-1", "-0", "1e300", "1e-300", "1e999", "nan", "inf", "-inf", "9007199254740993", "2147483648",
        "4294967296", "9223372036854775807", "9223372036854775808", "18446744073709551616", "1.5", "0x10", "",
    ]

    /// Writes the bytes into the folder and reads them.
    ///
    /// - Returns: what the reader threw, nil when it accepted the file.
    @discardableResult
    public func run(_ bytes: [UInt8], in folder: String) throws -> (any Error)? {
        let path = "\(folder)/\(fileName)"
        try Data(bytes).write(to: URL(filePath: path))
        do {
            try read(path)
            return nil
        } catch {
            return error
        }
    }

    /// The target of a name.
    public static func named(_ name: String) -> FuzzTarget? { all.first { $0.name == name } }

    /// Puts the files into a folder that readers look for beside the one they read.
    public static func prepare(folder: String) throws {
        for (name, bytes) in FuzzSeeds.companions {
            try Data(bytes).write(to: URL(filePath: "\(folder)/\(name)"))
        }
        for name in ["model", "ct2", "hf", "hf-sharded", "tokens"] {
            try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
        }
        for (name, bytes) in FuzzSeeds.whisperCompanions + FuzzSeeds.tokenCompanions {
            try Data(bytes).write(to: URL(filePath: "\(folder)/\(name)"))
        }
        for (name, content) in try TinyModel.model().files() {
            try content.write(to: URL(filePath: "\(folder)/model/\(name)"))
        }
    }

    /// Every reader of untrusted bytes.
    public static let all: [FuzzTarget] =
        [
            FuzzTarget("audio", file: "clip.wav", seeds: FuzzSeeds.audio, dictionary: FuzzSeeds.audioWords) { path in
                let file = try AudioFile(path: path)
                // The data behind a broken header is noise like any other: a few blocks of it do.
                for _ in 0..<8 where try file.readBlock() != nil {}
            },
            FuzzTarget(
                "safetensors", file: "model.safetensors", seeds: FuzzSeeds.safeTensors,
                dictionary: FuzzSeeds.tensorWords
            ) { path in _ = try SafeTensors(path: path) },
            FuzzTarget(
                "model-config", file: "model/config.json", seeds: FuzzSeeds.modelConfiguration,
                dictionary: FuzzSeeds.jsonWords
            ) {
                path in
                _ = try SpeechModel(directory: String(path.dropLast("/config.json".count)))
            },
            FuzzTarget(
                "vocabulary", file: "model/vocabulary.json", seeds: FuzzSeeds.vocabulary,
                dictionary: FuzzSeeds.jsonWords
            ) {
                path in
                _ = try SpeechModel(directory: String(path.dropLast("/vocabulary.json".count)))
            },
            FuzzTarget("yaml", file: "training.yaml", seeds: FuzzSeeds.yaml, dictionary: FuzzSeeds.yamlWords) { path in
                _ = try YAMLConfiguration.load(TrainingConfiguration(), path: path)
            },
            FuzzTarget("arpa", file: "a.arpa", seeds: [FuzzSeeds.arpa], dictionary: FuzzSeeds.arpaWords) { path in
                let model = try NGramModel(arpa: path)
                try NGramTrie.write(model, to: path + ".ngram")
                _ = try NGramTrie(path: path + ".ngram")
            },
        ] + whisper + tokens + manifests + scores

    private static let tokens: [FuzzTarget] = FuzzSeeds.tokens.map { name, fileName, seed, read in
        FuzzTarget(
            "tokens-\(name)", file: fileName, seeds: [Array(seed.utf8)], dictionary: FuzzSeeds.tokenWords, read: read)
    }

    private static let whisper: [FuzzTarget] = FuzzSeeds.whisper.map { name, fileName, modelName, seeds in
        FuzzTarget("whisper-\(name)", file: fileName, seeds: seeds, dictionary: FuzzSeeds.whisperWords) { path in
            let root = modelName.map { path.dropLast(fileName.count) + $0 } ?? path[...]
            let checkpoint = try WhisperCheckpoint.read(String(root))
            for parameter in checkpoint.parameters {
                let values = UnsafeMutablePointer<Float>.allocate(capacity: parameter.count)
                defer { values.deallocate() }
                parameter.read(into: values)
            }
        }
    }

    private static let manifests: [FuzzTarget] = FuzzSeeds.manifests.map { name, fileName, seeds in
        FuzzTarget("manifest-\(name)", file: fileName, seeds: seeds, dictionary: FuzzSeeds.jsonWords) { path in
            _ = try Manifest.inspect(path: path)
        }
    }

    private static let scores: [FuzzTarget] = FuzzSeeds.transcripts.map { format, seeds in
        FuzzTarget(
            "score-\(format)", file: "transcripts.\(format)", seeds: seeds, dictionary: FuzzSeeds.transcriptWords
        ) { path in
            let folder = String(path.dropLast("/transcripts.\(format)".count))
            let source = TranscriptSource(path: path, format: format)
            let segments = TranscriptSource(path: "\(folder)/segments.stm", format: .stm)
            let records = try RecordMatching.records(
                reference: format == .ctm ? segments : source, hypothesis: source, allowsMissing: true)
            let score = try CorpusScore(records, options: ScoringOptions(normalizer: .basic), threadCount: 1)
            let details = ScoreSummary.Details(
                resampleCount: 2, groupings: Grouping.allCases, frequentErrorCount: 2)
            let summary = try ScoreSummary(score, details: details)
            _ = try HTMLReport.html(score, summary: summary, name: "fuzz")
        }
    }
}
