import Autograd
import Datasets
import Files
import Models
import NeuralNetwork
import Numerics
import Recognition
import Tensors
import Text

/// Measures steps of training on made-up data of fixed sizes.
public struct TrainingBenchmark: Sendable {
    /// What is measured.
    public struct Workload: Sendable {
        public var model = ModelConfiguration()
        public var vocabularySize = 32
        /// Utterances of a step.
        public var batchSize = 16
        /// Seconds of audio of each utterance.
        public var utteranceInSeconds = 10.0
        /// Characters of each utterance.
        public var characterCount = 150
        public var maximumFramesPerMicroBatch = 2_000
        public var precision = ComputationPrecision.float32
        public init() {}

        /// The sizes that are compared with other programs.
        public static func preset(_ preset: Preset) -> Workload {
            var workload = Workload()
            if preset == .base17M {
                workload.model.encoderLayerCount = 4
                workload.model.decoderLayerCount = 4
                workload.model.transformer.modelDimension = 384
                workload.model.transformer.headCount = 6
                workload.model.transformer.feedForwardDimension = 1_536
                workload.batchSize = 8
            }
            return workload
        }
    }

    /// Workloads with a name.
    public enum Preset: String, CaseIterable, Sendable {
        case base8M = "base-8m"
        case base17M = "base-17m"
    }

    /// What was measured.
    public struct Result: Sendable {
        public var parameterCount: Int
        /// Milliseconds of each step, in their order.
        public var stepsInMilliseconds: [Double]
        /// Floating-point operations of the matrix products of one step.
        public var operationsPerStep: Double
        public var audioInSecondsPerStep: Double
        /// Multiplications and additions a second that this machine's products reach, measured in the same run, with as
        /// many threads.
        public var productOperationsPerSecond: Double
    }

    public let workload: Workload

    public init(_ workload: Workload) { self.workload = workload }

    /// Runs `warmupCount` steps and then `stepCount` measured ones.
    ///
    /// - Throws: `TrainingError` for sizes that cannot work.
    public func run(threadCount: Int, warmupCount: Int, stepCount: Int) throws -> Result {
        let workers = WorkerPool(threadCount: threadCount)
        let network = EncoderDecoder(workload.model, vocabularySize: workload.vocabularySize)
        let frameCount = Int((workload.utteranceInSeconds / workload.model.frontend.hopInSeconds).rounded())
        let size = min(workload.batchSize, max(1, workload.maximumFramesPerMicroBatch / max(1, frameCount)))
        try checkMemory(network, frameCount: frameCount, microBatchSize: size, threadCount: threadCount)
        let microBatches = try stride(from: 0, to: workload.batchSize, by: size).map {
            try makeBatch(
                utterances: $0..<min($0 + size, workload.batchSize), frameCount: frameCount,
                positionCount: network.positionCount(frameCount: frameCount))
        }
        network.parameters.initialize(seed: 1)
        let optimizer = AdamW(network.parameters, configuration: AdamWConfiguration())
        let gradientWorkers = GradientWorkers(
            network.parameters, precision: workload.precision.elementType, workers: workers)
        let tokenCount = workload.batchSize * (workload.characterCount + 1)
        let key = RandomKey(seed: 1)
        var times: [Double] = []
        for step in 0..<warmupCount + stepCount {
            let start = ContinuousClock.now
            let gradient = try gradientWorkers.gradient(
                microBatchCount: microBatches.count, key: key.derived(step),
                computeLoss: network.microBatchLoss(tokenCount: tokenCount, LossConfiguration()) { microBatches[$0] })
            guard gradient.norm.isFinite, gradient.loss.ctc.impossible == 0 else {
                throw TrainingError("step \(step + 1): the gradient is NaN or infinite; choose other sizes")
            }
            optimizer.update(gradient.values, norm: gradient.norm, learningRate: 1e-4, workers: workers)
            if step >= warmupCount { times.append((ContinuousClock.now - start).inSeconds * 1_000) }
        }
        return Result(
            parameterCount: network.parameters.parameterCount, stepsInMilliseconds: times,
            operationsPerStep: operations(network, frameCount: frameCount),
            audioInSecondsPerStep: Double(workload.batchSize) * workload.utteranceInSeconds,
            productOperationsPerSecond: ProductBenchmark.operationsPerSecond(
                workload.precision.elementType, rows: size * network.positionCount(frameCount: frameCount),
                columns: workload.model.transformer.modelDimension, workers: workers))
    }

    /// - Throws: `TrainingError` if the text does not fit the audio: CTC says one character a position at most.
    private func makeBatch(utterances: Range<Int>, frameCount: Int, positionCount: Int) throws -> TrainingBatch {
        let melBinCount = workload.model.frontend.melBinCount
        var generator = RandomKey(seed: 2).derived(utterances.lowerBound).generator
        let features = Tensor(
            (0..<utterances.count * frameCount * melBinCount).map { _ in 2 * generator.uniform() - 1 },
            shape: [utterances.count, frameCount, melBinCount])
        let specialCount = Vocabulary.specialNames.count
        let tokenizer = try Vocabulary(
            characters: (0..<UInt32(workload.vocabularySize - specialCount)).map { Unicode.Scalar(0x10000 + $0)! })
        let labels = utterances.map { _ in
            (0..<workload.characterCount).map { _ in
                specialCount + Int(generator.next() % UInt64(workload.vocabularySize - specialCount))
            }
        }
        for label in labels {
            // A repeated character needs a blank between.
            let required = label.count + zip(label, label.dropFirst()).count { $0 == $1 }
            guard required <= positionCount else {
                throw TrainingError(
                    "\(label.count) characters need \(required) positions, and \(workload.utteranceInSeconds) s of audio "
                        + "have \(positionCount); lower --characters or raise --seconds")
            }
        }
        return TrainingBatch(
            features: features, frameCounts: Array(repeating: frameCount, count: utterances.count), labels: labels,
            tokenizer: tokenizer)
    }

    /// Operations of the products of a step: forward once and backward twice (for inputs and for weights).
    private func operations(_ network: EncoderDecoder, frameCount: Int) -> Double {
        let positionCount = network.positionCount(frameCount: frameCount)
        let forward =
            workload.model.encoderOperations(frameCount: frameCount, positionCount: positionCount)
            + workload.model.decoderOperations(
                positionCount: positionCount, tokenCount: workload.characterCount + 1,
                vocabularySize: workload.vocabularySize)
            + workload.model.ctcOperations(positionCount: positionCount, vocabularySize: workload.vocabularySize)
        return 3 * forward * Double(workload.batchSize)
    }
}
