import ArgumentParser
import Models

/// `asr model list`: the models that are known by their names, and where they are.
struct ModelListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the built-in models, and where they are.",
        discussion: "asr models is the same.")

    func run() throws {
        let models = try BuiltInModel.all()
        let width = models.map(\.name.count).max() ?? 0
        for model in models {
            let card = try? SpeechModel.Description(directory: model.directory)
            let language = card?.model.language ?? ""
            let name = model.name + String(repeating: " ", count: width - model.name.count)
            let remark =
                switch model.name {
                case BuiltInModel.name: "  (default)"
                case VoiceActivityModel.builtInName: "  (finds where somebody speaks)"
                default: ""
                }
            print(
                "\(name)  \(language.isEmpty ? "--" : language)  \(fixed(Double(model.byteCount) / 1e6, 1)) MB  "
                    + "\(model.directory)\(remark)")
        }
    }
}
