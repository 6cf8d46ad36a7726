import Audio
import Files
import Models
import Tensors

/// A recording that has been read to its end, as far as windows of a Whisper model need it: features, where somebody speaks, and where
/// there is any sound. Whisper's features and the detector of speech count on the whole recording; its samples are not kept.
///
/// Memory grows by 6 KB with a minute of it, beyond the first minutes whose features are held (`FeatureStore`).
package struct StoredRecording {
    /// Whole frames of 10 ms.
    package let frameCount: Int
    package let durationInSeconds: Double
    /// The stretches with speech; nil: they were not looked for.
    package let speech: [SpeechRegion]?
    private let model: SpeechModel
    private let store: FeatureStore
    private let largestLogPower: Float
    /// Of each frame's hop, whether it is more than silence.
    private let isSound: [Bool]

    /// Bytes in memory that grow with the recording, without stretches of speech.
    package var heldByteCount: Int { store.heldByteCount + isSound.count }

    /// Reads a recording.
    ///
    /// - Parameters:
    ///   - detector: finds speech; nil: it is not looked for.
    ///   - workers: threads that share the work; nil: the calling thread does it all. The result is the same.
    ///   - memoryLimit: bytes of features that are held in memory.
    ///   - folder: where the others lie.
    /// - Throws: `AudioError`, what a stream throws, and `FrontendError` for a model without Whisper's features.
    package init(
        _ source: AudioSource, _ model: SpeechModel, _ detector: VoiceActivityModel?, _ options: VoiceActivityOptions,
        sharedAmong workers: WorkerPool?, memoryLimit: Int = FeatureStore.usualMemoryLimit,
        folder: String = UnnamedFile.temporaryFolder
    ) throws {
        let sampleRate = model.configuration.frontend.sampleRate
        let features = FeatureStore(
            melBinCount: model.configuration.frontend.melBinCount, memoryLimit: memoryLimit, folder: folder)
        let reader = try Reader(model, detector, options, features)
        do {
            if let workers, workers.threadCount > 1 {
                let pieces = ReadAhead<Result<[Float], any Error>>(capacity: 2) { put in
                    let read = Result {
                        try source.forEachBlock(sampleRate: sampleRate, atLeast: Self.pieceInSeconds * sampleRate) {
                            if !put(.success($0)) { throw CancellationError() }
                        }
                    }
                    if case .failure(let error) = read { _ = put(.failure(error)) }
                }
                while let piece = pieces.next() {
                    let samples = try piece.get()
                    try reader.take(sharedAmong: workers) { part throws in try reader.add(samples, to: part) }
                }
                try reader.take(sharedAmong: workers) { part throws in try reader.finish(part) }
            } else {
                try source.forEachBlock(sampleRate: sampleRate) { samples in
                    try reader.take(sharedAmong: nil) { part throws in try reader.add(samples, to: part) }
                }
                try reader.take(sharedAmong: nil) { part throws in try reader.finish(part) }
            }
        } catch let error as FileWriteError {
            throw AudioError(
                .unreadable, path: source.name,
                reason: "its features cannot be kept in \(SystemPath.shown(folder)) (\(error.reason))",
                hint: "set TMPDIR to a folder with 2 MB of space for each minute")
        }
        self.model = model
        store = reader.store
        frameCount = reader.store.frameCount
        durationInSeconds = Double(reader.sampleCount) / Double(sampleRate)
        speech = reader.speech
        largestLogPower = reader.largestLogPower
        isSound = reader.isSound
    }

    /// Read at a time where threads share the work.
    private static let pieceInSeconds = 20

    /// The normalised features of some frames, as the network hears them: [frame, melBin].
    ///
    /// - Throws: `FileReadError`.
    package func features(_ range: Range<Int>) throws -> Spectrogram {
        var values = try store.rows(range)
        model.frontend.cutOff(&values, largest: largestLogPower)
        var spectrogram = Spectrogram(
            values: values, frameCount: range.count, melBinCount: model.configuration.frontend.melBinCount)
        model.description.featureNormalization.apply(to: &spectrogram)
        return spectrogram
    }

    /// Whether there is nothing but silence in some frames.
    package func isSilent(_ range: Range<Int>) -> Bool {
        isSound[range.clamped(to: 0..<isSound.count)].allSatisfy { !$0 }
    }
}

/// What is made of samples as they come.
private final class Reader: @unchecked Sendable {
    /// What two threads can do at the same time; each touches properties of its own.
    enum Part: Int, CaseIterable { case speech, features }

    let store: FeatureStore
    private(set) var sampleCount = 0
    private(set) var isSound: [Bool] = []
    private(set) var speech: [SpeechRegion]?
    private var stream: LogMelStream
    private var detector: VoiceActivityDetector?
    private var regions: SpeechRegions
    private let hopLength: Int
    /// Samples of the hop that is not whole yet.
    private var hop: [Float] = []

    var largestLogPower: Float { stream.largest }

    init(
        _ model: SpeechModel, _ detector: VoiceActivityModel?, _ options: VoiceActivityOptions, _ store: FeatureStore
    ) throws {
        let frontend = model.configuration.frontend
        self.store = store
        stream = try LogMelStream(model.frontend)
        self.detector = try detector.map { try VoiceActivityDetector($0, sampleRate: frontend.sampleRate) }
        regions = SpeechRegions(options)
        hopLength = frontend.hopLength
    }

    /// Does every part of some work.
    func take(sharedAmong workers: WorkerPool?, _ work: @escaping @Sendable (Part) throws -> Void) throws {
        let parts = Part.allCases
        guard let workers else { return try parts.forEach(work) }
        // As one thread would do it: what is not cut is not summed in another order.
        for result in workers.map(
            itemCount: parts.count,
            { item in
                SharedWork.among(nil) { Result { try work(parts[item]) } }
            })
        { try result.get() }
    }

    func add(_ samples: [Float], to part: Part) throws {
        switch part {
        case .speech:
            if let probabilities = try detector?.add(samples) { regions.add(probabilities) }
        case .features:
            sampleCount += samples.count
            try store.append(stream.add(samples))
            addLevels(samples)
        }
    }

    func finish(_ part: Part) throws {
        switch part {
        case .speech:
            guard let probabilities = try detector?.finish() else { return }
            regions.add(probabilities)
            regions.finish()
            speech = regions.takeFinished()
        case .features: try store.append(stream.finish())
        }
    }

    private func addLevels(_ samples: [Float]) {
        hop += samples
        let count = hop.count / hopLength
        for index in 0..<count {
            let power = hop[index * hopLength..<(index + 1) * hopLength].reduce(Float(0)) { $0 + $1 * $1 }
            isSound.append(!((power / Float(hopLength)).squareRoot() < Transcriber.silenceLevel))
        }
        hop.removeFirst(count * hopLength)
    }
}
