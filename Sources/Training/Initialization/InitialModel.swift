import Audio
import Autograd
import Configuration
import Datasets
import Files
import Models
import NeuralNetwork
import Text

/// The model that training begins with, instead of random weights: as a whole with its vocabulary, or parts of it under a new vocabulary.
struct InitialModel {
    let directory: String
    let model: SpeechModel
    /// What is taken of it; empty: all of it, with its vocabulary.
    let parts: [InitialPart]

    /// What became of the weights.
    struct Transfer: Equatable {
        /// Characters that the initial model does not know: their rows are random.
        var newCharacters: [Unicode.Scalar] = []
        /// Characters that the new model does not know.
        var droppedCharacters: [Unicode.Scalar] = []
        /// Values of the new model that come from the initial one.
        var copiedCount = 0
    }

    /// Reads the model that a configuration names; nil where it names none.
    ///
    /// - Throws: `ModelError` for a folder that is no model; `TrainingError` where the configuration contradicts it.
    init?(_ configuration: TrainingConfiguration) throws {
        let initialization = configuration.initialization
        guard let directory = try initialization.directory else { return nil }
        self.directory = directory
        model = try SpeechModel.read(directory)
        parts = initialization.parts
        let keepsVocabulary = parts.isEmpty && model.characters != nil
        if initialization.minimumTokenCount > 0 && model.vocabulary.bytePairs == nil {
            throw TrainingError(
                "initialization.minimumTokenCount is \(initialization.minimumTokenCount), but \(directory) has no tokens to choose from: it "
                    + "writes characters; leave the key out, or begin with a Whisper model")
        }
        if !initialization.keepsCharacters && !keepsVocabulary {
            throw TrainingError(
                "initialization.keepsCharacters is false, but "
                    + (parts.isEmpty
                        ? "a model that does not write characters keeps all of its tokens"
                        : "with initialization.parts the vocabulary is that of the training text anyway")
                    + "; leave the key out")
        }
        // What may change, because no weight and no feature depends on it.
        var expected = configuration.model.taking(parts, from: model.configuration)
        expected.transformer.dropout = configuration.model.transformer.dropout
        expected.transformer.adapterRank = configuration.model.transformer.adapterRank
        expected.encoder.stochasticDepth = configuration.model.encoder.stochasticDepth
        expected.labelNormalizer = configuration.model.labelNormalizer
        expected.language = configuration.model.language
        // A Whisper model as a whole hears silence up to 30 s anyway.
        if !parts.isEmpty || model.whisper == nil {
            expected.frontend.leadingSilenceInSeconds = configuration.model.frontend.leadingSilenceInSeconds
            expected.frontend.trailingSilenceInSeconds = configuration.model.frontend.trailingSilenceInSeconds
        }
        if let difference = try ConfigurationDifference(expected, configuration.model) {
            throw TrainingError(
                "model.\(difference.key) is \(difference.second), but the initial model \(directory) has "
                    + "\(difference.first); leave the key out, or begin with another model")
        }
    }

    /// Whether the new model is a Whisper model too, with the same tokens.
    var givesWhisper: Bool { parts.isEmpty && model.whisper != nil }

    /// The heads by which words get their times, where the decoder's layers are taken.
    var alignmentHeads: [[Int]]? {
        parts.isEmpty || parts.contains(.decoder) ? model.description.alignmentHeads : nil
    }

    /// The statistics that features are normalised with; nil: those of the training data.
    var featureNormalization: FeatureNormalization? {
        parts.isEmpty || parts.contains(.encoder) ? model.description.featureNormalization : nil
    }

    /// Beginnings of names of what stays as it is: the positions of Whisper's encoder are sines, which it did not learn.
    var alwaysFrozen: [String] {
        let takesEncoder = parts.isEmpty || parts.contains(.encoder)
        return model.whisper != nil && takesEncoder ? ["encoder.positions"] : []
    }

    /// The vocabulary of a model that learns these texts: all tokens of a model that writes pieces of words; otherwise the characters of the
    /// initial model at their places, then new ones; under parts of a model some of its tokens, or the characters of the texts.
    ///
    /// - Parameters:
    ///   - minimumCount: rarer new characters are left out.
    ///   - normalizer: what `initialization.vocabularyText` goes through, as the labels did.
    /// - Throws: `TextFileError` for text that cannot be read.
    func vocabulary(
        texts: [String], minimumCount: Int, _ initialization: InitializationConfiguration, _ normalizer: LabelNormalizer
    ) throws -> ModelVocabulary {
        let keepsCharacters = initialization.keepsCharacters
        if parts.isEmpty, model.characters == nil { return model.vocabulary }
        if initialization.minimumTokenCount > 0, let known = model.vocabulary.bytePairs {
            var texts = texts
            for path in initialization.vocabularyText {
                let lines = try TextLines(path: path)
                while let line = try lines.next() { texts.append(normalizer.normalized(line.string)) }
            }
            return .bytePairs(
                try BytePairTokenizer(
                    tokens: known.tokens(usedIn: texts, minimumCount: initialization.minimumTokenCount)))
        }
        let needed = Vocabulary(texts: texts, minimumCount: minimumCount).characters
        guard parts.isEmpty, let known = model.characters?.characters else {
            return .characters(try Vocabulary(characters: needed))
        }
        let wanted = Set(needed)
        let kept = keepsCharacters ? known : known.filter(wanted.contains)
        let keptSet = Set(kept)
        return .characters(try Vocabulary(characters: kept + needed.filter { !keptSet.contains($0) }))
    }

