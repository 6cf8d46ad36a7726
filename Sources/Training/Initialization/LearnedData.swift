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
        func duration(_ draw: Int) -> Double { frontend.durationInSeconds(frameCount: loader.frameCount(draw)) }
        let utterances = sampler.included.filter { loader.draws[$0].isFirst }
        utteranceCount = utterances.count
        hours = utterances.map(duration).reduce(0, +) / 3_600
        // As they are heard, joined ones too.
        let heard = sampler.included.filter { loader.draws[$0].copy == 0 }
            .map { (duration: duration($0), weight: loader.draws[$0].weight) }.sorted { $0.duration < $1.duration }
        let total = heard.reduce(0) { $0 + $1.weight * $1.duration }
        var sum = 0.0
        let longest =
            heard.first { draw in
                sum += draw.weight * draw.duration
                return sum >= 0.99 * total
            }?.duration ?? 0
        longestUtteranceInSeconds = max(longest, before?.longestUtteranceInSeconds ?? 0)
    }
}
