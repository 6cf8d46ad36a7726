import Autograd
import NeuralNetwork
import Numerics
import Synchronization
import Tensors

/// A network that predicts the next token of a text: recurrent (Mikolov et al. 2010, with the LSTM of Sundermeyer et al. 2012), or a Transformer
/// that sees only what was before (Al-Rfou et al. 2019).
public final class LanguageNetwork: Sendable {
    public let configuration: LanguageNetworkConfiguration
    /// Tokens of the vocabulary.
    public let tokenCount: Int
    public let parameters = ParameterStore()
    /// [token, dimension]
    private let embedding: Parameter
    private let layers: Layers
    private let output: Linear
    /// What each token puts into the gates of the first layer, for a network in use.
    private let preparedTable = Mutex<Tensor?>(nil)

    private enum Layers: Sendable {
        case recurrent([LSTM])
        case transformer([CausalLayer], LayerNorm, PositionalEncoding)
    }

    /// Vocabularies up to this size are put through the input half of the first layer once, and not for each position.
    private static let smallVocabulary = 1_024
    /// Positions are rounded up to a multiple of this, so that products of few sizes are prepared.
    private static let timeGranularity = 8

    /// - Parameter configuration: not that of n-grams
    public init(_ configuration: LanguageNetworkConfiguration, tokenCount: Int) {
        precondition(configuration.kind != .ngram, "LanguageNetwork: n-grams are no network")
        self.configuration = configuration
        self.tokenCount = tokenCount
        let dimension = configuration.dimension
        embedding = parameters.declare(
            "embedding.weight", shape: [tokenCount, dimension],
            .normal(standardDeviation: 1 / Float(dimension).squareRoot()))
        let store = parameters
        if configuration.kind == .transformer {
            let sizes = TransformerConfiguration(
                modelDimension: dimension, headCount: configuration.heads,
                feedForwardDimension: configuration.feedForward > 0 ? configuration.feedForward : 4 * dimension,
                activation: .gelu, dropout: configuration.dropout)
            layers = .transformer(
                (0..<configuration.layers).map { CausalLayer(store, "layers.\($0)", sizes) },
                LayerNorm(store, "final_norm", featureCount: dimension), PositionalEncoding(modelDimension: dimension))
        } else {
            layers = .recurrent(
                (0..<configuration.layers).map {
                    LSTM(store, "layers.\($0)", inputCount: dimension, unitCount: dimension)
                })
        }
        output = Linear(store, "output", inputCount: dimension, outputCount: tokenCount)
    }

    private var embeddingScale: Float { Float(configuration.dimension).squareRoot() }
    private var usesTable: Bool { tokenCount <= Self.smallVocabulary }

    /// The loss over some texts, each from its start to its end; gradients are put in place where the tape records.
    ///
    /// - Parameters:
    ///   - texts: tokens of each, without start and end
    ///   - weight: of this loss in the whole, for example 1 / tokens of the batch
    public func loss(_ texts: [[Int32]], start: Int32, end: Int32, weight: Float, on tape: Tape) -> LossSums {
        let batch = texts.count
        let longest = 1 + (texts.map(\.count).max() ?? 0)
        let time = (longest + Self.timeGranularity - 1) / Self.timeGranularity * Self.timeGranularity
        var isRecurrent = false
        if case .recurrent = layers { isRecurrent = true }
        // A recurrent network has the positions outermost.
        let (rowStride, timeStride) = isRecurrent ? (1, batch) : (time, 1)
        var inputs = [Int32](repeating: end, count: batch * time)
        var targets = [Int32](repeating: -1, count: batch * time)
        for (row, text) in texts.enumerated() {
            for position in 0...text.count {
                let place = row * rowStride + position * timeStride
                inputs[place] = position == 0 ? start : text[position - 1]
                targets[place] = position == text.count ? end : text[position]
            }
        }
        let logits: Variable
        switch layers {
        case .recurrent(let layers):
            let reading = LSTMReading(lengths: texts.map { $0.count + 1 })
            logits = output(
                recurrent(layers, inputs, reading, states: nil, table: table(layers, on: tape), on: tape).output,
                outputType: .float32)
        case .transformer(let layers, let norm, let positions):
            logits = output(
                transformed(layers, norm, positions, inputs, batch: batch, caches: nil, on: tape), outputType: .float32)
        }
        return logits.crossEntropy(targets: targets, smoothing: 0, weight: weight)
    }

