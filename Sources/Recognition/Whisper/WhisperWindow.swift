import Audio
import Autograd
import Glibc
import Models
import Tensors
import Text

/// What a Whisper model has heard in a window of 30 s: what decoding at any temperature, detecting the language and times of words
/// begin with.
package struct WhisperWindow {
    let model: SpeechTransformer
    /// What the decoder needs of the encoder output.
    let keysValues: [Variable]
    /// Positions of the encoder output.
    let lengths: [Int]

    /// Frames of a window: 30 s.
    static let frameCount = 3000

    /// Encodes a stretch of a spectrogram. A shorter one is filled up with zeros, as openai/whisper does it (`pad_or_trim`).
    ///
    /// - Parameters:
    ///   - features: [frame, melBin]
    ///   - range: frames of it, at most `frameCount`
    ///   - isPadded: whether what is missing to 30 s is encoded too, as the model has learned it; otherwise only what is there.
    /// - Throws: `SearchError` where the encoder gives NaN or infinity.
    package init(
        _ model: SpeechTransformer, _ features: Spectrogram, _ range: Range<Int>, precision: ElementType,
        isPadded: Bool = true
    ) throws {
        precondition(range.count <= Self.frameCount, "WhisperWindow: \(range.count) frames")
        self.model = model
        let time = isPadded ? Self.frameCount : range.count
        let input = Tensor(zeros: [1, time, features.melBinCount])
        features.values.withUnsafeBufferPointer { values in
            let columns = features.melBinCount
            guard let base = values.baseAddress else { return }
            input.floats.update(from: base + range.lowerBound * columns, count: range.count * columns)
        }
        let encoded = model.encode(Tape(precision: precision).variable(input), lengths: [time])
        guard encoded.value.value.isFinite else { throw SearchError.notFinite("the encoder") }
        keysValues = model.keysValues(encoded)
        lengths = encoded.lengths
    }

    /// Logits of the next token after each of `tokens`, [1, token, vocabulary], float32.
    package func logits(_ tokens: [Int32]) -> Tensor {
        model.decode(tokens, batch: 1, keysValues: keysValues, encoderLengths: lengths).value
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
