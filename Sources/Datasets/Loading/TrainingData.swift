import Audio
import Files
import Models
import Numerics
import Tensors
import Text

/// Labelled utterances to learn from: texts and lengths, which are known at once, and features, which are read when they are needed.
public struct TrainingData: Sendable {
    public let utterances: [Utterance]
    /// The frames of each utterance as it is.
    public let frameCounts: [Int]
    private let sampleCounts: [Int]
    /// What is to be written for each utterance.
    public let texts: [String]
    /// Seconds of audio.
    public let durationInSeconds: Double
    /// Whether samples are kept, and not features.
    package let keepsSamples: Bool

    /// How features are normalised when they are taken.
    package var featureNormalization = FeatureNormalization.none
    private let reader: UtteranceReader
    private let frontend: FrontendConfiguration
    /// Bytes of all recordings as they are kept.
    package let byteCount: Int

    /// Utterances that several threads work on between two looks at the results.
    private static let chunkSize = 256

    /// Finds out how long the utterances are, and what is to be written for them.
    ///
    /// - Parameters:
    ///   - keepsSamples: keep the samples instead of the features, which are computed anew in each epoch.
    ///   - store: keeps the recordings once they are read.
    ///   - lengths: tells how long they are; nil: measured anew.
    ///   - progress: called with the number of files whose length is known, and of all.
    /// - Throws: `TrainingError` that lists the files that cannot be read and the labels without a character.
    package init(
        _ manifest: Manifest, frontend: FrontendConfiguration, labelNormalizer: LabelNormalizer,
        keepsSamples: Bool = false, store: RecordingStore = RecordingStore(), lengths: LengthReader? = nil,
        workers: WorkerPool, progress: @Sendable (Int, Int) -> Void = { _, _ in }
    ) throws {
        let utterances = manifest.utterances
        let lengths = lengths ?? LengthReader(path: nil, workers: workers)
        var problems = Problems()
        let sampleCounts = try lengths.sampleCounts(
            utterances, sampleRate: frontend.sampleRate, progress: progress
        ).enumerated().map { index, result -> Int in
            switch result {
            case .success(let count): return count
            case .failure(let error):
                problems.add("\(utterances[index].source): \(error)")
                return 0
            }
        }
        let texts = Self.texts(utterances, labelNormalizer, workers)
        for (utterance, text) in zip(utterances, texts) where text.isEmpty {
            problems.add(
                "\(utterance.source): the text \"\(utterance.text)\" has no character left after the label normaliser "
                    + "\"\(labelNormalizer.rawValue)\"; correct the text, remove the line, or set model.labelNormalizer"
            )
        }
        try problems.throwIfAny()
        let sampleCount = sampleCounts.reduce(0, +)
        frameCounts = sampleCounts.map { frontend.frameCount(sampleCount: $0) }
        self.utterances = utterances
        self.sampleCounts = sampleCounts
        self.texts = texts
        self.frontend = frontend
        self.keepsSamples = keepsSamples
        let frameCount = frameCounts.reduce(0, +)
        durationInSeconds = Double(sampleCount) / Double(frontend.sampleRate)
        byteCount = keepsSamples ? 2 * sampleCount : 4 * frameCount * frontend.melBinCount
        reader = UtteranceReader(
            utterances, frameCounts: frameCounts, keepsSamples: keepsSamples,
            frontend: try LogMelSpectrogram(configuration: frontend), store: store)
    }

    /// The texts to write; where that is the label as it is, its memory is shared.
    private static func texts(
        _ utterances: [Utterance], _ normalizer: LabelNormalizer, _ workers: WorkerPool
    ) -> [String] {
        let chunkCount = (utterances.count + chunkSize - 1) / chunkSize
        return workers.map(itemCount: chunkCount) { chunk in
            utterances[chunk * chunkSize..<min((chunk + 1) * chunkSize, utterances.count)].map { utterance in
                let text = normalizer.normalized(utterance.text)
                return text.utf8.elementsEqual(utterance.text.utf8) ? utterance.text : text
            }
        }.flatMap { $0 }
    }

