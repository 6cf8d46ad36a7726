import Autograd
import Configuration
import Datasets
import Files
import Models
import Text

/// The model that training begins with, instead of random weights.
struct InitialModel {
    let directory: String
    let model: SpeechModel
    /// What the model writes.
    private let known: Vocabulary

    /// What became of the characters.
    struct Transfer: Equatable {
        /// Characters that the initial model does not know: their rows are random.
        var newCharacters: [Unicode.Scalar] = []
        /// Characters that the new model does not know.
        var droppedCharacters: [Unicode.Scalar] = []
    }

    /// Reads the model that a configuration names; nil where it names none.
    ///
    /// - Throws: `ModelError` for a folder that is no model; `TrainingError` where the configuration contradicts it.
    init?(_ configuration: TrainingConfiguration) throws {
        guard let directory = try configuration.initialization.directory else { return nil }
        self.directory = directory
        model = try SpeechModel(directory: directory)
        guard let known = model.characters else {
            throw TrainingError(
                "\(directory): a Whisper model, with which no training begins yet; name one that writes characters")
        }
        self.known = known
        // What may change, because no weight and no feature depends on it.
        var expected = model.configuration
        expected.transformer.dropout = configuration.model.transformer.dropout
        expected.encoder.stochasticDepth = configuration.model.encoder.stochasticDepth
        expected.labelNormalizer = configuration.model.labelNormalizer
        expected.language = configuration.model.language
        if let difference = try ConfigurationDifference(expected, configuration.model) {
            throw TrainingError(
                "model.\(difference.key) is \(difference.second), but the initial model \(directory) has "
                    + "\(difference.first); leave the key out, or begin with another model")
        }
    }

    /// The vocabulary of a model that learns these texts: the characters of the initial model at their places, then new ones.
    ///
    /// - Parameters:
    ///   - minimumCount: rarer new characters are left out.
    ///   - keepsCharacters: whether characters stay that the texts do not have.
    func vocabulary(texts: [String], minimumCount: Int, keepsCharacters: Bool) throws -> Vocabulary {
        let needed = Vocabulary(texts: texts, minimumCount: minimumCount).characters
        let known = known.characters
        let wanted = Set(needed)
        let kept = keepsCharacters ? known : known.filter(wanted.contains)
        let keptSet = Set(kept)
        return try Vocabulary(characters: kept + needed.filter { !keptSet.contains($0) })
    }

    /// Copies all weights, by name; rows of tokens by their character. Those of new characters stay as they are.
    func copyWeights(into target: SpeechModel) -> Transfer {
        let sources = model.transformer.parameters.parameters.reduce(into: [:]) { $0[$1.name] = $1 }
        let tokenParameters = Set(target.transformer.tokenParameters.map(\.name))
        guard let wanted = target.characters else {
            preconditionFailure("InitialModel: a target that writes no characters")
        }
        let specialCount = Vocabulary.specialNames.count
        let placeOf = known.characters.enumerated().reduce(into: [:]) { $0[$1.element] = specialCount + $1.offset }
        // For each token of the new model the row that it had; nil for a new character.
        let rows = (0..<specialCount).map(Optional.init) + wanted.characters.map { placeOf[$0] }
        for parameter in target.transformer.parameters.parameters {
            guard let source = sources[parameter.name] else {
                preconditionFailure("InitialModel: no parameter \(parameter.name), though the configurations agree")
            }
            guard tokenParameters.contains(parameter.name) else {
                precondition(
                    source.shape == parameter.shape,
                    "InitialModel: \(parameter.name) is \(source.shape), wanted \(parameter.shape)")
                parameter.value.floats.update(from: source.value.floats, count: parameter.count)
                continue
            }
            let width = parameter.count / parameter.shape[0]
            for (row, sourceRow) in rows.enumerated() {
                guard let sourceRow else { continue }
                (parameter.value.floats + row * width).update(
                    from: source.value.floats + sourceRow * width, count: width)
            }
        }
        let (before, now) = (Set(known.characters), Set(wanted.characters))
        return Transfer(
            newCharacters: wanted.characters.filter { !before.contains($0) },
            droppedCharacters: known.characters.filter { !now.contains($0) })
    }
}

extension InitialModel.Transfer {
    /// One line for the log.
    func message(from directory: String) -> String {
        var parts = ["begins with \(directory)"]
        if !newCharacters.isEmpty {
            parts.append("\(newCharacters.count) new characters with random weights: \(Self.list(newCharacters))")
        }
        if !droppedCharacters.isEmpty {
            parts.append("\(droppedCharacters.count) characters dropped: \(Self.list(droppedCharacters))")
        }
        return parts.joined(separator: "; ")
    }

    private static func list(_ characters: [Unicode.Scalar]) -> String {
        shortList(characters.map { $0 == " " ? "space" : "\($0)" })
    }
}
