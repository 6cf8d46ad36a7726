import Datasets
import Glibc

/// How the learning rate changes from step to step.
public struct LearningRateSchedule: Codable, Sendable, Equatable {
    /// What happens after the warm-up.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// Falls with the inverse square root of the step; Vaswani et al. 2017, section 5.3, scaled so that the highest
        /// rate is `peakLearningRate`.
        case noam
        /// Falls along half a cosine to `finalFraction` of the peak at the last step; Loshchilov and Hutter 2017.
        case cosine
        /// Stays at the peak for `holdFraction` of all steps, then falls exponentially to `finalFraction` of it at the last
        /// step; Park et al. 2019, section 3.2, and Baevski et al. 2020, section 4.2.
        case triStage
        /// Stays.
        case constant

        /// Whether the rate of a step depends on how many there are in all.
        var dependsOnStepCount: Bool { self == .cosine || self == .triStage }
    }

    public var kind = Kind.noam
    /// The highest rate, reached at the end of the warm-up.
    public var peakLearningRate: Float = 0.001
    /// Steps over which the rate rises linearly from 0.
    public var warmupSteps = 500
    /// The share of all steps that a tri-stage schedule stays at the peak; Baevski et al. 2020 warm up for 10 % of all steps
    /// and hold for 40 %.
    public var holdFraction = 0.4
    /// What is left of the peak at the last step of a cosine or tri-stage schedule.
    public var finalFraction: Float = 0.01

    public init() {}

    /// The share of all steps that the warm-up takes at most: a short run would end before its rate is of use.
    static let largestWarmupFraction = 0.2

    /// The same for a run of `stepCount` steps: its warm-up takes at most a fifth of them.
    package func fitted(toStepCount stepCount: Int) -> LearningRateSchedule {
        var fitted = self
        fitted.warmupSteps = min(warmupSteps, Int(Self.largestWarmupFraction * Double(stepCount)))
        return fitted
    }

    /// The rate of a step, counted from 1, of `stepCount` in all.
    public func learningRate(step: Int, stepCount: Int) -> Float {
        if step <= warmupSteps { return peakLearningRate * Float(step) / Float(max(1, warmupSteps)) }
        switch kind {
        case .constant: return peakLearningRate
        case .noam: return peakLearningRate * (Float(max(1, warmupSteps)) / Float(step)).squareRoot()
        case .cosine:
            let progress = min(1, Double(step - warmupSteps) / Double(max(1, stepCount - warmupSteps)))
            let cosine = Float(0.5 * (1 + cos(.pi * progress)))
            return peakLearningRate * (finalFraction + (1 - finalFraction) * cosine)
        case .triStage:
            let decayStart = Double(warmupSteps) + holdFraction * Double(stepCount)
            let decaySteps = Double(stepCount) - decayStart
            let sinceStart = Double(step) - decayStart
            if sinceStart <= 0 { return peakLearningRate }
            // No steps left to fall over: the end is reached at once.
            let progress = decaySteps > 0 ? min(1, sinceStart / decaySteps) : 1
            return peakLearningRate * Float(pow(Double(finalFraction), progress))
        }
    }
}
