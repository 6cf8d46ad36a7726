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
        /// A source that is read and recognised as a whole.
        case whole(source: Int, AudioSource)
        /// The source has been read to its end: its length, or why it could not be read.
        case end(source: Int, Result<Double, any Error>)

        var isEnd: Bool { if case .end = self { true } else { false } }
    }

    /// What became of an item.
    private enum Recognized: Sendable {
        case segment(source: Int, Result<SegmentResult, any Error>)
        case whole(source: Int, Result<Transcription, any Error>)
        case end(source: Int, Result<Double, any Error>)
    }

    /// A source some of whose segments are recognised.
    private struct OpenSource {
        var results: [SegmentResult] = []
        var durationInSeconds: Double?
        var error: (any Error)?
        /// That of a source that was recognised as a whole.
        var transcription: Transcription?
        var isFinished: Bool { durationInSeconds != nil || error != nil || transcription != nil }
    }

    /// Calls `finished` for every source, in their order, with its place among them, as soon as it and those before it are done.
    ///
    /// - Parameters:
    ///   - shouldStop: asked before each segment or source that is recognised; true ends the run.
    ///   - heard: told while sources are transcribed, by any thread; those of one source in their order.
    ///   - finished: must not use `workers`.
    /// - Throws: what `finished` throws. That a source cannot be read or recognised is told to `finished`.
    public func run(
        _ sources: [AudioSource], shouldStop: () -> Bool = { false },
        heard: @escaping @Sendable (Transcription.Progress) -> Void = { _ in },
        finished: (Int, Result<Transcription, any Error>) throws -> Void
    ) throws -> Outcome {
        var open: [Int: OpenSource] = [:]
        var next = 0  // the first source that is not finished
        // Whole sources take long: the last ones, where they leave most threads without work, are shared.
        let rest = sources.count % workers.threadCount
        let isCut = transcriber.model.whisper != nil && 2 * rest <= workers.threadCount
        for range in isCut ? [0..<sources.count - rest, sources.count - rest..<sources.count] : [sources.indices] {
            let items = itemsReadAhead(sources, range)
            let outcome = try recognize(items, shouldStop: shouldStop, heard: heard) { recognized in
                switch recognized {
                case .segment(let source, .success(let result)):
                    open[source, default: .init()].results.append(result)
                    heard(
                        .init(
                            source: source, segments: [result.segment].compactMap(\.self),
                            endInSeconds: result.endInSeconds))
                case .whole(let source, .success(let text)): open[source, default: .init()].transcription = text
                case .end(let source, .success(let duration)):
                    open[source, default: .init()].durationInSeconds = duration
                case .segment(let source, .failure(let error)), .whole(let source, .failure(let error)),
                    .end(let source, .failure(let error)):
                    open[source, default: .init()].error = error
                }
                while let source = open[next], source.isFinished {
                    open[next] = nil
                    try finished(next, transcription(of: source))
                    next += 1
                }
            }
            if outcome == .stopped { return .stopped }
        }
        return .finished
    }

    /// Recognises items, as many at a time as there are threads; where there are few, one after the other with all threads.
    ///
    /// - Parameter take: gets what became of them, in their order.
    private func recognize(
        _ items: ReadAhead<Item>, shouldStop: () -> Bool,
        heard: @escaping @Sendable (Transcription.Progress) -> Void, take: (Recognized) throws -> Void
    ) throws -> Outcome {
        var isStopped = false
        func next() -> Item? {
            isStopped = isStopped || shouldStop()
            return isStopped ? nil : items.next()
        }
        var first: [Item] = []
        func areFew() -> Bool { 2 * first.count { !$0.isEnd } <= workers.threadCount }
        while areFew(), let item = next() { first.append(item) }
        if areFew() {
            for item in first where !isStopped {
                try take(recognized(item, sharedAmong: workers, heard: heard))
                isStopped = isStopped || shouldStop()
            }
        } else {
            var waiting = first.makeIterator()
            try workers.forEachInOrder(
                window: Self.itemsAtOnce * workers.threadCount, next: { waiting.next() ?? next() },
                { [self] in recognized($0, sharedAmong: nil, heard: heard) }, finished: take)
        }
        return isStopped ? .stopped : .finished
    }

    /// Items of each thread that are begun or wait for those before them.
    private static let itemsAtOnce = 4

    private func recognized(
        _ item: Item, sharedAmong workers: WorkerPool?, heard: (Transcription.Progress) -> Void
    ) -> Recognized {
        switch item {
        case .segment(let source, let segment):
            .segment(source: source, Result { try transcriber.recognize(segment, sharedAmong: workers) })
        case .whole(let source, let audio):
            .whole(
                source: source,
                Result {
                    try transcriber.transcription(of: audio, sharedAmong: workers) {
                        heard(.init(source: source, segments: $0, endInSeconds: $1))
                    }
                })
        case .end(let source, let duration): .end(source: source, duration)
        }
    }

    /// The text of one source.
    ///
    /// - Throws: why it cannot be read or recognised.
    public func transcription(of source: AudioSource) throws -> Transcription {
        var result: Result<Transcription, any Error>?
        _ = try run([source]) { result = $1 }
        return try result!.get()
    }

    private func itemsReadAhead(_ sources: [AudioSource], _ range: Range<Int>) -> ReadAhead<Item> {
        let isWhole = transcriber.model.whisper != nil
        let sampleRate = transcriber.model.configuration.frontend.sampleRate
        let maximum = longestSegmentInSeconds
        let speech = transcriber.detector.map { ($0, transcriber.options.voiceActivity) }
        return ReadAhead(capacity: 2 * workers.threadCount) { put in
            for number in range {
                let source = sources[number]
                if isWhole {
                    guard put(.whole(source: number, source)) else { return }
                    continue
                }
                let duration = Result {
                    try source.forEachSegment(sampleRate: sampleRate, maximumInSeconds: maximum, speech: speech) {
                        put(.segment(source: number, $0))
                    }
                }
                guard put(.end(source: number, duration)) else { return }
            }
        }
    }

    private func transcription(of source: OpenSource) -> Result<Transcription, any Error> {
        if let error = source.error { return .failure(error) }
        if let transcription = source.transcription { return .success(transcription) }
        return .success(transcriber.transcription(source.results, durationInSeconds: source.durationInSeconds ?? 0))
    }
}
