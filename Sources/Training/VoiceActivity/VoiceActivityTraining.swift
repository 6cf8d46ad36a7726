import Audio
import Autograd
import Datasets
import Models
import Numerics
import Tensors

/// Trains a voice activity detector: speech of labelled data is put into noise, anew in every step; where somebody speaks is known from the
/// energy of the speech alone (`SpeechLabels`).
public struct VoiceActivityTraining: Sendable {
    public struct Configuration: Codable, Sendable, Equatable {
        public var model = VoiceActivityModel.Configuration()
        public var seed: UInt64 = 1
        public var stepCount = 1_000
        /// Stretches of 8 s in a step.
        public var batchSize = 32
        /// Speech that is kept in memory, drawn from all.
        public var speechInHours = 6.0
        public var peakLearningRate: Float = 0.003
        public var warmupSteps = 50

        public init() {}
    }

    /// What a step is told with.
    public struct Progress: Sendable {
        public let step: Int
        /// The mean cross-entropy of a position, in nats, and the share of positions that were right, since the last time.
        public let loss: Double
        public let accuracy: Double
    }

    private let configuration: Configuration
    private let workers: WorkerPool
    private let mixer: SpeechMixer
    private static let stretchesPerMicroBatch = 4

    /// Reads the speech.
    ///
    /// - Parameter noiseFolder: recordings without speech; nil: all noise is computed.
    /// - Throws: `AudioError`, `AugmentationError`; `TrainingError` where there is no speech.
    public init(
        _ configuration: Configuration, speech: Manifest, noiseFolder: String?, workers: WorkerPool
    ) throws {
        self.configuration = configuration
        self.workers = workers
        var generator = RandomKey(seed: configuration.seed).derived("utterances").generator
        var utterances = speech.utterances
        generator.shuffle(&utterances)
        let limit = Int(configuration.speechInHours * 3_600 * MadeUpNoise.sampleRate)
        var clips: [SpeechMixer.Clip] = []
        var (sampleCount, first) = (0, 0)
        while first < utterances.count && sampleCount < limit {
            let batch = Array(utterances[first..<min(first + 256, utterances.count)])
            first += batch.count
            let read = workers.map(itemCount: batch.count) { index -> Result<SpeechMixer.Clip, any Error> in
                Result {
                    let waveform = try batch[index].waveform(sampleRate: Int(MadeUpNoise.sampleRate))
                    return SpeechMixer.Clip(
                        samples: StoredSamples(waveform.samples), labels: SpeechLabels(waveform.samples))
                }
            }
            for clip in read {
                let clip = try clip.get()
                guard clip.labels.isSpeech.contains(true) else { continue }
                clips.append(clip)
                sampleCount += clip.samples.count
            }
        }
        guard !clips.isEmpty else { throw TrainingError("no speech was found in the labelled data") }
        mixer = SpeechMixer(clips: clips, noise: try noiseFolder.map { try NoiseLibrary(folder: $0) })
    }

    /// A trained detector.
    ///
    /// - Parameters:
    ///   - report: told every so many steps.
    ///   - shouldStop: asked after each step; true ends the training with what has been learned.
    /// - Throws: `ModelError`; `AudioError` for noise that cannot be read.
    public func model(report: (Progress) -> Void, shouldStop: () -> Bool = { false }) throws -> VoiceActivityModel {
        let model = try VoiceActivityModel(configuration.model)
        model.parameters.initialize(seed: configuration.seed)
        let optimizer = AdamW(model.parameters, configuration: AdamWConfiguration())
        let gradientWorkers = GradientWorkers(model.parameters, precision: .float32, workers: workers)
        var schedule = LearningRateSchedule()
        schedule.kind = .cosine
        schedule.peakLearningRate = configuration.peakLearningRate
        schedule.warmupSteps = configuration.warmupSteps
        var sums = LossSums()
        let key = RandomKey(seed: configuration.seed).derived("steps")
        for step in 1...max(1, configuration.stepCount) {
            let gradient = try gradient(model, key.derived(step), gradientWorkers)
            optimizer.update(
                gradient.values, norm: gradient.norm,
                learningRate: schedule.learningRate(step: step, stepCount: configuration.stepCount), workers: workers)
            sums += gradient.loss.crossEntropy
            let isLast = step == configuration.stepCount || shouldStop()
            if step % 20 == 0 || isLast {
                report(
                    Progress(
                        step: step, loss: sums.loss / Double(sums.count),
                        accuracy: Double(sums.correct) / Double(sums.count)))
                sums = LossSums()
            }
            if isLast { break }
        }
        return model
    }

    /// The gradient of a step.
    private func gradient(
        _ model: VoiceActivityModel, _ key: RandomKey, _ gradientWorkers: GradientWorkers
    ) throws -> GradientWorkers.BatchGradient {
        let microBatchCount = (configuration.batchSize + Self.stretchesPerMicroBatch - 1) / Self.stretchesPerMicroBatch
        let positionCount = configuration.batchSize * SpeechMixer.frameCount / VoiceActivityModel.framesPerPosition
        let mixer = mixer
        return try gradientWorkers.gradient(microBatchCount: microBatchCount, key: key) { index, tape, _ in
            var values: [Float] = []
            var targets: [Int32] = []
            var frameCount = 0
            for number in 0..<Self.stretchesPerMicroBatch {
                let example = try mixer.example(key.derived(index * Self.stretchesPerMicroBatch + number))
                let features = try model.features(Waveform(samples: example.samples, sampleRate: 16_000))
                frameCount = features.frameCount
                values += features.values
                targets += stride(from: 0, to: frameCount, by: VoiceActivityModel.framesPerPosition).map {
                    example.isSpeech[$0] ? 1 : 0
                }
            }
            let lengths = Array(repeating: frameCount, count: Self.stretchesPerMicroBatch)
            let input = Tensor(
                values, shape: [Self.stretchesPerMicroBatch, frameCount, values.count / frameCount / lengths.count])
            var loss = TrainingLoss()
            loss.crossEntropy = model.logits(tape.variable(input), lengths: lengths)
                .crossEntropy(targets: targets, smoothing: 0, weight: 1 / Float(positionCount))
            return loss
        }
    }
}

extension VoiceActivityTraining {
    /// The card of a detector that was trained so.
    public func card(of model: VoiceActivityModel) -> String {
        let network = model.configuration
        return """
            # Voice activity detector

            Tells for each 10 ms of a recording how probable it is that somebody speaks. \(network.frontend.melBinCount) log-mel bins, \
            a convolution of stride 2, \(network.layerCount) convolution modules of the Conformer with \(network.modelDimension) channels and a width of \
            \(network.convolutionWidth): \(model.parameters.parameterCount) weights. It looks \
            \(model.contextFrameCount * 10) ms ahead and back.

            Trained by `asr vad train`: \(configuration.stepCount) steps over \(configuration.batchSize) stretches of 8 s, seed \
            \(configuration.seed), \(clipCount) utterances.

            """
    }

    private var clipCount: Int { mixer.clips.count }
}
