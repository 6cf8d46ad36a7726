import Models
import Recognition
import Tensors
import Training

/// The figures of `asr benchmark transcribe`; their keys in JSON are part of the interface.
struct TranscriptionBenchmarkReport: Encodable {
    let model: String
    let precision: String
    let threads: Int
    let parameters: Int
    /// Of the utterances that were transcribed.
    let audioInSeconds: Double
    let utteranceCount: Int
    /// Wall time of all utterances divided by their number.
    let utteranceInMilliseconds: Double
    let shortestUtteranceInMilliseconds: Double
    let longestUtteranceInMilliseconds: Double
    /// Tokens of all utterances.
    let tokenCount: Int
    let beamSize: Int
    /// Time of the work divided by the length of the audio.
    let realTimeFactor: Double
    let audioSecondsPerSecond: Double
    let encoderInMilliseconds: Double
    let shortestEncoderInMilliseconds: Double
    let longestEncoderInMilliseconds: Double
    let decoderInMillisecondsPerToken: [String: Double]
    let gigaflopsPerSecond: Double
    let productGigaflopsPerSecond: Double
    let shareOfProductSpeed: Double
    let peakMemoryInMegabytes: Double

    enum CodingKeys: String, CodingKey {
        case model, precision, threads, parameters
        case audioInSeconds = "audio_s"
        case utteranceCount = "utterances"
        case utteranceInMilliseconds = "utterance_ms"
        case shortestUtteranceInMilliseconds = "utterance_ms_min"
        case longestUtteranceInMilliseconds = "utterance_ms_max"
        case tokenCount = "tokens"
        case beamSize = "beam_size"
        case realTimeFactor = "real_time_factor"
        case audioSecondsPerSecond = "audio_s_per_s"
        case encoderInMilliseconds = "encoder_ms_per_30_s"
        case shortestEncoderInMilliseconds = "encoder_ms_min"
        case longestEncoderInMilliseconds = "encoder_ms_max"
        case decoderInMillisecondsPerToken = "decoder_ms_per_token"
        case gigaflopsPerSecond = "gflop_per_s"
        case productGigaflopsPerSecond = "product_gflop_per_s"
        case shareOfProductSpeed = "share_of_product_speed"
        case peakMemoryInMegabytes = "peak_rss_mb"
    }

    /// Audio that was transcribed again and again.
    struct Utterances {
        let audioInSeconds: Double
        let count: Int
        /// Milliseconds of all of them, one for each run.
        let times: [Double]
        let tokenCount: Int
    }

    /// - Parameters:
    ///   - result: of 30 s at the model's sizes.
    ///   - utterances: what real-time factor and speed are of.
    ///   - beamSizes: those of `result`.
    init(
        _ result: TranscriptionBenchmark.Result, _ utterances: Utterances, model: String, parameters: Int,
        precision: InferencePrecision, threads: Int, beamSize: Int, beamSizes: [Int]
    ) {
        self.model = model
        self.precision = precision.rawValue
        self.threads = threads
        self.parameters = parameters
        self.beamSize = beamSize
        audioInSeconds = utterances.audioInSeconds
        utteranceCount = utterances.count
        tokenCount = utterances.tokenCount
        let total = MeasuredTimes(utterances.times)
        let count = Double(utterances.count)
        utteranceInMilliseconds = total.median / count
        shortestUtteranceInMilliseconds = total.least / count
        longestUtteranceInMilliseconds = total.most / count
        realTimeFactor = total.median / 1_000 / utterances.audioInSeconds
        audioSecondsPerSecond = 1 / realTimeFactor
        let encoder = MeasuredTimes(result.encoder)
        encoderInMilliseconds = encoder.median
        shortestEncoderInMilliseconds = encoder.least
        longestEncoderInMilliseconds = encoder.most
        decoderInMillisecondsPerToken = Dictionary(
            uniqueKeysWithValues: beamSizes.map {
                (Self.key(beamSize: $0), MeasuredTimes(result.perToken(beamSize: $0)).median)
            })
        gigaflopsPerSecond = result.encoderOperations / encoder.median * 1e-6
        productGigaflopsPerSecond = result.productOperationsPerSecond * 1e-9
        shareOfProductSpeed = gigaflopsPerSecond / productGigaflopsPerSecond
        peakMemoryInMegabytes = ResourceUsage.peakMemoryInMegabytes
    }

    private static func key(beamSize: Int) -> String { "beam_\(beamSize)" }

    func show() {
        func times(_ median: Double, _ least: Double, _ most: Double) -> String {
            "\(fixed(median, 1)) ms (\(fixed(least, 1)) to \(fixed(most, 1)))"
        }
        printMeasured("model", "\(model), \(precision), \(threads) threads")
        printMeasured("parameters", "\(parameters)")
        printMeasured(
            "encoder of 30 s",
            times(encoderInMilliseconds, shortestEncoderInMilliseconds, longestEncoderInMilliseconds))
        printMeasured(
            "products",
            "\(fixed(gigaflopsPerSecond, 0)) GFLOP/s, \(percent(shareOfProductSpeed)) of "
                + fixed(productGigaflopsPerSecond, 0))
        for (name, time) in decoderInMillisecondsPerToken.sorted(by: { $0.key < $1.key }) {
            printMeasured("decoder, \(name.replacing("_", with: " "))", "\(fixed(time, 2)) ms a token")
        }
        printMeasured(
            "utterance",
            times(utteranceInMilliseconds, shortestUtteranceInMilliseconds, longestUtteranceInMilliseconds))
        printMeasured(
            "",
            "\(utteranceCount) of \(fixed(audioInSeconds, 1)) s with \(tokenCount) tokens in all, beam \(beamSize)")
        printMeasured("real-time factor", "\(fixed(realTimeFactor, 4))")
        printMeasured("audio", "\(fixed(audioSecondsPerSecond, 1)) s/s")
        printMeasured("peak memory", "\(fixed(peakMemoryInMegabytes, 0)) MB")
    }
}
