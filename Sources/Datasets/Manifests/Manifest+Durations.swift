import Audio
import Files
import Tensors

extension Utterance {
    /// How long the utterance is: what its source says, or else what the header of its audio file says.
    ///
    /// - Throws: `AudioError` when the file cannot be read.
    public func measuredDurationInSeconds() throws -> Double {
        if let durationInSeconds { return durationInSeconds }
        let file = try AudioFile(path: audioPath)
        let fileDuration: Double
        if let frameCount = file.frameCount {
            fileDuration = Double(frameCount) / Double(file.sampleRate)
        } else {
            fileDuration = try AudioFile.waveform(path: audioPath, sampleRate: file.sampleRate).durationInSeconds
        }
        return max(0, fileDuration - (startInSeconds ?? 0))
    }
}

extension Manifest {
    /// Fills in the durations that the source does not say, from the headers of the audio files.
    ///
    /// - Returns: What could not be read, in the order of the utterances, whose durations stay nil.
    public mutating func measureDurations(pool: WorkerPool) -> [ManifestProblem] {
        let missing = utterances.indices.filter { utterances[$0].durationInSeconds == nil }
        let results = pool.map(itemCount: missing.count) { [utterances] item -> (seconds: Double?, error: String) in
            do {
                return (try utterances[missing[item]].measuredDurationInSeconds(), "")
            } catch {
                return (nil, "\(error)")
            }
        }
        var problems: [ManifestProblem] = []
        for (index, result) in zip(missing, results) {
            utterances[index].durationInSeconds = result.seconds
            if result.seconds == nil {
                problems.append(ManifestProblem(source: utterances[index].source, message: result.error))
            }
        }
        return problems
    }
}
