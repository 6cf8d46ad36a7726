import Autograd

/// The output of a decoder: the logits of the next token.
struct TokenOutput: Sendable {
    /// [vocabulary, model]; the embedding itself if tied
    let weight: Parameter
    /// [vocabulary]
    let bias: Parameter?

    init(_ store: ParameterStore, _ name: String, embedding: TokenEmbedding, isTied: Bool, hasBias: Bool) {
        let (vocabularySize, model) = (embedding.table.shape[0], embedding.table.shape[1])
        weight =
            isTied
            ? embedding.table
            : store.declare(
                "\(name).output.weight", shape: [vocabularySize, model],
                .glorotUniform(inputCount: model, outputCount: vocabularySize))
        bias =
            hasBias
            ? store.declare("\(name).output.bias", shape: [vocabularySize], .zeros, hasWeightDecay: false) : nil
    }

    /// [..., model] -> [..., vocabulary], float32
    func callAsFunction(_ x: Variable) -> Variable { x.linear(weight, bias: bias, outputType: .float32) }
}
