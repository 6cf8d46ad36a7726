import Audio
import Tensors
import Text

/// From audio to text: reads sources in their order, cuts them into segments, recognises as many segments at a time as there
/// are threads, and joins what belongs together.
///
/// A thread of its own reads ahead. Memory does not grow with the length of a source, nor with the number of sources. Whisper models
/// take a source as a whole, because where a window begins depends on the text before it.
public struct TranscriptionPipeline: Sendable {
    public let transcriber: Transcriber
    private let workers: WorkerPool
    private let longestSegmentInSeconds: Double

    /// How a run ended.
    public enum Outcome: Sendable, Equatable {
        case finished
        /// `shouldStop` said so; sources that were not finished have given nothing.
        case stopped
    }

    /// - Parameters:
    ///   - workers: the threads to use; texts do not depend on their number.
    ///   - longestSegmentInSeconds: nil: what the model can follow.
    public init(_ transcriber: Transcriber, workers: WorkerPool, longestSegmentInSeconds: Double? = nil) {
        self.transcriber = transcriber
        self.workers = workers
        self.longestSegmentInSeconds = longestSegmentInSeconds ?? transcriber.longestSegmentInSeconds
    }

    /// What the reading thread hands over.
    private enum Item: Sendable {
        case segment(source: Int, AudioSegmenter.Segment)
        /// The source has been read to its end: its length, or why it could not be read.
        case end(source: Int, Result<Double, any Error>)
    }

    /// A source some of whose segments are recognised.
    private struct OpenSource {
        var results: [SegmentResult] = []
        var durationInSeconds: Double?
        var error: (any Error)?
        var isFinished: Bool { durationInSeconds != nil || error != nil }
    }

    /// Calls `finished` for every source, in their order, with its place among them, as soon as it and those before it are done.
    ///
    /// - Parameter shouldStop: asked before segments are recognised; true ends the run.
    /// - Throws: what `finished` throws. That a source cannot be read or recognised is told to `finished`.
    public func run(
        _ sources: [AudioSource], shouldStop: () -> Bool = { false },
        finished: (Int, Result<Transcription, any Error>) throws -> Void
    ) throws -> Outcome {
        if let tokenizer = transcriber.model.whisper {
            return try runWhole(sources, tokenizer, shouldStop: shouldStop, finished: finished)
        }
        let items = itemsReadAhead(sources).makeIterator()
        var open: [Int: OpenSource] = [:]
        var next = 0  // the first source that is not finished
        while next < sources.count {
            // 1. As many segments as keep all threads busy, and the ends of sources between them.
            var batch: [(source: Int, segment: AudioSegmenter.Segment)] = []
            while batch.count < 2 * workers.threadCount, let item = items.next() {
                switch item {
                case .segment(let source, let segment): batch.append((source, segment))
                case .end(let source, .success(let duration)):
                    open[source, default: .init()].durationInSeconds = duration
                case .end(let source, .failure(let error)): open[source, default: .init()].error = error
                }
            }

            // 2. Their texts.
            if shouldStop() { return .stopped }
            for (entry, result) in zip(batch, transcriber.recognize(batch.map(\.segment), workers: workers)) {
                switch result {
                case .success(let result): open[entry.source, default: .init()].results.append(result)
                case .failure(let error): open[entry.source, default: .init()].error = error
                }
            }

            // 3. The sources that are done.
            while let source = open[next], source.isFinished {
                open[next] = nil
                try finished(next, transcription(of: source))
                next += 1
            }
        }
        return .finished
    }

    /// The text of one source.
    ///
    /// - Throws: why it cannot be read or recognised.
    public func transcription(of source: AudioSource) throws -> Transcription {
        var result: Result<Transcription, any Error>?
        _ = try run([source]) { result = $1 }
        return try result!.get()
    }

    /// Transcribes source after source with a Whisper model: as many at a time as there are threads, or one with all of them.
    private func runWhole(
        _ sources: [AudioSource], _ tokenizer: WhisperTokenizer, shouldStop: () -> Bool,
        finished: (Int, Result<Transcription, any Error>) throws -> Void
    ) throws -> Outcome {
        let transcriber = transcriber
        @Sendable func transcription(_ source: AudioSource) throws -> Transcription {
            let waveform = try source.waveform(sampleRate: transcriber.model.configuration.frontend.sampleRate)
            var recording = try WhisperRecording(transcriber.model, transcriber.options, tokenizer, waveform)
            return try recording.transcription()
        }
        var next = 0
        while next < sources.count {
            if shouldStop() { return .stopped }
            let group = sources[next..<min(next + workers.threadCount, sources.count)]
            let results =
                2 * group.count <= workers.threadCount
                ? group.map { source in SharedWork.among(workers) { Result { try transcription(source) } } }
                : workers.map(itemCount: group.count) { item in
                    Result { try transcription(group[group.startIndex + item]) }
                }
            for (place, result) in results.enumerated() { try finished(next + place, result) }
            next += group.count
        }
        return .finished
    }

    private func itemsReadAhead(_ sources: [AudioSource]) -> ReadAhead<Item> {
        let sampleRate = transcriber.model.configuration.frontend.sampleRate
        let maximum = longestSegmentInSeconds
        return ReadAhead(capacity: 2 * workers.threadCount) { put in
            for (number, source) in sources.enumerated() {
                let duration = Result {
                    try source.forEachSegment(sampleRate: sampleRate, maximumInSeconds: maximum) {
                        put(.segment(source: number, $0))
                    }
                }
                guard put(.end(source: number, duration)) else { return }
            }
        }
    }

    private func transcription(of source: OpenSource) -> Result<Transcription, any Error> {
        if let error = source.error { return .failure(error) }
        return .success(transcriber.transcription(source.results, durationInSeconds: source.durationInSeconds ?? 0))
    }
}
