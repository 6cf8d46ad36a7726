import Audio
import Foundation
import Models
import Recognition
import Synchronization
import Tensors
import Testing

@Suite("Transcriber.transcribe")
struct TranscriberStreamTests {
    private static let package = String(#filePath.split(separator: "/Tests/")[0])
    /// Made by an earlier program from four spoken digits.
    private static let digits = "\(package)/Tests/ModelsTests/Fixtures/model-1"

    @Test(
        "gives the segments that the pipeline gives, one after the other", arguments: [digits, "whisper-tiny.en-int8"])
    func segments(model: String) async throws {
        let path = "\(Self.package)/audio/sentence-awb.flac"
        let transcriber = try Transcriber(model: model)
        var segments: [Transcription.Segment] = []
        for try await segment in transcriber.transcribe(URL(filePath: path), threadCount: 2) {
            segments.append(segment)
        }
        let expected = try TranscriptionPipeline(transcriber, workers: WorkerPool(threadCount: 1))
            .transcription(of: .file(path))
        #expect(segments == expected.segments && !segments.isEmpty)
    }

    @Test("a model is used as it is stored; options may be changed")
    func options() throws {
        #expect(try Transcriber().options.precision == .int8)
        let changed = try Transcriber(model: Self.digits) {
            $0.beamSize = 1
            $0.voiceActivity.threshold = 0
        }
        #expect(changed.options.precision == .float32 && changed.options.beamSize == 1 && changed.detector == nil)
        #expect(throws: ModelError.self) { try Transcriber(model: "no-such-model") }
    }

    @Test("a file that is not there is an error of the stream")
    func missing() async throws {
        let transcriber = try Transcriber(model: Self.digits)
        await #expect(throws: AudioError.self) {
            for try await _ in transcriber.transcribe(URL(filePath: "/none/such.wav")) {}
        }
    }

    @Test("who takes no more segments ends the work")
    func cancellation() async throws {
        let clip = try AudioFile.waveform(path: "\(Self.package)/audio/one-slt.flac", sampleRate: 16_000)
        let blocks = Mutex(0)
        let block = clip.samples + [Float](repeating: 0, count: 3 * 16_000)
        let endless = AudioSource.stream(name: "endless", sampleRate: 16_000) {
            blocks.withLock { $0 += 1 }
            return block
        }
        let transcriber = try Transcriber(model: Self.digits)
        for try await segment in transcriber.transcribe(endless, threadCount: 1) {
            #expect(segment.text == "one")
            break
        }
        // What was read ahead is recognised to its end.
        var count = -1
        for _ in 0..<100 {
            try await Task.sleep(for: .milliseconds(200))
            let now = blocks.withLock { $0 }
            if now == count { return }
            count = now
        }
        Issue.record("\(count) blocks are read, and there is no end")
    }
}
