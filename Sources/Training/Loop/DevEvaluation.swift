import Autograd
import Datasets
import Evaluation
import FoundationEssentials
import Models
import Recognition
import Tensors
import Text

/// Transcribes a dev set with the model as it is, by the `Transcriber` that users call.
struct DevEvaluation {
    /// How well a model does on the dev set.
    struct Result {
        var words = WordErrorRate()
        var characters = CharacterErrorRate()
        /// In nats per token, by teacher forcing.
        var loss = 0.0
        /// The CTC loss alone, in nats per token; nil without CTC.
        var ctcLoss: Double?
        /// Some utterances, always the same: what they should say, and what was recognised.
        var samples: [(reference: String, hypothesis: String)] = []
        /// What the decoder attends to in one utterance, always the same; nil if all are too short.
        var attention: AttentionReport?
    }

    let loader: DataLoader
    let configuration: EvaluationConfiguration
    let lossConfiguration: LossConfiguration
    /// Who share the utterances out among themselves.
    let ranks: Ranks
    private static let sampleCount = 3
    /// Tokens of the longest text whose attention is drawn.
    private static let longestLabel = 150

    /// Rates and loss over all utterances, the first hypotheses, and what one utterance's decoding attends to. Called by all ranks; all get
    /// the same.
    func callAsFunction(_ model: SpeechModel, precision: ElementType, workers: WorkerPool) throws -> Result {
        var options = TranscriptionOptions()
        options.beamSize = configuration.beamSize
        options.ctcWeight = configuration.ctcWeight
        options.precision = InferencePrecision(precision)
        options.whisper.temperatures = [0]
        let transcriber = Transcriber(model: model, options: options)
        let (loader, lossConfiguration) = (loader, lossConfiguration)
        // Every so many utterances to each rank: long ones may stand together.
        let own = Array(stride(from: ranks.rank, to: loader.data.utterances.count, by: ranks.count))
        let results = workers.map(itemCount: own.count) { item in
            Swift.Result {
                let index = own[item]
                let spectrogram = try loader.data.spectrogram(index)
                let text = try transcriber.text(of: spectrogram, loader.tokenizer)
                let loss = model.network.loss(
                    loader.batch([index], of: [spectrogram]), tape: Tape(precision: precision),
                    tokenCount: loader.tokenCount([index]), lossConfiguration)
                return Transcribed(text: text, loss: loss)
            }
        }
        let transcribed = try gathered(Swift.Result { try results.map { try $0.get() } })
        var result = Result()
        var loss = TrainingLoss()
        let normalizer = model.scoringNormalizer()
        for (text, hypothesis) in zip(loader.data.texts, transcribed) {
            let (reference, recognized) = (normalizer.normalized(text), normalizer.normalized(hypothesis.text))
            result.words += WordErrorRate(reference: reference, hypothesis: recognized)
            result.characters += CharacterErrorRate(reference: reference, hypothesis: recognized)
            loss += hypothesis.loss
        }
        result.loss = loss.perToken(lossConfiguration)
        result.ctcLoss = loss.ctcPerToken(lossConfiguration)
        let attended = attendedUtterance(of: model)
        result.samples = samples(attended).map { (loader.data.texts[$0], transcribed[$0].text) }
        // One rank draws.
        if ranks.isFirst { result.attention = try attended.map { try attention($0, of: model) } }
        return result
    }

    /// What came of one utterance.
    private struct Transcribed: Sendable {
        let text: String
        let loss: TrainingLoss
    }

    /// What all ranks have transcribed, in the order of the utterances.
    private func gathered(_ own: Swift.Result<[Transcribed], any Error>) throws -> [Transcribed] {
        guard ranks.areSeveral else { return try own.get() }
        let texts = try ranks.gather(
            own.flatMap { own in Swift.Result { [UInt8](try JSONEncoder().encode(own.map(\.text))) } })
        let losses = try ranks.gather(own.map { $0.flatMap(\.loss.bytes) })
        let byRank = try zip(texts, losses).map { texts, losses in
            zip(try JSONDecoder().decode([String].self, from: Data(texts)), TrainingLoss.all(bytes: losses))
                .map(Transcribed.init)
        }
        return loader.data.utterances.indices.map { byRank[$0 % ranks.count][$0 / ranks.count] }
    }

    /// The utterance whose attention is drawn, and some others from all over the dev set.
    private func samples(_ attended: Int?) -> [Int] {
        let count = loader.data.utterances.count
        let others = (0..<Self.sampleCount).map { $0 * count / Self.sampleCount }.filter { $0 != attended }
        // A set of few utterances has some of these more than once.
        return (attended.map { [$0] } ?? []) + Set(others).sorted()
    }

    /// The utterance with the longest text that a picture has room for; the one with the shortest text if all are longer; nil
    /// if all are too short for one position.
    private func attendedUtterance(of model: SpeechModel) -> Int? {
        let lengths = loader.data.utterances.indices.map { (index: $0, length: loader.label($0).count) }
        let candidates = lengths.filter {
            model.network.positionCount(frameCount: loader.data.frameCounts[$0.index]) > 0
        }
        let roomy = candidates.filter { $0.length <= Self.longestLabel }
        return roomy.isEmpty
            ? candidates.min { ($0.length, $0.index) < ($1.length, $1.index) }?.index
            : roomy.max { ($0.length, -$0.index) < ($1.length, -$1.index) }?.index
    }

    private func attention(_ index: Int, of model: SpeechModel) throws -> AttentionReport {
        let spectrogram = try loader.data.spectrogram(index)
        return AttentionReport(
            utterance: loader.data.utterances[index].id, text: loader.data.texts[index],
            audioInSeconds: Double(spectrogram.frameCount) * model.configuration.frontend.hopInSeconds,
            alignments: model.network.attentionAlignments(
                features: spectrogram, label: loader.label(index), tokenizer: loader.tokenizer))
    }
}
