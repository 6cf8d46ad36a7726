/// Computes Whisper's log-mel spectrogram of a recording that comes in blocks; memory does not grow with the recording.
///
/// Whisper cuts off what lies far below the loudest value of the whole recording, which is known at its end. So frames come as
/// logarithms of powers, and `LogMelSpectrogram.cutOff` makes features of them. The result is bit for bit that of the whole recording,
/// with silence behind it, at once.
package struct LogMelStream {
    private let spectrogram: LogMelSpectrogram
    /// Samples from the beginning of the next frame on; of the first frame, from that of the recording on.
    private var pending: [Float] = []
    private var hasBegun = false
    private var sampleCount = 0
    private var frameCount = 0
    /// The largest value so far.
    package private(set) var largest = -Float.greatestFiniteMagnitude
    /// Samples that are held.
    package var heldSampleCount: Int { pending.count }

    /// - Throws: `FrontendError` for features that are not of Whisper's kind, or have silence of their own around them.
    package init(_ spectrogram: LogMelSpectrogram) throws(FrontendError) {
        guard spectrogram.configuration.kind == .whisper else {
            throw FrontendError(
                "frontend: a Whisper model with features of the kind '\(spectrogram.configuration.kind.rawValue)'; "
                    + "the model's configuration is damaged")
        }
        guard spectrogram.configuration.silenceInSeconds == 0 else {
            throw FrontendError(
                "frontend: a Whisper model with silence around its recordings, which it fills up to 30 s anyway; the model's configuration is "
                    + "damaged")
        }
        self.spectrogram = spectrogram
    }

    /// The frames that can be told after so many more samples: logarithms of powers, `[frame, melBin]`.
    package mutating func add(_ samples: [Float]) -> [Float] {
        sampleCount += samples.count
        return take(samples)
    }

    /// Those of the rest; in all one for each hop of the recording.
    package mutating func finish() -> [Float] {
        let configuration = spectrogram.configuration
        let missing = configuration.frameCount(sampleCount: sampleCount) - frameCount
        guard missing > 0 else { return [] }
        let silence = Array(repeating: Float(0), count: configuration.fftSize + configuration.windowLength)
        return take(silence, atMost: missing)
    }

    private mutating func take(_ samples: [Float], atMost limit: Int = .max) -> [Float] {
        let configuration = spectrogram.configuration
        pending += samples
        if !hasBegun {
            // Before the recording time runs backwards.
            let offset = spectrogram.centringOffset
            guard pending.count > offset else { return [] }
            pending.insert(contentsOf: pending[1...offset].reversed(), at: 0)
            hasBegun = true
        }
        guard pending.count >= configuration.windowLength else { return [] }
        let count = min(limit, 1 + (pending.count - configuration.windowLength) / configuration.hopLength)
        let block = pending.withUnsafeBufferPointer { spectrogram.logPowers(of: $0, frameCount: count) }
        pending.removeFirst(count * configuration.hopLength)
        frameCount += count
        largest = max(largest, block.largest)
        return block.values
    }
}
