import Audio
import Files
import Models
import Numerics
import Recognition
import Synchronization
import Tensors
import TestSupport
import Testing

@Suite struct TranscriptionPipelineTests {
    private let model: SpeechModel
    private let folder: TemporaryFolder

    init() throws {
        model = try TinyModel.model(seed: 5)
        folder = try TemporaryFolder()
    }

    /// Noise that a model with random weights makes some text of.
    private static func waveform(seconds: Double, seed: UInt64 = 1) -> Waveform {
        var generator = RandomKey(seed: seed).generator
        return Waveform(
            samples: (0..<Int(seconds * 16_000)).map { _ in 0.2 * (generator.uniform() - 0.5) }, sampleRate: 16_000)
    }

    private func pipeline(threads: Int = 2, beamSize: Int = 2) -> TranscriptionPipeline {
        var options = TranscriptionOptions()
        options.beamSize = beamSize
        return TranscriptionPipeline(
            Transcriber(model: model, options: options), workers: WorkerPool(threadCount: threads),
            longestSegmentInSeconds: 1)
    }

    /// A path, a stream in blocks and samples in memory give the same text, in segments of at most a second.
    @Test func everyKindOfSourceGivesTheSame() throws {
        let waveform = Self.waveform(seconds: 3.5)
        let path = "\(folder.path)/clip.f32.wav"
        try folder.write("clip.f32.wav", bytes: waveFile(waveform.samples, isFloat: true))
        let blocks = Mutex(
            stride(from: 0, to: waveform.samples.count, by: 777).map {
                Array(waveform.samples[$0..<min($0 + 777, waveform.samples.count)])
            })
        let expected = try pipeline().transcription(of: .samples(waveform, name: "samples"))
        #expect(expected.segmentCount >= 4 && expected.durationInSeconds == 3.5)
        #expect(try pipeline().transcription(of: .file(path)) == expected)
        #expect(
            try pipeline().transcription(
                of: .stream(name: "stream", sampleRate: 16_000) {
                    blocks.withLock { $0.isEmpty ? nil : $0.removeFirst() }
                }) == expected)
        #expect(try pipeline().transcription(of: .lazySamples(name: "lazy") { _ in waveform }) == expected)
    }

    /// The text is that of the segments recognised one by one, for any number of threads.
    @Test(arguments: [1, 2, 3]) func segmentsAreRecognisedAsOneByOne(threads: Int) throws {
        let waveform = Self.waveform(seconds: 6)
        let pipeline = pipeline(threads: threads)
        let segments = AudioSegmenter.segments(of: waveform, maximumInSeconds: 1)
        let expected = try segments.map { try pipeline.transcriber.recognize($0) }
        let result = try pipeline.transcription(of: .samples(waveform, name: "samples"))
        #expect(result.segments == expected.compactMap(\.segment))
    }

    /// Every source is told once, in order; one that cannot be read fails alone.
    @Test func aSourceThatCannotBeReadLeavesTheOthers() throws {
        let sources: [AudioSource] = (0..<7).map { (number: Int) -> AudioSource in
            if number == 2 { return .file("\(folder.path)/missing.wav") }
            let seconds = 0.5 + Double(number % 3)
            return .samples(Self.waveform(seconds: seconds, seed: UInt64(number)), name: "\(number)")
        }
        var told: [Int] = []
        var failures: [Int] = []
        let outcome = try pipeline().run(sources) { number, result in
            told.append(number)
            if case .failure = result { failures.append(number) }
            if number == 1 {
                let duration = try result.get().durationInSeconds
                #expect(duration == 1.5)
            }
        }
        #expect(outcome == .finished)
        #expect(told == Array(0..<7))
        #expect(failures == [2])
    }

    /// Told to stop after two sources, the pipeline tells of no more than what was recognised with them.
    @Test func aRunCanBeStopped() throws {
        let sources = (0..<50).map { AudioSource.samples(Self.waveform(seconds: 1), name: "\($0)") }
        var told: [Int] = []
        func shouldStop() -> Bool { told.count >= 2 }
        let outcome = try pipeline(threads: 1).run(sources, shouldStop: shouldStop) { number, _ in
            told.append(number)
        }
        #expect(outcome == .stopped)
        #expect(told == Array(0..<told.count) && told.count >= 2 && told.count < 6)
    }

    @Test func noSourcesAreNoWork() throws {
        #expect(try pipeline().run([]) { _, _ in Issue.record("there is no source") } == .finished)
    }

    /// Weights of 1e19 overflow in the first product: an error that says so, not an empty text.
    @Test(arguments: [1, 4]) func weightsThatOverflowAreAnError(beamSize: Int) throws {
        let values = model.network.parameters.values
        for index in 0..<values.count { values.floats[index] *= 1e19 }
        let error = #expect(throws: SearchError.self) {
            try pipeline(beamSize: beamSize).transcription(of: .samples(Self.waveform(seconds: 1), name: "clip"))
        }
        #expect(error?.description.contains("NaN or infinite") == true)
    }
}
