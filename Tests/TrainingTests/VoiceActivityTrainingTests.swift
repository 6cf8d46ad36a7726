import Audio
import Datasets
import Glibc
import Models
import Tensors
import TestSupport
import Testing
import Training

@Suite struct VoiceActivityTrainingTests {
    /// A tone of 200 Hz from sample 8000 to 24000 of 32000, over a hiss 54 dB below it.
    private func burst(pause: Range<Int> = 0..<0) -> [Float] {
        let hiss = randomValues(32_000, seed: 1, in: -0.002...0.002)
        return (0..<32_000).map { index in
            let isLoud = (8_000..<24_000).contains(index) && !pause.contains(index)
            return hiss[index] + (isLoud ? 0.5 * sinf(Float(index) * 2 * .pi * 200 / 16_000) : 0)
        }
    }

    /// Samples 8000 to 24000 are frames 50 to 150; a window of 25 ms reaches one frame further on each side.
    @Test func labelsAreWhereTheEnergyIs() {
        let labels = SpeechLabels(burst()).isSpeech
        #expect(labels.count == 200)
        #expect((48...50).contains(labels.firstIndex(of: true)!))
        #expect((149...151).contains(labels.lastIndex(of: true)!))
        #expect(labels[50..<150].allSatisfy { $0 })
        #expect(SpeechLabels([Float](repeating: 0, count: 1_600)).isSpeech == Array(repeating: false, count: 10))
    }

    /// 0.15 s of silence between speech is speech, 0.4 s is none.
    @Test func shortPausesBelongToSpeech() {
        #expect(SpeechLabels(burst(pause: 14_000..<16_400)).isSpeech[50..<150].allSatisfy { $0 })
        #expect(!SpeechLabels(burst(pause: 12_000..<18_400)).isSpeech[85])
    }

    /// Bursts of a tone in made-up noise: what a network learns in a few steps is better than saying always the same, and does not
    /// depend on the number of threads.
    @Test func aDetectorLearns() throws {
        let folder = try TemporaryFolder()
        var lines = "path\tsentence\n"
        for index in 0..<4 {
            _ = try folder.write("\(index).wav", bytes: waveFile(burst(), sampleRate: 16_000))
            lines += "\(index).wav\tone\n"
        }
        let manifest = try Manifest.load(path: folder.write("train.tsv", lines))
        var configuration = VoiceActivityTraining.Configuration()
        configuration.model.modelDimension = 8
        configuration.model.layerCount = 1
        configuration.model.convolutionWidth = 5
        configuration.batchSize = 8
        configuration.stepCount = 40
        configuration.warmupSteps = 5
        configuration.peakLearningRate = 0.02
        var losses: [Double] = []
        let models = try [1, 2].map { threads in
            try VoiceActivityTraining(
                configuration, speech: manifest, noiseFolder: nil, workers: WorkerPool(threadCount: threads)
            ).model(report: { losses.append($0.loss) })
        }
        #expect(losses.count == 4 && losses[1] < losses[0] && losses[1] < 0.6)
        #expect(models[0].parameters.values.values == models[1].parameters.values.values)
    }

    @Test func dataWithoutSpeechAreRefused() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write("0.wav", bytes: waveFile([Float](repeating: 0, count: 16_000), sampleRate: 16_000))
        let manifest = try Manifest.load(path: folder.write("train.tsv", "path\tsentence\n0.wav\tone\n"))
        #expect(throws: TrainingError.self) {
            try VoiceActivityTraining(
                .init(), speech: manifest, noiseFolder: nil, workers: WorkerPool(threadCount: 1))
        }
    }
}
