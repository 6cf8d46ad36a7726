import FoundationEssentials
import Synchronization
import Tensors

extension Transcriber {
    /// What is said in a recording: its segments, in order, each as soon as it is recognised.
    ///
    ///     let transcriber = try Transcriber(model: "english")
    ///     for try await segment in transcriber.transcribe(URL(filePath: "talk.flac")) {
    ///         print(segment.startInSeconds, segment.text)
    ///     }
    ///
    /// The work is done by threads of its own. Where nobody takes segments any more, or the task is cancelled, it ends behind the stretch that is
    /// being recognised; a Whisper model finishes the recording.
    ///
    /// - Parameters:
    ///   - url: a file, of any format that `AudioSource.file` reads.
    ///   - channel: counted from 1; nil: the mean of all.
    ///   - threadCount: nil: one for each processor that this process may use. The text does not depend on it.
    /// - Returns: segments with text; the stream throws `AudioError` for a file that cannot be read, and `SearchError`.
    public func transcribe(
        _ url: URL, channel: Int? = nil, threadCount: Int? = nil
    ) -> AsyncThrowingStream<Transcription.Segment, any Error> {
        transcribe(.file(url.path, channel: channel), threadCount: threadCount)
    }

    /// The same for audio from elsewhere: a stream, or samples in memory.
    public func transcribe(
        _ source: AudioSource, threadCount: Int? = nil
    ) -> AsyncThrowingStream<Transcription.Segment, any Error> {
        AsyncThrowingStream { continuation in
            let isCancelled = Cancellation()
            continuation.onTermination = { _ in isCancelled.request() }
            DetachedThread.start { [self] in
                let workers = WorkerPool(threadCount: threadCount ?? ProcessorCount.available)
                do {
                    _ = try TranscriptionPipeline(self, workers: workers).run(
                        [source], shouldStop: { isCancelled.isRequested },
                        heard: { progress in for segment in progress.segments { continuation.yield(segment) } },
                        finished: { _, result in _ = try result.get() })
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
        }
    }
}

/// Whether a stream has lost its reader.
private final class Cancellation: Sendable {
    private let requested = Atomic(false)
    var isRequested: Bool { requested.load(ordering: .relaxed) }
    func request() { requested.store(true, ordering: .relaxed) }
}
