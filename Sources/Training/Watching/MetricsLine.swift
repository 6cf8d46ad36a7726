import Evaluation
import FoundationEssentials

/// A line of `metrics.jsonl`.
package enum MetricsLine: Sendable, Equatable {
    case step(StepMetrics)
    case evaluation(EvaluationMetrics)
    case alert(TrainingAlert)

    /// The step that the line belongs to.
    package var step: Int {
        switch self {
        case .step(let metrics): metrics.step
        case .evaluation(let metrics): metrics.step
        case .alert(let alert): alert.step
        }
    }
}

private func finite<Value: FloatingPoint>(_ value: Value) -> Value? { value.isFinite ? value : nil }

/// What `metrics.jsonl` says of a step. NaN and infinity are left out, as JSON has neither.
package struct StepMetrics: Codable, Sendable, Equatable {
    package var step: Int
    package var epoch: Int
    /// In nats per token.
    package var loss: Double?
    /// In nats per token; nil without CTC.
    package var ctcLoss: Double?
    package var accuracy: Double
    package var learningRate: Float
    package var gradientNorm: Float?
    package var audioInSeconds: Double
    package var durationInSeconds: Double
    /// True for a step that was skipped; nil for others.
    package var wasSkipped: Bool?
    /// Seconds in which the first rank waited for messages, and for other ranks to be ready; nil where there is one rank.
    package var communicationInSeconds: Double?
    package var waitingInSeconds: Double?
    /// Characters of text in this step; nil where audio is learned from.
    package var characterCount: Int?

    package init(_ report: StepReport) {
        step = report.step
        epoch = report.epoch
        loss = finite(report.loss)
        ctcLoss = report.ctcLoss.flatMap(finite)
        accuracy = report.accuracy
        learningRate = report.learningRate
        gradientNorm = finite(report.gradientNorm)
        audioInSeconds = report.audioInSeconds
        durationInSeconds = report.durationInSeconds
        wasSkipped = report.wasSkipped ? true : nil
        communicationInSeconds = report.communicationInSeconds
        waitingInSeconds = report.waitingInSeconds
        characterCount = report.characterCount
    }
}

/// What `metrics.jsonl` says of an evaluation on the dev set.
package struct EvaluationMetrics: Codable, Sendable, Equatable {
    /// An utterance of the dev set, and what was recognised.
    package struct Sample: Codable, Sendable, Equatable {
        package var reference: String
        package var hypothesis: String
    }

    /// What the decoder attended to in one utterance.
    package struct Attention: Codable, Sendable, Equatable {
        package var utterance: String
        package var text: String
        package var audioInSeconds: Double
        /// Predicted tokens, the end included.
        package var tokenCount: Int
        /// For each decoder layer: see `AttentionAlignment.slope`.
        package var slopes: [Double]
        /// For each decoder layer: a picture, its path seen from the output folder.
        package var pictures: [String]
    }

    package var step: Int
    package var epoch: Int
    package var devLoss: Double?
    package var devCTCLoss: Double?
    package var devWordErrorRate: Double?
    package var devCharacterErrorRate: Double?
    package var durationInSeconds: Double?
    package var samples: [Sample]?
    package var attention: Attention?
    /// Of how many models this is the average; nil: it is the model of this step.
    package var averagedModelCount: Int?
    /// Of a language model.
    package var devPerplexityPerCharacter: Double?
    package var devPerplexityPerWord: Double?

    package init(_ report: PerplexityReport) {
        step = report.step
        epoch = report.epoch
        devLoss = finite(report.loss)
        durationInSeconds = report.durationInSeconds
        devPerplexityPerCharacter = finite(report.perplexity.perCharacter)
        devPerplexityPerWord = finite(report.perplexity.perWord)
    }

    init(
        step: Int, epoch: Int, loss: Double, ctcLoss: Double?, words: WordErrorRate, characters: CharacterErrorRate,
        averagedModelCount: Int? = nil
    ) {
        self.step = step
        self.epoch = epoch
        devLoss = finite(loss)
        devCTCLoss = ctcLoss.flatMap(finite)
        devWordErrorRate = finite(words.rate)
        devCharacterErrorRate = finite(characters.rate)
        self.averagedModelCount = averagedModelCount
    }

    /// - Parameter pictures: the pictures of the attention, one a layer.
    package init(_ report: EvaluationReport, pictures: [String]) {
        self.init(
            step: report.step, epoch: report.epoch, loss: report.loss, ctcLoss: report.ctcLoss,
            words: report.wordErrorRate,
            characters: report.characterErrorRate)
        durationInSeconds = report.durationInSeconds
        samples = report.samples.map { Sample(reference: $0.reference, hypothesis: $0.hypothesis) }
        attention = report.attention.map { attention in
            Attention(
                utterance: attention.utterance, text: attention.text, audioInSeconds: attention.audioInSeconds,
                tokenCount: attention.alignments.first?.tokenCount ?? 0, slopes: attention.alignments.map(\.slope),
                pictures: pictures)
        }
    }
}

extension MetricsLine: Codable {
    private enum CodingKeys: CodingKey { case learningRate, alert }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if container.contains(.learningRate) {
            self = .step(try StepMetrics(from: decoder))
        } else if container.contains(.alert) {
            self = .alert(try TrainingAlert(from: decoder))
        } else {
            self = .evaluation(try EvaluationMetrics(from: decoder))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        switch self {
        case .step(let metrics): try metrics.encode(to: encoder)
        case .evaluation(let metrics): try metrics.encode(to: encoder)
        case .alert(let alert): try alert.encode(to: encoder)
        }
    }
}