    /// What each token puts into the gates of the first layer, [1, token, 4 * unit]; nil where there are too many tokens.
    private func table(_ layers: [LSTM], on tape: Tape) -> Variable? {
        guard usesTable else { return nil }
        if tape.gradients == nil, let table = preparedTable.withLock({ $0 }) { return tape.variable(table) }
        let all = tape.embedding(
            Array(0..<Int32(tokenCount)), table: embedding,
            positions: PositionTerm(Tensor(zeros: [tokenCount, configuration.dimension])), scale: embeddingScale)
        return layers[0].table(all)
    }

    /// [time, batch, unit] for time * batch tokens.
    private func recurrent(
        _ layers: [LSTM], _ tokens: [Int32], _ reading: LSTMReading, states: [LSTMState]?, table: Variable?,
        on tape: Tape
    ) -> (output: Variable, states: [LSTMState]) {
        var newStates: [LSTMState] = []
        var x: Variable?
        for (index, layer) in layers.enumerated() {
            let next: (output: Variable, state: LSTMState)
            if let input = x {
                next = layer(timeMajor: input, reading, state: states?[index])
            } else if let table {
                next = layer(tokens: tokens, table: table, reading, state: states?[index])
            } else {
                let embedded = tape.embedding(
                    tokens, table: embedding,
                    positions: PositionTerm(Tensor(zeros: [reading.batch, configuration.dimension])),
                    scale: embeddingScale)
                next = layer(timeMajor: embedded, reading, state: states?[index])
            }
            newStates.append(next.state)
            x = next.output.dropout(rate: configuration.dropout)
        }
        return (x!, newStates)
    }

    /// [batch, time, dimension] for batch * time tokens that follow those in the caches.
    private func transformed(
        _ layers: [CausalLayer], _ norm: LayerNorm, _ positions: PositionalEncoding, _ tokens: [Int32], batch: Int,
        caches: [KeyValueCache]?, on tape: Tape
    ) -> Variable {
        let term = positions(first: caches?.first?.count ?? 0, count: tokens.count / max(1, batch))
        var x = tape.embedding(tokens, table: embedding, positions: PositionTerm(term), scale: embeddingScale)
            .dropout(rate: configuration.dropout)
        for (index, layer) in layers.enumerated() { x = layer(x, cache: caches?[index]) }
        return norm(x)
    }

    /// Adds every value to a fingerprint.
    func add(to fingerprint: inout Fingerprint) {
        for parameter in parameters.parameters {
            let floats = parameter.value.floats
            for index in 0..<parameter.count { fingerprint.add(UInt64(floats[index].bitPattern)) }
        }
    }

    /// Computes once what every step of a search needs: for a network whose weights do not change any more.
    public func prepareForUse() {
        guard case .recurrent(let layers) = layers, let table = table(layers, on: Tape()) else { return }
        preparedTable.withLock { $0 = table.value }
    }

    /// Follows beginnings of texts: at first one, which is empty.
    public final class Beginnings {
        private let network: LanguageNetwork
        private var states: [LSTMState]?
        private var caches: [KeyValueCache] = []
        private var newTokens: [Int32]

        /// - Parameter start: the token before the first one of a text
        public init(_ network: LanguageNetwork, start: Int32) {
            self.network = network
            newTokens = [start]
            if case .transformer(let layers, _, _) = network.layers { caches = layers.map { $0.cache(batch: 1) } }
        }

        /// ln of the probabilities of every next token, [beginning, token]; to be called once behind `init` and each `select`.
        public func logProbabilities() -> Tensor {
            let tape = Tape()
            let batch = newTokens.count
            let x: Variable
            switch network.layers {
            case .recurrent(let layers):
                let (output, states) = network.recurrent(
                    layers, newTokens, LSTMReading(lengths: Array(repeating: 1, count: batch)), states: states,
                    table: network.table(layers, on: tape), on: tape)
                self.states = states
                x = output
            case .transformer(let layers, let norm, let positions):
                x = network.transformed(layers, norm, positions, newTokens, batch: batch, caches: caches, on: tape)
            }
            return network.output(x, outputType: .float32).logSoftmax().value.reshaped([batch, network.tokenCount])
        }

        /// New beginning i is what beginning `parents[i]` was, followed by `tokens[i]`.
        public func select(parents: [Int], tokens: [Int32]) {
            states = states?.map { $0.rows(parents) }
            for cache in caches { cache.reorder(parents) }
            newTokens = tokens
        }
    }
}
