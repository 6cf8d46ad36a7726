import Audio
import Models
import Recognition
import Tensors

/// Transcribes files in their order: segments of one or several files at a time, as many as there are threads.
struct FileTranscription {
    private let transcriber: Transcriber
    private let channel: Int?
    private let workers: WorkerPool

    init(_ transcriber: Transcriber, channel: Int?, workers: WorkerPool) {
        self.transcriber = transcriber
        self.channel = channel
        self.workers = workers
    }

    /// A file whose segments are being recognised.
    private final class OpenFile {
        let name: String
        var results: [SegmentResult] = []
        var durationInSeconds = 0.0
        var error: (any Error)?
        init(name: String) { self.name = name }
    }

    /// Calls `finished` for every file, in their order, as soon as it and those before it are done.
    ///
    /// - Throws: what `finished` throws; that a file cannot be read is told to `finished`.
    func run(_ files: [String], finished: (String, Result<Transcription, any Error>) throws -> Void) throws {
        var queue: [(file: OpenFile, segment: AudioSegmenter.Segment)] = []
        var open: [OpenFile] = []
        func recognizeQueue() {
            let results = transcriber.recognize(queue.map(\.segment), workers: workers)
            for (entry, result) in zip(queue, results) {
                switch result {
                case .success(let result): entry.file.results.append(result)
                case .failure(let error): entry.file.error = error
                }
            }
            queue = []
        }
        func finish(_ files: ArraySlice<OpenFile>) throws {
            for file in files {
                try finished(
                    file.name,
                    file.error.map { .failure($0) }
                        ?? .success(
                            transcriber.transcription(file.results, durationInSeconds: file.durationInSeconds)))
            }
        }
        for name in files {
            let file = OpenFile(name: name)
            open.append(file)
            do {
                try readSegments(name) { segment in
                    queue.append((file, segment))
                    file.durationInSeconds = segment.startInSeconds + segment.waveform.durationInSeconds
                    if queue.count >= 2 * workers.threadCount {
                        recognizeQueue()
                        try finish(open.dropLast())
                        open.removeSubrange(0..<open.count - 1)
                    }
                }
            } catch let error as AudioError {
                file.error = error
            }
        }
        recognizeQueue()
        try finish(open[...])
    }

    /// Reads a file in blocks and hands over its segments.
    private func readSegments(_ name: String, _ take: (AudioSegmenter.Segment) throws -> Void) throws {
        let sampleRate = transcriber.model.configuration.frontend.sampleRate
        let file = try AudioFile(path: name, channel: channel)
        let resampler = try Resampler(from: file.sampleRate, to: sampleRate)
        var segmenter = AudioSegmenter(
            sampleRate: sampleRate, maximumInSeconds: transcriber.longestSegmentInSeconds)
        while let block = try file.readBlock() {
            for segment in segmenter.add(try resampler.process(block)) { try take(segment) }
        }
        for segment in segmenter.add(try resampler.finish()) { try take(segment) }
        if let segment = segmenter.finish() { try take(segment) }
    }
}
