import Audio
import Datasets
import Models

/// How much audio is learned from; silence that a model has behind recordings is not counted.
struct LearnedData {
    let utteranceCount: Int
    let hours: Double
    /// Utterances no longer than this hold 99 % of the audio; at least what the model that training begins with has here.
    let longestUtteranceInSeconds: Double

    init(
        _ loader: DataLoader, _ sampler: BatchSampler, _ frontend: FrontendConfiguration,
        before: SpeechModel.TrainingSummary?
    ) {
        let durations = sampler.included.filter { loader.draws[$0].copy == 0 }
            .map { frontend.durationInSeconds(frameCount: loader.frameCount($0)) }.sorted()
        let total = durations.reduce(0, +)
        utteranceCount = durations.count
        hours = total / 3_600
        var sum = 0.0
        let longest =
            durations.first { duration in
                sum += duration
                return sum >= 0.99 * total
            } ?? 0
        longestUtteranceInSeconds = max(longest, before?.longestUtteranceInSeconds ?? 0)
    }
}
