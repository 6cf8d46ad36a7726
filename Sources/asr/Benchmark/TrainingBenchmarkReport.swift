import Recognition
import Training

/// The figures of `asr benchmark train`; their keys in JSON are part of the interface.
struct TrainingBenchmarkReport: Codable {
    let preset: String
    let precision: String
    let threads: Int
    let batch: Int
    let utteranceInSeconds: Double
    let parameters: Int
    let stepInMilliseconds: Double
    let shortestStepInMilliseconds: Double
    let longestStepInMilliseconds: Double
    let audioSecondsPerSecond: Double
    let gigaflopsPerSecond: Double
    let productGigaflopsPerSecond: Double
    let shareOfProductSpeed: Double
    let peakMemoryInMegabytes: Double

    enum CodingKeys: String, CodingKey {
        case preset, precision, threads, batch, parameters
        case utteranceInSeconds = "utterance_s"
        case shortestStepInMilliseconds = "step_ms_min"
        case longestStepInMilliseconds = "step_ms_max"
        case stepInMilliseconds = "step_ms"
        case audioSecondsPerSecond = "audio_s_per_s"
        case productGigaflopsPerSecond = "product_gflop_per_s"
        case shareOfProductSpeed = "share_of_product_speed"
        case gigaflopsPerSecond = "gflop_per_s"
        case peakMemoryInMegabytes = "peak_rss_mb"
    }

    init(
        _ result: TrainingBenchmark.Result, _ workload: TrainingBenchmark.Workload, threads: Int,
        preset: TrainingBenchmark.Preset
    ) {
        let steps = MeasuredTimes(result.stepsInMilliseconds)
        let median = steps.median
        self.preset = preset.rawValue
        precision = workload.precision.rawValue
        self.threads = threads
        batch = workload.batchSize
        utteranceInSeconds = workload.utteranceInSeconds
        parameters = result.parameterCount
        stepInMilliseconds = median
        shortestStepInMilliseconds = steps.least
        longestStepInMilliseconds = steps.most
        audioSecondsPerSecond = result.audioInSecondsPerStep / (median / 1_000)
        gigaflopsPerSecond = result.operationsPerStep / (median / 1_000) * 1e-9
        productGigaflopsPerSecond = result.productOperationsPerSecond * 1e-9
        shareOfProductSpeed = gigaflopsPerSecond / productGigaflopsPerSecond
        peakMemoryInMegabytes = ResourceUsage.peakMemoryInMegabytes
    }

    /// Median and spread of the step time.
    var stepText: String {
        "\(fixed(stepInMilliseconds, 1)) ms (\(fixed(shortestStepInMilliseconds, 1)) to "
            + "\(fixed(longestStepInMilliseconds, 1)))"
    }

    func show() {
        printMeasured("parameters", "\(parameters)")
        printMeasured("step", stepText)
        printMeasured("audio", "\(fixed(audioSecondsPerSecond, 1)) s/s")
        printMeasured(
            "products",
            "\(fixed(gigaflopsPerSecond, 0)) GFLOP/s, \(percent(shareOfProductSpeed)) of "
                + fixed(productGigaflopsPerSecond, 0))
        printMeasured("peak memory", "\(fixed(peakMemoryInMegabytes, 0)) MB")
    }
}
