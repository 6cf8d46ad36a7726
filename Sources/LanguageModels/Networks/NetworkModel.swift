import Autograd
import Files
import FoundationEssentials
import Models
import Numerics
import Tensors
import Text

/// A network as a language model of what a recogniser writes.
public struct NetworkModel: Sendable {
    public let network: LanguageNetwork
    /// The network's token of each token of the recogniser.
    let tokens: [Int32]
    /// What the network reads before the first token, and what ends a text, as tokens of the network.
    public let start: Int32
    public let end: Int32
    /// Bytes of its file; 0: there is none yet.
    let byteCount: Int

    /// The file of its weights.
    static let weightsFile = "model.safetensors"

    /// A network that is to learn, of the very tokens of a recogniser.
    public init(_ network: LanguageNetwork, for vocabulary: ModelVocabulary) {
        self.network = network
        tokens = Array(0..<Int32(vocabulary.tokenizer.count))
        start = Int32(vocabulary.tokenizer.startSequence.last!)
        end = Int32(vocabulary.tokenizer.endOfSentence)
        byteCount = 0
    }

    /// Reads a folder for a recogniser.
    ///
    /// - Throws: `LanguageModelError` for a network of another vocabulary; `ModelError` for a file that is damaged.
    init(directory: String, _ description: LanguageModelDescription, for vocabulary: ModelVocabulary) throws {
        let path = "\(directory)/config.json"
        guard let sizes = description.network else {
            throw LanguageModelError(
                "\(path): has no \"network\"; put back the config.json that belongs to the weights")
        }
        do { try sizes.validate() } catch { throw LanguageModelError("\(path): \(error)") }
        let own: any Tokenizer
        switch (vocabulary, description.unit) {
        case (.characters(let characters), .characters):
            let characters = try Self.vocabulary(of: description, for: characters, directory)
            (own, tokens) = (characters.own, characters.tokens)
        case (.bytePairs(let pieces), .pieces):
            guard description.vocabulary == vocabulary.fingerprint else {
                throw LanguageModelError(
                    "\(directory): was made for other pieces of words than those that this model writes; make one with asr train-lm "
                        + "--vocabulary MODEL")
            }
            (own, tokens) = (pieces, Array(0..<Int32(pieces.count)))
        default:
            let writes = vocabulary.bytePairs == nil ? "characters" : "pieces of words"
            throw LanguageModelError(
                "\(directory): is a network of \(description.unit.rawValue), and the model writes \(writes); make one with asr train-lm "
                    + "--vocabulary MODEL")
        }
        start = Int32(own.startSequence.last!)
        end = Int32(own.endOfSentence)
        network = LanguageNetwork(sizes, tokenCount: own.count)
        let weights = "\(directory)/\(Self.weightsFile)"
        let file = try SafeTensors(path: weights)
        let names = Set(network.parameters.parameters.map(\.name))
        let blocks = Set(file.entries.filter { $0.elementType == "I8" }.map { $0.name + SafeTensors.exponentSuffix })
        if let unknown = file.entries.first(where: { !names.contains($0.name) && !blocks.contains($0.name) }) {
            throw ModelError("\(weights): has a tensor \(unknown.name) that config.json does not know")
        }
        network.parameters.use(try network.parameters.parameters.map { try file.weights($0.name, shape: $0.shape) })
        network.prepareForUse()
        byteCount = (file.entries.last?.range.upperBound ?? 0)
    }

    /// The characters of a network, and their tokens for a recogniser that may have them in another order.
    private static func vocabulary(
        of description: LanguageModelDescription, for recogniser: Vocabulary, _ directory: String
    ) throws -> (own: Vocabulary, tokens: [Int32]) {
        let own = try Vocabulary(characters: Array(description.characters.unicodeScalars))
        let known = Set(own.characters)
        let missing = recogniser.characters.filter { !known.contains($0) }
        let wanted = Set(recogniser.characters)
        guard missing.isEmpty, known == wanted else {
            let other = own.characters.filter { !wanted.contains($0) }
            throw LanguageModelError(
                "\(directory): was made for another vocabulary: it lacks \(LanguageModel.list(missing)), and has "
                    + "\(LanguageModel.list(other)) beside; make one with asr train-lm --vocabulary MODEL")
        }
        let special = (0..<Vocabulary.specialNames.count).map(Int32.init)
        let characters = String(String.UnicodeScalarView(recogniser.characters))
        return (own, special + own.tokens(of: characters).map(Int32.init))
    }

    /// ln of the probability of texts with their ends.
    ///
    /// - Parameter texts: tokens of the recogniser
    public func logProbability(of texts: [[Int]]) -> Double {
        -network.loss(
            texts.map { $0.map { tokens[$0] } }, start: start, end: end, weight: 1, on: Tape()
        ).loss
    }

    /// Follows beginnings of texts in the tokens of the recogniser.
    package struct Reader {
        private let model: NetworkModel
        private let beginnings: LanguageNetwork.Beginnings
        private var scores: Tensor?

        package init(_ model: NetworkModel) {
            self.model = model
            beginnings = LanguageNetwork.Beginnings(model.network, start: model.start)
        }

        /// ln of the probabilities of every next token of the recogniser, [beginning, token].
        package mutating func logProbabilities() -> Tensor {
            if let scores { return scores }
            let own = beginnings.logProbabilities()
            let result = Tensor(uninitialized: [own.rowCount, model.tokens.count])
            for row in 0..<own.rowCount {
                for (token, place) in model.tokens.enumerated() {
                    result.floats[row * model.tokens.count + token] = own.floats[row * own.columnCount + Int(place)]
                }
            }
            scores = result
            return result
        }

        /// New beginning i is what beginning `parents[i]` was, followed by `tokens[i]`.
        package mutating func select(parents: [Int], tokens: [Int]) {
            if scores == nil { _ = logProbabilities() }  // the states behind the tokens before
            beginnings.select(parents: parents, tokens: tokens.map { model.tokens[$0] })
            scores = nil
        }
    }

    /// The file of the weights.
    ///
    /// - Throws: `ModelError` where a value is too large for a format of 8 bits.
    public func weights(_ format: WeightFormat) throws -> Data {
        let parameters = network.parameters.parameters
        return try SafeTensors.data(
            parameters.map { ($0.name, $0.value.converted(to: format == .bfloat16 ? .bfloat16 : .float32)) },
            blocks: format == .int8 ? Set(parameters.filter { $0.shape.count > 1 }.map(\.name)) : [])
    }
}