    /// Seconds from a frame to the next.
    package var hopInSeconds: Double { frontend.hopInSeconds }

    /// The frames of utterances that follow each other, as one recording.
    package func frameCount(_ utterances: Range<Int>) -> Int {
        frontend.frameCount(sampleCount: sampleCounts[utterances].reduce(0, +))
    }

    /// An utterance as it was read, up to the rounding to 16 bits; only where samples are kept.
    ///
    /// - Throws: `TrainingError` for a file that cannot be read or is not as long as its header said; `FileReadError` and
    ///   `FileWriteError` of what is kept.
    package func waveform(_ index: Int, sampleRate: Int) throws -> Waveform {
        guard case .samples(let samples) = try reader.recording(index) else {
            preconditionFailure("TrainingData.waveform: features are kept, not samples")
        }
        return Waveform(samples: samples.values, sampleRate: sampleRate)
    }

    /// The normalised features of an utterance, [frame, melBin]; only where no samples are kept.
    ///
    /// - Throws: as `waveform`.
    package func spectrogram(_ index: Int) throws -> Spectrogram {
        guard case .features(var spectrogram) = try reader.recording(index) else {
            preconditionFailure("TrainingData.spectrogram: samples are kept, not features")
        }
        featureNormalization.apply(to: &spectrogram)
        return spectrogram
    }

    /// Mean and deviation of every mel bin over the utterances of `StatisticsChoice`, before any normalisation. What is read is kept.
    ///
    /// - Parameter progress: called with the number of utterances read, and of those that are to be.
    /// - Throws: `TrainingError` that lists the files that cannot be read; `FileWriteError` of what is kept.
    package func statistics(
        seed: UInt64, choice: StatisticsChoice = StatisticsChoice(), workers: WorkerPool,
        progress: @Sendable (Int, Int) -> Void = { _, _ in }
    ) throws -> FeatureStatistics {
        let chosen = choice.indices(durationsInSeconds: frameCounts.map { Double($0) * hopInSeconds }, seed: seed)
        var statistics = FeatureStatistics(melBinCount: frontend.melBinCount)
        var problems = Problems()
        let reader = reader
        for start in stride(from: 0, to: chosen.count, by: Self.chunkSize) {
            let chunk = Array(chosen[start..<min(start + Self.chunkSize, chosen.count)])
            let results = workers.map(itemCount: chunk.count) { item in Result { try reader.statistics(chunk[item]) } }
            for result in results {
                do {
                    statistics.merge(try result.get())
                } catch let error as TrainingError {
                    problems.add(error.description)
                }
            }
            progress(start + chunk.count, chosen.count)
        }
        try problems.throwIfAny()
        return statistics
    }

    /// Changes with the utterances, their texts and their lengths.
    package var fingerprint: String {
        var fingerprint = Fingerprint()
        for (index, utterance) in utterances.enumerated() {
            for byte in utterance.id.utf8 { fingerprint.add(UInt64(byte)) }
            for character in texts[index].unicodeScalars { fingerprint.add(UInt64(character.value)) }
            fingerprint.add(UInt64(frameCounts[index]))
        }
        return fingerprint.description
    }
}

/// What is wrong with the data: the first few lines, and how many there are.
private struct Problems {
    private var lines: [String] = []
    private var count = 0
    private static let listedCount = 10

    mutating func add(_ line: @autoclosure () -> String) {
        count += 1
        if lines.count < Self.listedCount { lines.append(line()) }
    }

    func throwIfAny() throws(TrainingError) {
        guard count > 0 else { return }
        let more = count > lines.count ? "\n... and \(count - lines.count) more like these" : ""
        throw TrainingError(lines.joined(separator: "\n") + more)
    }
}
