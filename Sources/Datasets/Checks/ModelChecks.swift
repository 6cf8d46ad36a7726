import Audio
import Files
import Models
import Text

/// What keeps a certain model from learning an utterance, or from writing its text.
struct ModelChecks: Sendable {
    private let tokenizer: any Tokenizer
    /// Characters that the model can write; nil: any.
    private let known: Set<Unicode.Scalar>?
    /// Whether the text must fit into the steps of a CTC output.
    private let hasCTCOutput: Bool
    package let labelNormalizer: LabelNormalizer
    /// The time between two outputs of the encoder.
    let secondsPerStep: Double
    private let frontend: FrontendConfiguration
    private let network: EncoderDecoder

    package init(_ model: SpeechModel) {
        tokenizer = model.tokenizer
        known = model.characters.map { Set($0.characters) }
        hasCTCOutput = model.configuration.hasCTCOutput
        labelNormalizer = model.configuration.labelNormalizer
        frontend = model.configuration.frontend
        network = model.network
        let factor = model.configuration.subsamplingFactor
        secondsPerStep = model.configuration.frontend.hopInSeconds * Double(factor)
    }

    package func findings(_ utterance: Utterance, durationInSeconds: Double) -> [DataFinding] {
        var findings: [DataFinding] = []
        let label = labelNormalizer.normalized(utterance.text)
        if label.isEmpty {
            return [
                DataFinding(
                    .error, .unknownCharacters,
                    "no character is left after the label normaliser \(labelNormalizer.rawValue)",
                    score: 5, utterance: utterance)
            ]
        }
        let unknown = known.map { Set(label.unicodeScalars).subtracting($0).sorted() } ?? []
        if !unknown.isEmpty {
            let list = unknown.map { "\($0)" }.joined(separator: " ")
            findings.append(
                DataFinding(
                    .warning, .unknownCharacters, "not in the model's vocabulary: \(list)",
                    score: Double(unknown.count),
                    utterance: utterance))
        }
        guard hasCTCOutput else { return findings }
        // CTC needs a step for each token, and a blank between equal ones.
        let tokens = tokenizer.tokens(of: label)
        let stepCount = tokens.count + zip(tokens, tokens.dropFirst()).count { $0 == $1 }
        let sampleCount = Int((durationInSeconds * Double(frontend.sampleRate)).rounded())
        let available = network.positionCount(frameCount: frontend.frameCount(sampleCount: sampleCount))
        if available < stepCount {
            findings.append(
                DataFinding(
                    .error, .tooShortForModel,
                    "\(available) steps of \(ClipChecks.rounded(secondsPerStep * 1_000, 0)) ms for \(stepCount) that the text needs",
                    score: Double(stepCount) / max(Double(available), 0.1), utterance: utterance))
        }
        return findings
    }
}
