import Files
import FoundationEssentials
import Tensors

/// Model folders that are made of others.
public enum ModelFolder {
    /// Writes a model whose parameters are stored as `format` says, with a card.
    ///
    /// - Throws: `ModelError` where there is a model already; `FileWriteError`.
    public static func write(
        _ model: SpeechModel, format: WeightFormat = .float32, card: String, to folder: String
    ) throws {
        for name in ["config.json", "model.safetensors"] where exists("\(folder)/\(name)") {
            throw ModelError("\(folder)/\(name): there is a model already; choose another --output")
        }
        try AtomicFile.makeFolder(folder)
        for file in try model.files(format: format) + [("README.md", Data(card.utf8))] {
            try AtomicFile.write(file.content, to: "\(folder)/\(file.name)")
        }
    }

    /// Writes a model folder anew with its parameters stored as `format` says; card, training configuration and
    /// language model go along.
    public static func convert(_ directory: String, to format: WeightFormat, output: String) throws {
        let model = try SpeechModel(directory: directory)
        let card = text("\(directory)/README.md") ?? "# Speech recognition model\n"
        let line = "\nThe parameters are stored in \(format.rawValue).\n"
        try write(
            model, format: format, card: card.hasSuffix(line) ? card : card + line, to: output)
        if let configuration = text("\(directory)/training.yaml") {
            try AtomicFile.write(Data(configuration.utf8), to: "\(output)/training.yaml")
        }
        let languageModel = "\(directory)/language-model"
        if exists(languageModel) {
            try FileManager.default.copyItem(atPath: languageModel, toPath: "\(output)/language-model")
        }
    }

    /// Averages model folders into a new one, whose card names them.
    public static func average(_ directories: [String], output: String) throws {
        let model = try ModelAverage.of(directories)
        func percent(_ rate: Double?) -> String { rate.map { "\(($0 * 1_000).rounded() / 10) %" } ?? "not measured" }
        let rows = try directories.map { directory in
            let training = try SpeechModel.Description(directory: directory).training
            return "| \(directory) | \(training.map { "\($0.steps)" } ?? "unknown") | "
                + "\(percent(training?.devWordErrorRate)) | \(percent(training?.devCharacterErrorRate)) |"
        }
        let card = """
            # Speech recognition model

            The average of the weights of \(directories.count) models, made by `asr model average`. It has not been measured itself: \
            `asr evaluate` tells how well it does.

            | model | steps | dev word error rate | dev character error rate |
            |---|---|---|---|
            \(rows.joined(separator: "\n"))

            """
        try write(model, card: card, to: output)
    }

    private static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    private static func text(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }
}
