import Audio
import Files
import Models
import Recognition
import Tensors
import TestSupport
import Testing

/// What is kept of a recording that a Whisper model hears.
@Suite struct StoredRecordingTests {
    private let model: SpeechModel
    private let detector: VoiceActivityModel
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try TinyWhisper.writeModel(to: "\(folder.path)/model")
        model = try SpeechModel.read("\(folder.path)/model")
        detector = try VoiceActivityDetectorTests.model()
    }

    /// Noise of 16 kHz, with silence from the second second to the third.
    private static func samples(seconds: Double) -> [Float] {
        var samples = VoiceActivityDetectorTests.samples(Int(seconds * 16_000))
        for index in samples.indices where 16_000..<32_000 ~= index { samples[index] = 0 }
        return samples
    }

    private func recording(
        _ samples: [Float], detector: VoiceActivityModel? = nil, threads: Int, memoryLimit: Int
    ) throws -> StoredRecording {
        try StoredRecording(
            .samples(Waveform(samples: samples, sampleRate: 16_000), name: "noise"), model, detector,
            VoiceActivityOptions(), sharedAmong: threads == 1 ? nil : WorkerPool(threadCount: threads),
            memoryLimit: memoryLimit, folder: folder.path)
    }

    // Expected: the features of everything at once, with 30 s of silence behind it as openai/whisper has them. In 100,000 bytes there is
    // room for 15 s of 16 mel bins.
    @Test(arguments: [1, 2], [0, 100_000, 1 << 24])
    func featuresAreThoseOfTheWholeRecording(threads: Int, memoryLimit: Int) throws {
        let samples = Self.samples(seconds: 45.678)
        let silence = Array(repeating: Float(0), count: 30 * 16_000)
        let whole = try model.features(Waveform(samples: samples + silence, sampleRate: 16_000))
        let recording = try recording(samples, threads: threads, memoryLimit: memoryLimit)
        #expect(recording.frameCount == 4_567 && recording.durationInSeconds == 45.678)
        for range in [0..<3_000, 1_234..<4_234, 4_500..<4_567, 17..<17] {
            let expected = Array(whole.values[range.lowerBound * 16..<range.upperBound * 16])
            let features = try recording.features(range)
            #expect(features.values == expected, "frames \(range)")
            #expect(features.frameCount == range.count)
        }
    }

    @Test(arguments: [1, 2]) func speechIsThatOfTheWholeRecording(threads: Int) throws {
        let samples = Self.samples(seconds: 61)
        let expected = try SharedWork.among(nil) {
            try VoiceActivity(of: samples, sampleRate: 16_000, detector).regions(VoiceActivityOptions())
        }
        let recording = try recording(samples, detector: detector, threads: threads, memoryLimit: 0)
        #expect(recording.speech == expected && !expected.isEmpty)
    }

    // A frame is the 160 samples behind its beginning.
    @Test func silenceIsKnown() throws {
        let recording = try recording(Self.samples(seconds: 3.005), threads: 1, memoryLimit: 0)
        #expect(recording.isSilent(100..<200))
        #expect(!recording.isSilent(99..<101) && !recording.isSilent(199..<201) && !recording.isSilent(250..<300))
        #expect(recording.speech == nil)
    }

    // One byte for each frame of 10 ms, and no features where the limit is passed. Samples would be 640 bytes a frame.
    @Test func memoryGrowsByAByteAFrame() throws {
        let limit = 64_000  // 10 s of 16 mel bins
        let byteCounts = try [20, 40, 80].map {
            try recording(Self.samples(seconds: Double($0)), threads: 2, memoryLimit: limit).heldByteCount
        }
        #expect(byteCounts == [2_000, 4_000, 8_000])
        #expect(try recording(Self.samples(seconds: 5), threads: 1, memoryLimit: limit).heldByteCount == 32_500)
    }

    @Test func aFolderThatCannotBeWrittenToIsNamed() throws {
        let source = AudioSource.samples(Waveform(samples: Self.samples(seconds: 20), sampleRate: 16_000), name: "talk")
        let missing = "\(folder.path)/missing"
        let error = #expect(throws: AudioError.self) {
            try StoredRecording(
                source, model, nil, VoiceActivityOptions(), sharedAmong: nil, memoryLimit: 0, folder: missing)
        }
        let text = error?.description ?? ""
        #expect(
            text.hasPrefix("talk: its features cannot be kept in \(missing) (No such file or directory); set TMPDIR"))
    }

    // An error of the reading thread reaches the caller, and what was read before it does not count.
    @Test(arguments: [1, 2]) func anErrorOfTheSourceIsThrown(threads: Int) throws {
        struct Broken: Error {}
        let source = AudioSource.stream(name: "broken", sampleRate: 16_000) { throw Broken() }
        #expect(throws: Broken.self) {
            try StoredRecording(
                source, model, detector, VoiceActivityOptions(),
                sharedAmong: threads == 1 ? nil : WorkerPool(threadCount: threads))
        }
    }
}
