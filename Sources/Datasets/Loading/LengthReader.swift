import Audio
import Files
import Tensors

/// Finds out how long utterances are without decoding them: from the headers of their files, each of which is opened once, or from
/// what an earlier run remembered. Only what has no reliable header (MP3, streams of unknown length) is decoded, and its samples counted.
package final class LengthReader {
    private var remembered: RememberedLengths
    /// What has been measured since it was written.
    private var news = RememberedLengths()
    private let path: String?
    private let isWriting: Bool
    private let workers: WorkerPool
    private var lastWriting = ContinuousClock.now

    /// How much may be lost when the program is ended while it reads.
    private static let writingInterval = Duration.seconds(60)
    /// Files between two reports of progress.
    private static let chunkSize = 256

    /// - Parameters:
    ///   - path: where lengths are remembered; nil: nowhere.
    ///   - isWriting: whether new lengths are remembered too; they are by one process of several.
    package init(path: String?, isWriting: Bool = true, workers: WorkerPool) {
        remembered = path.map(RememberedLengths.init(path:)) ?? RememberedLengths()
        self.path = path
        self.isWriting = isWriting
        self.workers = workers
    }

    /// The samples that `Utterance.waveform` gives for each utterance, or why it cannot be read.
    ///
    /// - Parameters:
    ///   - sampleRate: of the waveforms, in Hz.
    ///   - progress: called now and then, with the number of files read and of all.
    /// - Throws: `FileWriteError` where lengths cannot be remembered.
    package func sampleCounts(
        _ utterances: [Utterance], sampleRate: Int, progress: @Sendable (Int, Int) -> Void = { _, _ in }
    ) throws -> [Result<Int, AudioError>] {
        // 1. Each file once.
        var placeOf: [String: Int32] = [:]
        var paths: [String] = []
        let places = utterances.map { utterance -> Int32 in
            if let place = placeOf[utterance.audioPath] { return place }
            let place = Int32(paths.count)
            placeOf[utterance.audioPath] = place
            paths.append(utterance.audioPath)
            return place
        }
        placeOf = [:]
        let headers = try lengths(
            of: paths.map { .init(path: $0, stretch: nil) }, progress: progress
        ) { key throws(AudioError) in try AudioFile(path: key.path).length }

        // 2. Each stretch, from the header of its file.
        var uncounted: [Int] = []
        var counts = utterances.indices.map { index -> Result<Int, AudioError> in
            let utterance = utterances[index]
            return headers[Int(places[index])].flatMap { header in
                Result { () throws(AudioError) in
                    try utterance.checkChannel(header)
                    let count = try header.sampleCount(
                        startInSeconds: utterance.startInSeconds, durationInSeconds: utterance.durationInSeconds,
                        at: sampleRate, name: utterance.audioPath)
                    if count == nil { uncounted.append(index) }
                    return count ?? 0
                }
            }
        }

        // 3. What has to be decoded.
        let keys = uncounted.map { index in
            let utterance = utterances[index]
            return RememberedLengths.Key(
                path: utterance.audioPath,
                stretch: .init(start: utterance.startInSeconds, duration: utterance.durationInSeconds))
        }
        let decoded = try lengths(of: keys, progress: progress) { key throws(AudioError) in
            let rate = try AudioFile(path: key.path).sampleRate
            let waveform = try AudioFile.waveform(
                path: key.path, sampleRate: rate, startInSeconds: key.stretch?.start,
                durationInSeconds: key.stretch?.duration)
            return RecordingLength(sampleRate: rate, channelCount: 1, frameCount: waveform.samples.count)
        }
        for (index, length) in zip(uncounted, decoded) {
            counts[index] = length.map {
                Resampler.outputCount(inputCount: $0.frameCount ?? 0, from: $0.sampleRate, to: sampleRate)
            }
        }
        try write()
        return counts
    }

    /// What is remembered of these, and the others measured, several at a time.
    private func lengths(
        of keys: [RememberedLengths.Key], progress: (Int, Int) -> Void,
        measure: @escaping @Sendable (RememberedLengths.Key) throws(AudioError) -> RecordingLength
    ) throws -> [Result<RecordingLength, AudioError>] {
        var results: [Result<RecordingLength, AudioError>] = []
        results.reserveCapacity(keys.count)
        for start in stride(from: 0, to: keys.count, by: Self.chunkSize) {
            let chunk = Array(keys[start..<min(start + Self.chunkSize, keys.count)])
            let known = remembered
            let measured = workers.map(itemCount: chunk.count) { index in Self.measured(chunk[index], known, measure) }
            for (key, result) in zip(chunk, measured) {
                if case .success(let length) = result.length, let state = result.newState {
                    news.remember(length, key, state)
                }
                results.append(result.length)
            }
            progress(results.count, keys.count)
            if ContinuousClock.now - lastWriting > Self.writingInterval { try write() }
        }
        return results
    }

    /// A length, and the state of its file where it is new and can be remembered: what is no regular file cannot.
    private static func measured(
        _ key: RememberedLengths.Key, _ known: RememberedLengths,
        _ measure: (RememberedLengths.Key) throws(AudioError) -> RecordingLength
    ) -> (length: Result<RecordingLength, AudioError>, newState: FileState?) {
        // Before it is opened: a file that changes in between is measured again the next time.
        let state = FileState(path: key.path)
        if let state, let length = known.length(key, state) { return (.success(length), nil) }
        do throws(AudioError) {
            return (.success(try measure(key)), state)
        } catch {
            return (.failure(error), nil)
        }
    }

    private func write() throws(FileWriteError) {
        lastWriting = .now
        guard news.count > 0 else { return }
        remembered.add(news)
        news = RememberedLengths()
        if let path, isWriting { try remembered.write(to: path) }
    }
}

extension Utterance {
    /// - Throws: `AudioError` where the file has several channels, and not the one that is asked for.
    fileprivate func checkChannel(_ length: RecordingLength) throws(AudioError) {
        guard let channel, length.channelCount > 1, !(1...length.channelCount).contains(channel) else { return }
        _ = try AudioFile(path: audioPath, channel: channel)
    }
}
