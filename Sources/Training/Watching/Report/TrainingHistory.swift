import Files

/// A training run as its `metrics.jsonl` tells it.
struct TrainingHistory {
    /// A step, and the hours that steps and evaluations had taken when it was done.
    struct Step {
        let metrics: StepMetrics
        let hours: Double
    }

    /// An evaluation on the dev set, and the hours so far.
    struct Evaluation {
        let metrics: EvaluationMetrics
        let hours: Double
    }

    private(set) var steps: [Step] = []
    private(set) var evaluations: [Evaluation] = []
    private(set) var alerts: [TrainingAlert] = []
    /// The evaluation of the average of the best models, if there was one at the end.
    private(set) var average: EvaluationMetrics?
    /// Of steps and evaluations; what a run took to begin is not in it.
    private(set) var hours = 0.0

    init(_ lines: [MetricsLine]) {
        for line in lines {
            switch line {
            case .step(let metrics):
                hours += metrics.durationInSeconds / 3_600
                steps.append(Step(metrics: metrics, hours: hours))
            case .evaluation(let metrics):
                hours += (metrics.durationInSeconds ?? 0) / 3_600
                if metrics.averagedModelCount == nil {
                    evaluations.append(Evaluation(metrics: metrics, hours: hours))
                } else {
                    average = metrics
                }
            case .alert(let alert): alerts.append(alert)
            }
        }
    }

    /// The evaluation whose model was kept: the first with the lowest character error rate.
    var best: Evaluation? {
        evaluations.filter { $0.metrics.devCharacterErrorRate != nil }
            .min { $0.metrics.devCharacterErrorRate! < $1.metrics.devCharacterErrorRate! }
    }

    /// The evaluation of a language model that was kept: the first with the lowest loss; nil for one that hears.
    var bestPerplexity: EvaluationMetrics? {
        evaluations.map(\.metrics).filter { $0.devPerplexityPerCharacter != nil && $0.devLoss != nil }
            .min { $0.devLoss! < $1.devLoss! }
    }

    /// Characters of text in all steps; 0 where audio was learned from.
    var characterCount: Int { steps.reduce(0) { $0 + ($1.metrics.characterCount ?? 0) } }

    /// Characters of text learned from in a second, without evaluations.
    var charactersPerSecond: Double {
        let duration = steps.reduce(0) { $0 + $1.metrics.durationInSeconds }
        return duration > 0 ? Double(characterCount) / duration : 0
    }

    /// Seconds of audio in all steps.
    var audioInSeconds: Double { steps.reduce(0) { $0 + $1.metrics.audioInSeconds } }

    /// Seconds of audio learned from in a second, without evaluations.
    var speed: Double {
        let duration = steps.reduce(0) { $0 + $1.metrics.durationInSeconds }
        return duration > 0 ? audioInSeconds / duration : 0
    }

    /// Steps that were skipped because their loss or gradient was NaN or infinite.
    var skippedStepCount: Int { steps.count { $0.metrics.wasSkipped == true } }

    /// The hours after a step; the end for one that is not there.
    func hours(atStep step: Int) -> Double { steps.first { $0.metrics.step >= step }?.hours ?? hours }

    /// At most `count` evaluations that tell how it went: the first, the last, the best, and others evenly between.
    func selected(count: Int, where isWanted: (EvaluationMetrics) -> Bool) -> [Evaluation] {
        let wanted = evaluations.filter { isWanted($0.metrics) }
        guard wanted.count > count else { return wanted }
        var indices = Set((0..<count).map { $0 * (wanted.count - 1) / (count - 1) })
        if let step = best?.metrics.step, let index = wanted.firstIndex(where: { $0.metrics.step == step }),
            !indices.contains(index),
            let nearest = indices.subtracting([0, wanted.count - 1]).min(by: {
                (abs($0 - index), $0) < (abs($1 - index), $1)
            })
        {
            indices.remove(nearest)
            indices.insert(index)
        }
        return indices.sorted().map { wanted[$0] }
    }
}
