import Audio
import Files
import Synchronization

/// Gives the recordings of utterances in the form in which they are learned from: decoded when one comes for the first time, then from
/// the store; decoded again where the store had no room.
final class UtteranceReader: Sendable {
    private let utterances: [Utterance]
    /// What the headers say: batches were planned by it.
    private let frameCounts: [Int]
    private let keepsSamples: Bool
    private let frontend: LogMelSpectrogram
    private let store: RecordingStore
    private let places: Mutex<[RecordingStore.Place?]>

    init(
        _ utterances: [Utterance], frameCounts: [Int], keepsSamples: Bool, frontend: LogMelSpectrogram,
        store: RecordingStore
    ) {
        self.utterances = utterances
        self.frameCounts = frameCounts
        self.keepsSamples = keepsSamples
        self.frontend = frontend
        self.store = store
        places = Mutex(Array(repeating: nil, count: utterances.count))
    }

    /// The recording of an utterance.
    ///
    /// - Throws: `TrainingError` that names a file that cannot be read or is not as long as its header said; what the store throws.
    func recording(_ index: Int) throws -> RecordingStore.Recording {
        if let place = places.withLock({ $0[index] }) { return try store.recording(place) }
        let waveform = try waveform(index)
        let recording = RecordingStore.Recording.self
        return try keep(
            keepsSamples ? recording.samples(StoredSamples(waveform.samples)) : .features(frontend(waveform)), index)
    }

    /// Sums over the features of an utterance, which is kept by the way. They are those of the file, not of its samples rounded to 16 bits.
    ///
    /// - Throws: as `recording`.
    func statistics(_ index: Int) throws -> FeatureStatistics {
        let waveform = try waveform(index)
        let spectrogram = try frontend(waveform)
        _ = try keep(keepsSamples ? .samples(StoredSamples(waveform.samples)) : .features(spectrogram), index)
        var statistics = FeatureStatistics(melBinCount: spectrogram.melBinCount)
        statistics.add(spectrogram)
        return statistics
    }

    /// Two threads may read an utterance at once; one of them keeps it.
    private func keep(_ recording: RecordingStore.Recording, _ index: Int) throws -> RecordingStore.Recording {
        if places.withLock({ $0[index] }) == nil, let place = try store.keep(recording) {
            places.withLock { $0[index] = place }
        }
        return recording
    }

    private func waveform(_ index: Int) throws(TrainingError) -> Waveform {
        let utterance = utterances[index]
        let configuration = frontend.configuration
        let waveform: Waveform
        do {
            waveform = try utterance.waveform(sampleRate: configuration.sampleRate)
        } catch {
            throw TrainingError("\(utterance.source): \(error)")
        }
        let frameCount = configuration.frameCount(sampleCount: waveform.samples.count)
        guard frameCount == frameCounts[index] else {
            func seconds(_ frames: Int) -> Double { Double(frames) * configuration.hopInSeconds }
            throw TrainingError(
                "\(utterance.source): \(utterance.audioPath): lasts \(seconds(frameCount)) s, but its header said "
                    + "\(seconds(frameCounts[index])) s when training began; put the old file back, or convert it to FLAC "
                    + "or WAV, and start again")
        }
        return waveform
    }
}