    /// Copies weights by name, all of them or those of the parts, and rows of tokens by what they stand for. Those of new characters and of
    /// other parts stay as they are.
    func copyWeights(into target: SpeechModel) -> Transfer {
        let sources = model.network.parameters.parameters.reduce(into: [:]) { $0[$1.name] = $1 }
        let tokenParameters = Set(target.network.tokenParameters.map(\.name))
        var transfer = Transfer()
        let rows = rows(of: target, &transfer)
        for parameter in target.network.parameters.parameters {
            if AdapterNames.isAdapter(parameter.name) { continue }
            let isOfTokens = tokenParameters.contains(parameter.name)
            if !parts.isEmpty {
                let isTaken = parts.contains { ParameterNames.matches(parameter.name, anyOf: $0.prefixes) }
                if !isTaken { continue }
                if isOfTokens && rows == nil {
                    if let source = sources[parameter.name] { Self.distribute(parameter, as: source) }
                    continue
                }
            }
            guard let source = sources[parameter.name] else {
                preconditionFailure("InitialModel: no parameter \(parameter.name), though the configurations agree")
            }
            let values = source.value.floats
            guard isOfTokens, let rows else {
                precondition(
                    source.shape == parameter.shape,
                    "InitialModel: \(parameter.name) is \(source.shape), wanted \(parameter.shape)")
                parameter.value.floats.update(from: values, count: parameter.count)
                transfer.copiedCount += parameter.count
                continue
            }
            let width = parameter.count / parameter.shape[0]
            for (row, sourceRow) in rows.enumerated() {
                guard let sourceRow else { continue }
                (parameter.value.floats + row * width).update(from: values + sourceRow * width, count: width)
                transfer.copiedCount += width
            }
        }
        return transfer
    }

    /// Gives the random rows of a new embedding the mean and the deviation that each feature has over the rows of the initial one: the
    /// layers of a decoder expect rows like theirs, and its scores are as large as its last layer makes them.
    private static func distribute(_ parameter: Parameter, as source: Parameter) {
        guard parameter.shape.count == 2, source.shape.count == 2, parameter.shape[1] == source.shape[1] else { return }
        let (old, new) = (columnStatistics(source), columnStatistics(parameter))
        let width = parameter.shape[1]
        for index in 0..<parameter.count {
            let (before, wanted) = (new[index % width], old[index % width])
            let value = (Double(parameter.value.floats[index]) - before.mean) / before.deviation
            parameter.value.floats[index] = Float(wanted.mean + value * wanted.deviation)
        }
    }

    /// Mean and standard deviation of each column.
    private static func columnStatistics(_ parameter: Parameter) -> [(mean: Double, deviation: Double)] {
        let (count, width) = (parameter.shape[0], parameter.shape[1])
        return (0..<width).map { column in
            let values = (0..<count).map { Double(parameter.value.floats[$0 * width + column]) }
            let mean = values.reduce(0, +) / Double(count)
            let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
            return (mean, max(variance.squareRoot(), 1e-6))
        }
    }

    /// For each token of the new model the row that it had, nil for a new one; nil where the tokens are the same, or all new.
    private func rows(of target: SpeechModel, _ transfer: inout Transfer) -> [Int?]? {
        if !parts.isEmpty, case .bytePairs(let wanted) = target.vocabulary, let known = model.vocabulary.bytePairs {
            return (0..<wanted.count).map { token in
                switch token {
                case wanted.startSequence[0]: model.tokenizer.startSequence[0]
                case wanted.startSequence[1]: model.tokenizer.startSequence.last
                case wanted.endOfSentence: model.tokenizer.endOfSentence
                default: known.token(of: wanted.vocabulary.bytes(of: token))
                }
            }
        }
        guard parts.isEmpty, let known = model.characters, let wanted = target.characters else { return nil }
        let specialCount = Vocabulary.specialNames.count
        let placeOf = known.characters.enumerated().reduce(into: [:]) { $0[$1.element] = specialCount + $1.offset }
        let (before, now) = (Set(known.characters), Set(wanted.characters))
        transfer.newCharacters = wanted.characters.filter { !before.contains($0) }
        transfer.droppedCharacters = known.characters.filter { !now.contains($0) }
        return (0..<specialCount).map(Optional.init) + wanted.characters.map { placeOf[$0] }
    }

    /// One line for the log.
    func message(_ transfer: Transfer) -> String {
        var lines = ["begins with \(directory)"]
        if !parts.isEmpty {
            let names = parts.map(\.rawValue).joined(separator: " and ")
            lines.append("of it the \(names) (\(transfer.copiedCount) parameters); all else has random weights")
        }
        let new = transfer.newCharacters
        if !new.isEmpty {
            lines.append("\(new.count) new characters with random weights: \(Self.list(new))")
        }
        let dropped = transfer.droppedCharacters
        if !dropped.isEmpty { lines.append("\(dropped.count) characters dropped: \(Self.list(dropped))") }
        return lines.joined(separator: "; ")
    }

    private static func list(_ characters: [Unicode.Scalar]) -> String {
        shortList(characters.map { $0 == " " ? "space" : "\($0)" })
    }
}

extension ModelConfiguration {
    /// The configuration of a model with these parts of another one; all of the other one for no parts.
    func taking(_ parts: [InitialPart], from other: ModelConfiguration) -> ModelConfiguration {
        if parts.isEmpty { return other }
        var configuration = self
        configuration.transformer = other.transformer
        configuration.language = other.language
        if parts.contains(.encoder) {
            configuration.frontend = other.frontend
            configuration.featureNormalization = other.featureNormalization
            configuration.subsamplingStrides = other.subsamplingStrides
            configuration.encoderLayerCount = other.encoderLayerCount
            configuration.encoder = other.encoder
        }
        if parts.contains(.decoder) {
            configuration.decoderLayerCount = other.decoderLayerCount
            configuration.decoder = other.decoder
        }
        return configuration
    }
}
