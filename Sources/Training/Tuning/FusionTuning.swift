import Evaluation
import Models
import Recognition
import Tensors

/// Finds with which weights a language model helps a recogniser most, on labelled recordings.
///
/// The search is that of Hooke and Jeeves (1961): from the best weights so far, each of them is made larger or smaller by a step, and kept
/// where the error rate falls. Where no step helps, steps are halved; after two halvings the search ends. The encoder hears each
/// recording once.
package struct FusionTuning {
    /// A recording that has been heard, and what is said in it.
    package struct Utterance: Sendable {
        package var recording: EncodedRecording
        package var reference: String

        package init(recording: EncodedRecording, reference: String) {
            self.recording = recording
            self.reference = reference
        }
    }

    /// Weights that have been tried.
    package struct Trial: Sendable {
        package var settings: LanguageModelSettings
        /// Of words, or of characters where the recogniser writes no spaces.
        package var errorRate: Double
    }

    private let model: SpeechModel
    private let options: TranscriptionOptions
    private let languageModel: WeightedLanguageModel
    private let utterances: [Utterance]
    private let workers: WorkerPool

    private static let halvingCount = 2
    /// The first steps of the weight, the reward, the share of CTC, and that of the decoder's own language model.
    private static let firstSteps: [Float] = [0.2, 0.4, 0.1, 0.1]

    package init(
        _ model: SpeechModel, options: TranscriptionOptions, languageModel: WeightedLanguageModel,
        utterances: [Utterance], workers: WorkerPool
    ) {
        self.model = model
        self.options = options
        self.languageModel = languageModel
        self.utterances = utterances
        self.workers = workers
    }

    /// The best weights that were found.
    ///
    /// - Parameters:
    ///   - start: where the search begins.
    ///   - tried: gets every trial.
    /// - Throws: `SearchError` where scores are NaN or infinite; what `tried` throws.
    package func best(from start: LanguageModelSettings, tried: (Trial) throws -> Void) throws -> Trial {
        var known: [[Float]: Double] = [:]
        func trial(_ point: [Float]) throws -> Trial {
            let settings = Self.settings(point, hasCTC: model.configuration.hasCTCOutput)
            if let rate = known[point] { return Trial(settings: settings, errorRate: rate) }
            let trial = Trial(settings: settings, errorRate: try errorRate(settings))
            known[point] = trial.errorRate
            try tried(trial)
            return trial
        }
        var point = [
            start.weight, start.lengthReward, start.ctcWeight ?? options.ctcWeight, start.internalWeight ?? 0,
        ]
        var best = try trial(point)
        var steps = Self.firstSteps
        if !model.configuration.hasCTCOutput { steps[2] = 0 }
        for _ in 0...Self.halvingCount {
            var hasImproved = true
            while hasImproved {
                hasImproved = false
                for place in point.indices where steps[place] > 0 {
                    for direction: Float in [1, -1] {
                        var next = point
                        // Rounded, so that the way there does not matter.
                        next[place] = ((next[place] + direction * steps[place]) * 1_000).rounded() / 1_000
                        guard next[0] >= 0, (0...1).contains(next[2]), next[3] >= 0 else { continue }
                        let candidate = try trial(next)
                        if candidate.errorRate < best.errorRate {
                            (best, point, hasImproved) = (candidate, next, true)
                            break
                        }
                    }
                }
            }
            steps = steps.map { $0 / 2 }
        }
        return best
    }

    private static func settings(_ point: [Float], hasCTC: Bool) -> LanguageModelSettings {
        LanguageModelSettings(
            weight: point[0], lengthReward: point[1], ctcWeight: hasCTC ? point[2] : nil,
            internalWeight: point[3] == 0 ? nil : point[3])
    }

    private func errorRate(_ settings: LanguageModelSettings) throws -> Double {
        var options = options
        options.use(settings)
        let transcriber = Transcriber(
            model: model, options: options,
            languageModels: [WeightedLanguageModel(languageModel.model, weight: settings.weight)])
        let utterances = utterances
        let texts = try workers.map(itemCount: utterances.count) { index in
            Result { try transcriber.text(of: utterances[index].recording) }
        }.map { try $0.get() }
        let pairs = zip(utterances.map(\.reference), texts)
        guard model.vocabulary.characters?.characters.contains(" ") == true else {
            return pairs.reduce(CharacterErrorRate()) { $0 + CharacterErrorRate(reference: $1.0, hypothesis: $1.1) }
                .rate
        }
        return pairs.reduce(WordErrorRate()) { $0 + WordErrorRate(reference: $1.0, hypothesis: $1.1) }.rate
    }
}
