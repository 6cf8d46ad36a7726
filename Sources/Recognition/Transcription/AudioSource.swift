import Audio
import Models

/// Where audio comes from: a file, a stream, or samples in memory.
public struct AudioSource: Sendable {
    /// What messages call it.
    public let name: String
    /// Opens it for reading at a sample rate; what is returned gives the next block of samples, nil at the end.
    private let open: @Sendable (_ sampleRate: Int) throws -> () throws -> [Float]?

    /// A file, or standard input for `-`, in blocks, so that memory does not grow with its length. What libsndfile does not know is read by
    /// ffmpeg, where it is on the path.
    ///
    /// - Parameter channel: counted from 1; nil: the mean of all.
    public static func file(_ path: String, channel: Int? = nil) -> AudioSource {
        AudioSource(name: path) { sampleRate in
            let file = try RecordingFile(path: path, channel: channel, convertedRate: sampleRate)
            return try resampled(from: file.sampleRate, to: sampleRate) { try file.readBlock() }
        }
    }

    /// Samples that somebody else reads or records.
    ///
    /// - Parameters:
    ///   - sampleRate: of the blocks, in Hz.
    ///   - next: the next block of samples in -1...1; nil at the end.
    public static func stream(
        name: String, sampleRate: Int, next: @escaping @Sendable () throws -> [Float]?
    ) -> AudioSource {
        AudioSource(name: name) { try resampled(from: sampleRate, to: $0, next: next) }
    }

    /// Samples in memory.
    public static func samples(_ waveform: Waveform, name: String) -> AudioSource {
        AudioSource(name: name) { sampleRate in
            var start = 0
            return try resampled(from: waveform.sampleRate, to: sampleRate) {
                guard start < waveform.samples.count else { return nil }
                let end = min(start + blockLength, waveform.samples.count)
                defer { start = end }
                return Array(waveform.samples[start..<end])
            }
        }
    }

    private static let blockLength = 32_768  // samples

    /// Samples that are read when their turn comes.
    ///
    /// - Parameter read: gives them at the sample rate asked for.
    public static func lazySamples(
        name: String, read: @escaping @Sendable (_ sampleRate: Int) throws -> Waveform
    ) -> AudioSource {
        AudioSource(name: name) { sampleRate in
            var samples: [Float]? = try read(sampleRate).samples
            return {
                defer { samples = nil }
                return samples
            }
        }
    }

    /// Calls `take` with the segments of the audio, in order, until it returns false.
    ///
    /// - Parameters:
    ///   - maximumInSeconds: the longest segment.
    ///   - speech: finds where somebody speaks, the rest is left out; nil: nothing is.
    /// - Returns: seconds of audio read.
    /// - Throws: `AudioError`, or what a stream throws.
    package func forEachSegment(
        sampleRate: Int, maximumInSeconds: Double, speech: (VoiceActivityModel, VoiceActivityOptions)? = nil,
        _ take: (AudioSegmenter.Segment) -> Bool
    ) throws -> Double {
        if let (detector, options) = speech {
            var segmenter = try SpeechSegmenter(
                detector, options, sampleRate: sampleRate, maximumInSeconds: maximumInSeconds)
            let next = try open(sampleRate)
            while let block = try next() {
                for segment in try segmenter.add(block) where !take(segment) { return segmenter.durationInSeconds }
            }
            for segment in try segmenter.finish() where !take(segment) { break }
            return segmenter.durationInSeconds
        }
        var segmenter = AudioSegmenter(sampleRate: sampleRate, maximumInSeconds: maximumInSeconds)
        let next = try open(sampleRate)
        while let block = try next() {
            for segment in segmenter.add(block) where !take(segment) { return segmenter.durationInSeconds }
        }
        if let segment = segmenter.finish() { _ = take(segment) }
        return segmenter.durationInSeconds
    }

    /// Calls `take` with the blocks of the audio, in order.
    ///
    /// - Throws: `AudioError`, or what a stream or `take` throws.
    func forEachBlock(sampleRate: Int, _ take: ([Float]) throws -> Void) throws {
        let next = try open(sampleRate)
        while let block = try next() { try take(block) }
    }

    /// The same, in blocks of at least `count` samples, of which the last one may have fewer.
    func forEachBlock(sampleRate: Int, atLeast count: Int, _ take: ([Float]) throws -> Void) throws {
        var gathered: [Float] = []
        try forEachBlock(sampleRate: sampleRate) { block in
            gathered += block
            guard gathered.count >= count else { return }
            try take(gathered)
            gathered.removeAll(keepingCapacity: true)
        }
        if !gathered.isEmpty { try take(gathered) }
    }

    /// All of the audio.
    ///
    /// - Throws: `AudioError`, or what a stream throws.
    func samples(sampleRate: Int) throws -> [Float] {
        var samples: [Float] = []
        try forEachBlock(sampleRate: sampleRate) { samples += $0 }
        return samples
    }

    private static func resampled(
        from inputRate: Int, to outputRate: Int, next: @escaping () throws -> [Float]?
    ) throws -> () throws -> [Float]? {
        let resampler = try Resampler(from: inputRate, to: outputRate)
        var isFinished = false
        return {
            if isFinished { return nil }
            if let block = try next() { return try resampler.process(block) }
            isFinished = true
            return try resampler.finish()
        }
    }
}
