import Audio
import Autograd
import Models
import Pictures
import Tensors
import Text

/// What a model heard of a segment, as pictures over the same time.
struct SegmentPictures {
    /// What the pictures show, in seconds from the beginning of the recording.
    let startInSeconds: Double
    let endInSeconds: Double
    /// The log-mel spectrogram: low pitches at the bottom.
    let spectrogram: MatrixPicture
    /// What the decoder attends to: a row for each token, from the top; nil for a segment that is too short.
    let attention: MatrixPicture?

    /// Shown before and behind a segment.
    private static let marginInSeconds = 0.2
    /// Attention that is brightest, of 1.
    private static let fullAttention: Float = 0.25

    /// - Parameters:
    ///   - samples: of the whole recording, at the model's rate.
    ///   - tokens: of the segment; timestamps are left out.
    init(_ transcriber: Transcriber, _ segment: Transcription.Segment, samples: [Float], language: String) throws {
        let frontend = transcriber.model.configuration.frontend
        let rate = Double(frontend.sampleRate)
        let duration = Double(samples.count) / rate
        startInSeconds = max(0, min(segment.startInSeconds, duration) - Self.marginInSeconds)
        endInSeconds = min(duration, segment.endInSeconds + Self.marginInSeconds)
        let range = Int(startInSeconds * rate)..<max(Int(startInSeconds * rate), Int(endInSeconds * rate))
        let waveform = Waveform(
            samples: Array(samples[range.clamped(to: 0..<samples.count)]), sampleRate: frontend.sampleRate)
        spectrogram = Self.picture(try LogMelSpectrogram(configuration: frontend)(waveform))
        attention = try transcriber.attention(
            to: waveform, tokens: segment.tokens, language: language
        ).map { alignment in
            MatrixPicture(
                alignment.weights.map { min(1, $0 / Self.fullAttention).squareRoot() }, rowCount: alignment.tokenCount,
                columnCount: alignment.positionCount)
        }
    }

    /// 20 ms a column, few levels: a small file.
    private static func picture(_ spectrogram: Spectrogram) -> MatrixPicture {
        let (frames, bins) = (spectrogram.frameCount, spectrogram.melBinCount)
        guard frames > 0 else { return MatrixPicture([0], rowCount: 1, columnCount: 1) }
        let (quietest, loudest) = (spectrogram.values.min() ?? 0, spectrogram.values.max() ?? 0)
        let columns = (frames + 1) / 2
        var values = [Float](repeating: 0, count: columns * bins)
        for frame in 0..<frames {
            for bin in 0..<bins {
                let value = spectrogram.values[frame * bins + bin] - quietest
                let level = (value / max(loudest - quietest, .leastNormalMagnitude) * levelCount).rounded() / levelCount
                let place = (bins - 1 - bin) * columns + frame / 2
                values[place] = max(values[place], level)
            }
        }
        return MatrixPicture(values, rowCount: bins, columnCount: columns)
    }

    private static let levelCount: Float = 24
}

extension Transcriber {
    /// What the decoder attends to while it reads a text: the mean of the heads that follow the audio of a Whisper model, or of those of
    /// the layer that reads most evenly. Only the positions that are not padding.
    ///
    /// - Returns: nil for audio without a position, or without text.
    func attention(to waveform: Waveform, tokens: [Int], language: String) throws -> AttentionAlignment? {
        let network = model.network
        var tokenizer: any Tokenizer = model.tokenizer
        var text = tokens
        var samples = waveform.samples
        if let whisper = model.whisper {
            tokenizer = try whisper.asking(
                for: options.whisper.task, in: WhisperLanguage(language) ?? .english, timestamps: false)
            text = tokens.filter { $0 < whisper.special.endOfText }
            let windowCount = WhisperWindow.frameCount * model.configuration.frontend.hopLength
            samples = Array(samples.prefix(windowCount))
            samples += Array(repeating: 0, count: windowCount - samples.count)
        }
        let features = try model.features(Waveform(samples: samples, sampleRate: waveform.sampleRate))
        let frameCount =
            model.whisper == nil ? features.frameCount : min(features.frameCount, WhisperWindow.frameCount)
        guard !text.isEmpty, network.positionCount(frameCount: frameCount) > 0 else { return nil }
        let input = Tensor(
            Array(features.values.prefix(frameCount * features.melBinCount)),
            shape: [1, frameCount, features.melBinCount])
        let encoded = network.encode(Tape(options.precision).variable(input), lengths: [frameCount])
        let recorder = AttentionRecorder()
        let start = tokenizer.startSequence
        _ = network.decode(
            (start + text).map(Int32.init), batch: 1, memory: network.decoderMemory(encoded),
            on: Tape(options.precision, attentionRecorder: recorder))
        let frontend = model.configuration.frontend
        func positionCount(_ seconds: Double) -> Int {
            network.positionCount(frameCount: min(frameCount, Int(seconds / frontend.hopInSeconds)))
        }
        let silence = positionCount(frontend.leadingSilenceInSeconds)
        let positions =
            silence..<max(silence, positionCount(frontend.leadingSilenceInSeconds + waveform.durationInSeconds))
        let heads =
            model.whisper == nil
            ? recorder.weights.indices.map { layer in
                (0..<model.configuration.decoderHeadCount).map { [layer, $0] }
            }
            : [model.description.wordTimeHeads]
        let alignments = heads.compactMap { heads in
            AttentionAlignment(
                meanOf: heads, in: recorder.weights, firstToken: start.count - 1, tokenCount: text.count,
                positions: positions)
        }
        return alignments.max { $0.slope < $1.slope }
    }
}

extension AttentionAlignment {
    /// The mean of some heads over some positions; nil where there are none.
    ///
    /// - Parameters:
    ///   - heads: [layer, head]
    ///   - layers: [1, head, token, position] of each
    fileprivate init?(
        meanOf heads: [[Int]], in layers: [Tensor], firstToken: Int, tokenCount: Int, positions: Range<Int>
    ) {
        guard let first = heads.first else { return nil }
        let (rowCount, columnCount) = (layers[first[0]].shape[2], layers[first[0]].shape[3])
        let positions = positions.clamped(to: 0..<columnCount)
        let width = positions.count
        if width == 0 { return nil }
        var mean = [Float](repeating: 0, count: tokenCount * width)
        for head in heads {
            let base = layers[head[0]].floats + head[1] * rowCount * columnCount
            for token in 0..<tokenCount {
                let row = base + (firstToken + token) * columnCount + positions.lowerBound
                for position in 0..<width { mean[token * width + position] += row[position] / Float(heads.count) }
            }
        }
        self.init(weights: mean, tokenCount: tokenCount, positionCount: width)
    }
}
