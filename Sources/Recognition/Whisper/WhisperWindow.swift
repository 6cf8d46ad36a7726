import Audio
import Autograd
import Glibc
import Models
import NeuralNetwork
import Tensors
import Text

/// What a Whisper model has heard in a window of 30 s: what decoding at any temperature, detecting the language and times of words
/// begin with.
package struct WhisperWindow {
    let network: EncoderDecoder
    /// What the decoder needs of the encoder output.
    let memory: DecoderMemory
    /// Positions of the encoder output.
    let positionCount: Int
    let precision: InferencePrecision

    /// Frames of a window: 30 s.
    static let frameCount = 3000

    /// Encodes a stretch of a spectrogram. A shorter one is filled up with zeros, as openai/whisper does it (`pad_or_trim`).
    ///
    /// - Parameters:
    ///   - features: [frame, melBin]
    ///   - range: frames of it, at most `frameCount`
    ///   - thinsPadding: whether the encoder hears only a part of what fills the window up: all of its first second, then every fourth
    ///     position, which counts as four. It is zeros everywhere, so its positions say nearly the same; without any, texts find no end.
    /// - Throws: `ModelError` for a model without positions for a whole window; `SearchError` where the encoder gives NaN or infinity.
    package init(
        _ network: EncoderDecoder, _ features: Spectrogram, _ range: Range<Int>, precision: InferencePrecision,
        thinsPadding: Bool = false
    ) throws {
        precondition(range.count <= Self.frameCount, "WhisperWindow: \(range.count) frames")
        if let longest = network.configuration.longestFrameCount, longest < Self.frameCount {
            throw ModelError(
                "the encoder has \(network.configuration.encoder.positionCount) positions, but a Whisper model hears 30 s at once, "
                    + "which takes \(network.positionCount(frameCount: Self.frameCount)); take another model")
        }
        self.network = network
        let input = Tensor(zeros: [1, Self.frameCount, features.melBinCount])
        features.values.withUnsafeBufferPointer { values in
            let columns = features.melBinCount
            guard let base = values.baseAddress else { return }
            input.floats.update(from: base + range.lowerBound * columns, count: range.count * columns)
        }
        let positionCount = network.positionCount(frameCount: Self.frameCount)
        let thinning = thinsPadding ? Self.thinning(frameCount: range.count, positionCount: positionCount) : nil
        let output = network.encode(
            Tape(precision).variable(input), lengths: [Self.frameCount], thinning: thinning)
        guard output.value.value.isFinite else { throw SearchError.notFinite("the encoder") }
        memory = network.decoderMemory(output, keyWeights: thinning?.keyWeights)
        self.positionCount = output.lengths[0]
        self.precision = precision
    }

    /// Positions of the padding that are heard as they are, behind the end of the recording, at least: 1 s.
    private static let marginCount = 50
    /// They end at a multiple of these, so that products of few sizes are prepared.
    private static let granularity = 128
    /// Of the others one of so many is heard, and counts as many times.
    private static let thinningFactor = 4

    /// The positions that are heard where the padding is thinned.
    ///
    /// - Parameters:
    ///   - frameCount: of the recording
    ///   - positionCount: of a whole window
    package static func thinning(frameCount: Int, positionCount: Int) -> ThinnedPositions {
        let position = Self.frameCount / positionCount
        let least = (frameCount + position - 1) / position + marginCount
        let end = min(positionCount, (least + granularity - 1) / granularity * granularity)
        return ThinnedPositions(count: positionCount, end: end, factor: thinningFactor)
    }

    /// Logits of the next token after each of `tokens`, [1, token, vocabulary], float32.
    package func logits(_ tokens: [Int32]) -> Tensor {
        network.decode(tokens, batch: 1, memory: memory, on: Tape(precision)).value
    }

    /// How probable each language is, in the order of their tokens; openai/whisper, `decoding.py`, `detect_language`.
    ///
    /// - Throws: `SearchError` for logits that are NaN or infinite.
    func languageProbabilities(_ special: WhisperTokens) throws -> [Float] {
        let logits = logits([Int32(special.startOfTranscript)])
        guard logits.isFinite else { throw SearchError.notFinite("the decoder") }
        return softmax(logits.values[special.languageTokens])
    }
}

/// e^x of each value, divided by their sum.
func softmax(_ values: ArraySlice<Float>) -> [Float] {
    let largest = values.max() ?? 0
    let powers = values.map { expf($0 - largest) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
}

/// One value of `softmax`.
func probability(of index: Int, in values: UnsafeBufferPointer<Float>) -> Float {
    let largest = values.max() ?? 0
    return expf(values[index] - largest) / values.reduce(0) { $0 + expf($1 - largest) }
}
