import Audio
import Models

/// Tells of a recording that comes in blocks how probable it is, for each frame of 10 ms, that somebody speaks.
///
/// It looks at 10 s at a time, with so much before and behind them that the result is that of the whole recording at once, however it is
/// cut into blocks. Memory does not grow with the recording.
package struct VoiceActivityDetector {
    private let model: VoiceActivityModel
    /// From the sample rate of what it gets to that of the model.
    private let resampler: Resampler
    private let frameLength: Int
    /// Samples from frame `firstFrame` on.
    private var pending: [Float] = []
    private var firstFrame = 0
    /// Frames whose probability has been given.
    private var decidedCount = 0
    private var sampleCount = 0

    private static let chunkLength = 1_000  // frames, even

    /// - Parameter sampleRate: of what it gets, in Hz.
    /// - Throws: `AudioError` where it cannot be converted.
    package init(_ model: VoiceActivityModel, sampleRate: Int) throws {
        self.model = model
        resampler = try Resampler(from: sampleRate, to: model.configuration.frontend.sampleRate)
        frameLength = model.configuration.frontend.hopLength
    }

    /// The probabilities of the frames that can be told after so many more samples.
    ///
    /// - Throws: `AudioError`.
    package mutating func add(_ samples: [Float]) throws -> [Float] { try take(resampler.process(samples)) }

    private mutating func take(_ samples: [Float]) throws -> [Float] {
        pending += samples
        sampleCount += samples.count
        var result: [Float] = []
        let context = model.contextFrameCount
        let overlap = model.configuration.frontend.windowLength - frameLength
        while true {
            let end = decidedCount + Self.chunkLength + context  // frame
            guard sampleCount >= end * frameLength + overlap else { return result }
            let probabilities = try probabilities(sampleCount: (end - firstFrame) * frameLength + overlap)
            let first = decidedCount - firstFrame
            result += probabilities[first..<first + Self.chunkLength]
            decidedCount += Self.chunkLength
            let kept = max(firstFrame, decidedCount - context)
            pending.removeFirst((kept - firstFrame) * frameLength)
            firstFrame = kept
        }
    }

    /// Those of the rest: in all one for each 10 ms that have begun.
    ///
    /// - Throws: `AudioError`.
    package mutating func finish() throws -> [Float] {
        let first = try take(resampler.finish())
        let frameCount = (sampleCount + frameLength - 1) / frameLength
        let known = try probabilities(sampleCount: pending.count).dropFirst(decidedCount - firstFrame)
        defer { decidedCount = frameCount }
        // The last frames have no whole window.
        let missing = max(0, frameCount - decidedCount - known.count)
        return first + known + Array(repeating: known.last ?? 0, count: missing)
    }

    private func probabilities(sampleCount: Int) throws -> [Float] {
        let waveform = Waveform(
            samples: Array(pending.prefix(sampleCount)), sampleRate: model.configuration.frontend.sampleRate)
        return model.probabilities(try model.features(waveform))
    }
}
