import Autograd
import NeuralNetwork
import Tensors

/// What a search needs of a segment that the encoder has heard. One search at a time may use it.
struct EncodedSegment {
    let memory: DecoderMemory
    /// Log probabilities of CTC, [1, position, token]; nil where they have no share.
    let ctc: Tensor?
    /// Encoder positions.
    let positionCount: Int
}

/// A recording that has been heard, to be searched again and again with other weights: the encoder, which takes half of the time, runs
/// once.
package struct EncodedRecording: @unchecked Sendable {
    fileprivate var segments: [EncodedSegment] = []
}

extension Transcriber {
    /// What the encoder makes of a recording, cut into segments as a transcription cuts it.
    ///
    /// - Throws: `AudioError`, or what a stream throws; `SearchError` where the encoder gives NaN or infinity.
    package func encoded(_ source: AudioSource) throws -> EncodedRecording {
        var recording = EncodedRecording()
        var failure: (any Error)?
        _ = try source.forEachSegment(
            sampleRate: model.configuration.frontend.sampleRate, maximumInSeconds: longestSegmentInSeconds
        ) { segment in
            guard Self.isSound(segment.waveform) else { return true }
            do {
                if let encoded = try encode(model.features(segment.waveform)) { recording.segments.append(encoded) }
            } catch {
                failure = error
            }
            return failure == nil
        }
        if let failure { throw failure }
        return recording
    }

    /// The text of a recording. Another transcriber of the same model may have heard it.
    ///
    /// - Throws: `SearchError` where scores are NaN or infinite.
    package func text(of recording: EncodedRecording) throws -> String {
        let texts = try recording.segments.map { model.tokenizer.text(of: try search($0).best.tokens) }
        return texts.joined(separator: " ").split(separator: " ").joined(separator: " ")
    }
}
