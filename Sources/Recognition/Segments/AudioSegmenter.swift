import Audio

/// Cuts a recording into segments that a model can take, at the quietest places.
///
/// Samples come in blocks and leave as segments, so that memory does not grow with the recording.
public struct AudioSegmenter {
    /// A stretch of a recording.
    public struct Segment: Sendable {
        public let waveform: Waveform
        public let startInSeconds: Double
        /// Where speech begins and ends in the stretch of the recording that this is a part of, in seconds; nil: not looked for.
        public let speechInSeconds: ClosedRange<Double>?

        public init(waveform: Waveform, startInSeconds: Double, speechInSeconds: ClosedRange<Double>? = nil) {
            self.waveform = waveform
            self.startInSeconds = startInSeconds
            self.speechInSeconds = speechInSeconds
        }

        public var endInSeconds: Double { startInSeconds + waveform.durationInSeconds }
    }

    /// The longest segment of any model.
    public static let longestInSeconds = 30.0
    static let quietInSeconds = 0.2

    private let sampleRate: Int
    /// The longest segment.
    private let maximum: Int
    private var pending: [Float] = []
    private var emittedSampleCount = 0

    /// Samples taken so far.
    var takenSampleCount: Int { emittedSampleCount + pending.count }
    /// Seconds of audio taken so far.
    public var durationInSeconds: Double { Double(takenSampleCount) / Double(sampleRate) }

    /// - Parameter maximumInSeconds: the longest segment; a longer recording is cut in the last third of every such stretch, in the
    ///   middle of where it is quietest.
    public init(sampleRate: Int, maximumInSeconds: Double = longestInSeconds) {
        self.sampleRate = sampleRate
        maximum = max(1, Int(maximumInSeconds * Double(sampleRate)))
    }

    /// All segments of a waveform.
    public static func segments(of waveform: Waveform, maximumInSeconds: Double = longestInSeconds) -> [Segment] {
        var segmenter = AudioSegmenter(sampleRate: waveform.sampleRate, maximumInSeconds: maximumInSeconds)
        return segmenter.add(waveform.samples) + (segmenter.finish().map { [$0] } ?? [])
    }

    /// Takes more samples, and returns the segments that are complete.
    public mutating func add(_ samples: [Float]) -> [Segment] {
        pending += samples
        var segments: [Segment] = []
        while pending.count > maximum { segments.append(emit(quietestPlace(in: maximum - maximum / 3..<maximum))) }
        return segments
    }

    /// The rest; nil if there is none.
    public mutating func finish() -> Segment? { pending.isEmpty ? nil : emit(pending.count) }

    private mutating func emit(_ count: Int) -> Segment {
        let segment = Segment(
            waveform: Waveform(samples: Array(pending.prefix(count)), sampleRate: sampleRate),
            startInSeconds: Double(emittedSampleCount) / Double(sampleRate))
        pending.removeFirst(count)
        emittedSampleCount += count
        return segment
    }

    /// The middle of the stretch with the least energy; the last one of equals.
    private func quietestPlace(in range: Range<Int>) -> Int {
        let width = min(range.count, max(1, Int(Self.quietInSeconds * Double(sampleRate))))
        var energy = pending[range.lowerBound..<range.lowerBound + width].reduce(Double(0)) { $0 + Double($1 * $1) }
        var best = (energy: energy, start: range.lowerBound)
        for start in range.lowerBound + 1..<max(range.lowerBound + 1, range.upperBound - width) {
            let (leaving, entering) = (Double(pending[start - 1]), Double(pending[start + width - 1]))
            energy += entering * entering - leaving * leaving
            if energy <= best.energy { best = (energy, start) }
        }
        return best.start + width / 2
    }
}
