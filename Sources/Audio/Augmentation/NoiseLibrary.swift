import FoundationEssentials

/// Noise recordings of a folder, of which random stretches are taken.
///
/// Up to an hour of noise is decoded once and kept, as 16-bit samples (115 MB an hour at 16 kHz): decoding a stretch whenever
/// it is needed takes longer than all else that is done to an utterance. Of larger folders stretches are read from the files.
public struct NoiseLibrary: Sendable {
    private struct Recording: Sendable {
        var path: String
        var durationInSeconds: Double
        /// Nil when they are read when needed.
        var samples: StoredSamples?
    }
    private let recordings: [Recording]
    private let sampleRate: Int

    static let longestKeptInSeconds = 3_600.0

    /// Opens every audio file of a folder and its subfolders.
    ///
    /// - Parameter sampleRate: Of the stretches, in Hz.
    /// - Throws: `AugmentationError` when there is none; `AudioError` for one that cannot be read.
    public init(folder: String, sampleRate: Int = 16_000) throws {
        try self.init(folder: folder, sampleRate: sampleRate, longestKeptInSeconds: Self.longestKeptInSeconds)
    }

    /// As `init(folder:sampleRate:)`, keeping at most so much noise.
    public init(folder: String, sampleRate: Int, longestKeptInSeconds: Double) throws {
        guard let names = try? FileManager.default.subpathsOfDirectory(atPath: folder) else {
            throw AugmentationError("noise.folder: \(folder) is not a folder that can be read")
        }
        var recordings: [Recording] = []
        // Hidden files are none of the recordings: "._rain.wav" is what another system keeps about one.
        for name in names.sorted()
        where AudioFileName.isAudio(name) && !name.split(separator: "/").contains(where: { $0.hasPrefix(".") }) {
            let path = folder + "/" + name
            let duration = try Self.durationInSeconds(path: path)
            if duration > 0 { recordings.append(Recording(path: path, durationInSeconds: duration)) }
        }
        guard !recordings.isEmpty else {
            throw AugmentationError(
                "noise.folder: \(folder) holds no audio files (\(AudioFileName.endings.sorted().joined(separator: ", ")))"
            )
        }
        if recordings.reduce(0, { $0 + $1.durationInSeconds }) <= longestKeptInSeconds {
            for index in recordings.indices {
                let waveform = try AudioFile.waveform(path: recordings[index].path, sampleRate: sampleRate)
                recordings[index].samples = StoredSamples(waveform.samples)
            }
        }
        self.recordings = recordings
        self.sampleRate = sampleRate
    }

    private static func durationInSeconds(path: String) throws(AudioError) -> Double {
        let file = try AudioFile(path: path)
        if let frameCount = file.frameCount { return Double(frameCount) / Double(file.sampleRate) }
        return try AudioFile.waveform(path: path, sampleRate: file.sampleRate).durationInSeconds
    }

    /// A random stretch of a random recording, repeated where the recording is shorter.
    ///
    /// - Returns: Exactly `sampleCount` samples.
    public func stretch(
        sampleCount: Int, using generator: inout some RandomNumberGenerator
    ) throws(AudioError) -> Waveform {
        let recording = generator.element(of: recordings)
        let duration = Double(sampleCount) / Double(sampleRate)
        let start = generator.uniform(in: 0...max(0, recording.durationInSeconds - duration))
        let samples =
            if let kept = recording.samples {
                Self.slice(kept, from: Int(start * Double(sampleRate)), count: sampleCount)
            } else {
                try read(recording, startInSeconds: start, durationInSeconds: duration)
            }
        guard !samples.isEmpty else {
            return Waveform(samples: Array(repeating: 0, count: sampleCount), sampleRate: sampleRate)
        }
        return Waveform(samples: (0..<sampleCount).map { samples[$0 % samples.count] }, sampleRate: sampleRate)
    }

    private static func slice(_ samples: StoredSamples, from start: Int, count: Int) -> [Float] {
        let start = max(0, min(start, samples.count - 1))
        return samples[start..<min(start + count, samples.count)]
    }

    private func read(
        _ recording: Recording, startInSeconds: Double, durationInSeconds: Double
    ) throws(AudioError) -> [Float] {
        try AudioFile.waveform(
            path: recording.path, sampleRate: sampleRate, startInSeconds: startInSeconds,
            durationInSeconds: max(0.01, min(durationInSeconds, recording.durationInSeconds))
        ).samples
    }
}
