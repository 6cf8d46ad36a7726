import Files
import FoundationEssentials
import Recognition
import Synchronization
import TestSupport
import Training

/// Words of made-up speech: each letter is a tone of its own.
struct ToneCorpus {
    let folder: TemporaryFolder
    let train: String
    let dev: String

    init() throws {
        folder = try TemporaryFolder()
        let words = ["a", "b", "c", "ab", "bc", "ca", "abc", "cab"]
        var lines: [String] = []
        for (index, word) in (words + words).enumerated() {
            var samples: [Float] = []
            for letter in word.utf8 {
                let frequency = Float(300 * (Int(letter) - 96)) + Float(index)
                for sample in 0..<3_200 {  // 0.2 s
                    samples.append(0.3 * sine(2 * .pi * frequency * Float(sample) / 16_000))
                }
            }
            let name = "\(index).wav"
            try folder.write(name, bytes: waveFile(samples, sampleRate: 16_000))
            lines.append(#"{"audio_filepath": "\#(folder.path)/\#(name)", "text": "\#(word)"}"#)
        }
        train = try folder.write("train.jsonl", lines.joined(separator: "\n") + "\n")
        dev = try folder.write("dev.jsonl", lines.prefix(8).joined(separator: "\n") + "\n")
    }

    /// A list that has every training utterance so many times, under names of its own: as many recordings.
    func repeatedTrain(_ count: Int) throws -> String {
        let lines = try String(decoding: Data(contentsOf: URL(filePath: train)), as: UTF8.self).split(separator: "\n")
        let copies = (0..<count).flatMap { copy in
            lines.enumerated().map { #"{"id": "\#(copy)-\#($0.offset)", "# + $0.element.dropFirst() }
        }
        return try folder.write("repeated.jsonl", copies.joined(separator: "\n") + "\n")
    }

    func configuration() -> TrainingConfiguration {
        var configuration = TrainingConfiguration()
        configuration.data.train = [DataSource(path: train)]
        configuration.data.dev = [dev]
        configuration.model.encoderLayerCount = 1
        configuration.model.decoderLayerCount = 1
        configuration.model.transformer.modelDimension = 32
        configuration.model.transformer.headCount = 2
        configuration.model.transformer.feedForwardDimension = 64
        configuration.batches.maximumFramesPerBatch = 250
        configuration.batches.maximumFramesPerMicroBatch = 60
        configuration.batches.minimumFrameCount = 5
        configuration.schedule.warmupSteps = 20
        configuration.schedule.peakLearningRate = 0.01
        configuration.stopping.epochs = 2
        return configuration
    }

    /// Trains, stopping after `stepLimit` steps, and returns the bytes of the checkpoint.
    func train(
        _ configuration: TrainingConfiguration, _ name: String, threads: Int = 2, stepLimit: Int = .max,
        resume: Bool = false
    ) throws -> (outcome: Trainer.Outcome, checkpoint: Data) {
        let steps = Atomic<Int>(0)
        let output = "\(folder.path)/\(name)"
        let trainer = Trainer(
            configuration, output: output, threadCount: threads,
            observer: { event in
                if case .step = event { steps.add(1, ordering: .relaxed) }
            }, shouldStop: { steps.load(ordering: .relaxed) >= stepLimit })
        let outcome = try trainer.run(resume: resume)
        return (outcome, try Data(contentsOf: URL(filePath: "\(output)/checkpoint.safetensors")))
    }
}

extension ToneCorpus {
    /// Trains, and returns what was told besides steps and evaluations.
    func messages(_ configuration: TrainingConfiguration, _ name: String, threads: Int) throws -> [String] {
        let messages = Mutex<[String]>([])
        let trainer = Trainer(
            configuration, output: "\(folder.path)/\(name)", threadCount: threads,
            observer: { event in
                switch event {
                case .message(let text), .warning(let text): messages.withLock { $0.append(text) }
                default: break
                }
            })
        _ = try trainer.run(resume: false)
        return messages.withLock { $0 }
    }

    /// The passes after which a run of this name transcribed the dev set.
    func evaluatedEpochs(_ name: String) throws -> [Int] {
        try MetricsLog.lines(path: "\(folder.path)/\(name)/metrics.jsonl").compactMap {
            if case .evaluation(let metrics) = $0 { metrics.epoch } else { nil }
        }
    }
}

private func sine(_ angle: Float) -> Float {
    // Bhaskara's approximation is sound enough for a tone: it only has to be periodic.
    let turn = angle / (2 * .pi)
    let phase = (turn - turn.rounded(.down)) * 2 * .pi
    let x = phase < .pi ? phase : phase - .pi
    let value = 16 * x * (.pi - x) / (5 * .pi * .pi - 4 * x * (.pi - x))
    return phase < .pi ? value : -value
}
