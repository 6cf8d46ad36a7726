import Audio
import Models
import Recognition
import TestSupport
import Testing

@Suite struct VoiceActivityDetectorTests {
    /// A small network with random weights, whose logits are so far apart that some frames are speech and others are not.
    static func model(seed: UInt64 = 1) throws -> VoiceActivityModel {
        var configuration = VoiceActivityModel.Configuration()
        configuration.modelDimension = 8
        configuration.layerCount = 2
        configuration.convolutionWidth = 5
        let model = try VoiceActivityModel(configuration)
        model.parameters.initialize(seed: seed)
        let output = model.parameters.parameters.first { $0.name == "output.weight" }!.value
        for index in 0..<output.count { output.floats[index] *= 20 }
        return model
    }

    /// Noise whose level changes all the time.
    static func samples(_ count: Int) -> [Float] {
        let noise = randomValues(count, seed: 2)
        return noise.enumerated().map { $1 * Float(($0 / 9_000) % 5) / 10 }
    }

    /// Recordings of less than a window, of exactly so many chunks, and of any length: the network over all features at once says the same.
    @Test(arguments: [0, 100, 399, 400, 16_000, 160_000, 345_678])
    func blocksGiveWhatTheWholeGives(count: Int) throws {
        let model = try Self.model()
        let samples = Self.samples(count)
        let expected = model.probabilities(try model.features(Waveform(samples: samples, sampleRate: 16_000)))
        for block in [997, 50_000, 1_000_000] {
            var detector = try VoiceActivityDetector(model, sampleRate: 16_000)
            var found: [Float] = []
            for start in stride(from: 0, to: count, by: block) {
                found += try detector.add(Array(samples[start..<min(count, start + block)]))
            }
            found += try detector.finish()
            #expect(found.count == (count + 159) / 160)
            expectClose(Array(found.prefix(expected.count)), expected, absolute: 1e-4)
        }
    }

    /// Of 48 kHz there are three times as many samples, and as many frames.
    @Test func otherSampleRatesHaveTheSameFrames() throws {
        let activity = try VoiceActivity(of: Self.samples(48_000), sampleRate: 48_000, Self.model())
        #expect(activity.probabilities.count == 100)
    }

    /// What the segmenter cuts out of a stream is what the stretches with speech of the whole recording hold.
    @Test(arguments: [800, 12_345, 400_000]) func segmentsAreTheStretchesWithSpeech(block: Int) throws {
        let model = try Self.model(seed: 4)
        let samples = Self.samples(400_000)
        let activity = try VoiceActivity(of: samples, sampleRate: 16_000, model)
        var options = VoiceActivityOptions()
        options.threshold = activity.probabilities.sorted()[activity.probabilities.count / 2]
        options.minimumSilenceInSeconds = 0.1
        options.paddingInSeconds = 0.05
        let regions = activity.regions(options)
        #expect(regions.count > 3)

        var segmenter = try SpeechSegmenter(model, options, sampleRate: 16_000, maximumInSeconds: 1)
        var segments: [AudioSegmenter.Segment] = []
        for start in stride(from: 0, to: samples.count, by: block) {
            segments += try segmenter.add(Array(samples[start..<min(samples.count, start + block)]))
        }
        segments += try segmenter.finish()
        #expect(segments.allSatisfy { $0.waveform.durationInSeconds <= 1 })
        #expect(segments.allSatisfy { $0.speechInSeconds != nil })
        let heard = segments.flatMap(\.waveform.samples)
        let expected = regions.flatMap {
            samples[$0.frames.lowerBound * 160..<min(samples.count, $0.frames.upperBound * 160)]
        }
        #expect(heard == expected)
        for region in regions {
            let start = Double(region.frames.lowerBound) / 100
            #expect(segments.contains { abs($0.startInSeconds - start) < 1e-9 })
        }
    }

    @Test func aFolderIsReadAsItWasWritten() throws {
        let folder = try TemporaryFolder()
        let model = try Self.model()
        try model.write(to: folder.path + "/detector", card: "card")
        let read = try VoiceActivityModel(directory: folder.path + "/detector")
        let samples = Self.samples(16_000)
        #expect(
            try VoiceActivity(of: samples, sampleRate: 16_000, read).probabilities
                == VoiceActivity(of: samples, sampleRate: 16_000, model).probabilities)
        #expect(throws: ModelError.self) { try VoiceActivityModel(directory: folder.path) }
    }
}
