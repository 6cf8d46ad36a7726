/// What counts as speech.
public struct VoiceActivityOptions: Sendable, Equatable {
    /// Speech begins where its probability reaches this, and ends where it falls 0.15 below it, or to half of it.
    public var threshold: Float = 0.5
    /// Shorter pauses are heard like speech.
    public var minimumSilenceInSeconds = 2.0
    /// So much is heard before and behind speech.
    public var paddingInSeconds = 0.2

    public init() {}
}

/// A stretch of a recording in which somebody speaks, in frames of 10 ms.
public struct SpeechRegion: Sendable, Equatable {
    /// What is to be heard: speech, its pauses, and some padding.
    public var frames: Range<Int>
    /// From the first to the last frame of speech.
    public var speech: Range<Int>

    package init(frames: Range<Int>, speech: Range<Int>) {
        self.frames = frames
        self.speech = speech
    }

    static let framesPerSecond = 100.0
    /// When it begins and ends, in seconds.
    public var speechStartInSeconds: Double { Double(speech.lowerBound) / Self.framesPerSecond }
    public var speechEndInSeconds: Double { Double(speech.upperBound) / Self.framesPerSecond }
}

/// Finds the stretches with speech from the probabilities of frames, as they come.
///
/// Frames are speech by a threshold with hysteresis; stretches of it with less than the shortest silence between them are one; what holds
/// less than 0.1 s of speech is none. At either end of the recording less than the shortest silence is kept, too.
package struct SpeechRegions {
    /// Those that are complete and have not been taken.
    package private(set) var finished: [SpeechRegion] = []
    /// The one that goes on, as far as it is known by now; it holds enough speech, and ends where less than the shortest silence is sure.
    package var open: SpeechRegion? {
        guard spokenCount >= Self.shortestSpeech, let speech else { return nil }
        return SpeechRegion(frames: start(speech)..<min(frameCount, speech.upperBound + padding), speech: speech)
    }

    /// The first frame that may still be part of a stretch that is not heard yet.
    var firstNeededFrame: Int {
        if let open { return open.frames.upperBound }
        return start(speech ?? frameCount..<frameCount)
    }

    private let (threshold, release): (Float, Float)
    private let (minimumSilence, padding): (Int, Int)
    private static let shortestSpeech = 10  // frames
    private var frameCount = 0
    private var isSpeaking = false
    /// From the first to the last frame of speech of the stretch that goes on.
    private var speech: Range<Int>?
    private var spokenCount = 0
    /// Where the stretch before ends.
    private var lastEnd = 0

    package init(_ options: VoiceActivityOptions) {
        threshold = options.threshold
        release = max(options.threshold - 0.15, options.threshold / 2)
        minimumSilence = max(1, Int((options.minimumSilenceInSeconds * SpeechRegion.framesPerSecond).rounded()))
        padding = Int((options.paddingInSeconds * SpeechRegion.framesPerSecond).rounded())
    }

    /// Takes the probabilities of the next frames.
    package mutating func add(_ probabilities: [Float]) {
        for probability in probabilities {
            isSpeaking = probability >= (isSpeaking ? release : threshold)
            frameCount += 1
            if isSpeaking {
                speech = (speech?.lowerBound ?? frameCount - 1)..<frameCount
                spokenCount += 1
            } else if let speech, frameCount - speech.upperBound >= minimumSilence {
                close(end: speech.upperBound + padding)
            }
        }
    }

    /// The recording ends here.
    package mutating func finish() {
        // A silence that is long enough would have closed it.
        close(end: frameCount)
    }

    /// Hands over those that are complete.
    package mutating func takeFinished() -> [SpeechRegion] {
        defer { finished = [] }
        return finished
    }

    private mutating func close(end: Int) {
        guard let speech else { return }
        if spokenCount >= Self.shortestSpeech {
            let region = SpeechRegion(frames: start(speech)..<min(end, frameCount), speech: speech)
            finished.append(region)
            lastEnd = region.frames.upperBound
        }
        self.speech = nil
        spokenCount = 0
    }

    private func start(_ speech: Range<Int>) -> Int {
        // At the beginning of a recording there is no stretch before.
        if lastEnd == 0 && speech.lowerBound < minimumSilence { return 0 }
        return max(lastEnd, speech.lowerBound - padding)
    }
}
