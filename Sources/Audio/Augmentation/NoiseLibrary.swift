import FoundationEssentials

/// Noise recordings of a folder, of which random stretches are read when they are needed: memory does not grow with them.
public struct NoiseLibrary: Sendable {
    private struct Recording: Sendable {
        var path: String
        var durationInSeconds: Double
    }
    private let recordings: [Recording]

    /// Opens every file of a folder and its subfolders that can be read as audio.
    ///
    /// - Throws: `AugmentationError` when there is none; `AudioError` for one that cannot be read.
    public init(folder: String) throws {
        guard let names = try? FileManager.default.subpathsOfDirectory(atPath: folder) else {
            throw AugmentationError("noise.folder: \(folder) is no folder that can be read")
        }
        let endings = [".wav", ".flac", ".opus", ".ogg", ".mp3", ".aiff", ".aif", ".au"]
        recordings = try names.sorted()
            .filter { name in endings.contains { name.lowercased().hasSuffix($0) } }
            .compactMap { name in
                let path = folder + "/" + name
                let file = try AudioFile(path: path)
                let sampleCount: Int
                if let frameCount = file.frameCount {
                    sampleCount = frameCount
                } else {
                    sampleCount = try AudioFile.waveform(path: path, sampleRate: file.sampleRate).samples.count
                }
                let duration = Double(sampleCount) / Double(file.sampleRate)
                return duration > 0 ? Recording(path: path, durationInSeconds: duration) : nil
            }
        guard !recordings.isEmpty else {
            throw AugmentationError("noise.folder: \(folder) holds no audio files (\(endings.joined(separator: ", ")))")
        }
    }

    /// A random stretch of a random recording, repeated where the recording is shorter.
    ///
    /// - Returns: Exactly `sampleCount` samples at `sampleRate`.
    public func stretch(
        sampleCount: Int, sampleRate: Int, using generator: inout some RandomNumberGenerator
    ) throws(AudioError) -> Waveform {
        let recording = generator.element(of: recordings)
        let duration = Double(sampleCount) / Double(sampleRate)
        let start = generator.uniform(in: 0...max(0, recording.durationInSeconds - duration))
        let samples = try AudioFile.waveform(
            path: recording.path, sampleRate: sampleRate, startInSeconds: start,
            durationInSeconds: max(0.01, min(duration, recording.durationInSeconds))
        ).samples
        guard !samples.isEmpty else {
            return Waveform(samples: Array(repeating: 0, count: sampleCount), sampleRate: sampleRate)
        }
        return Waveform(samples: (0..<sampleCount).map { samples[$0 % samples.count] }, sampleRate: sampleRate)
    }
}
