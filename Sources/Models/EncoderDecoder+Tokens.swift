import Autograd

extension EncoderDecoder {
    /// The parameters whose rows stand for the tokens of the vocabulary: [token] or [token, feature].
    public var tokenParameters: [Parameter] {
        parameters.parameters.filter { Self.tokenParameterNames.contains($0.name) }
    }

    private static let tokenParameterNames: Set = [
        "ctc_output.weight", "ctc_output.bias", "decoder.embedding.weight", "decoder.output.weight",
        "decoder.output.bias",
    ]
}
