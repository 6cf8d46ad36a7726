import Datasets
import Models

/// What the value of a setting must be; messages name the key as it stands in the YAML file.
enum SettingCheck {
    static func whole(_ name: String, _ value: Int, _ range: ClosedRange<Int>) throws {
        if range.contains(value) { return }
        let expected =
            range.upperBound == .max
            ? "at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
        throw TrainingError("\(name) is \(value); it must be \(expected)")
    }

    static func isAboveZero(_ name: String, _ value: some BinaryFloatingPoint) throws {
        guard value > 0, value.isFinite else { throw TrainingError("\(name) is \(value); it must be above 0") }
    }

    static func isNotNegative(_ name: String, _ value: some BinaryFloatingPoint) throws {
        guard value >= 0, value.isFinite else { throw TrainingError("\(name) is \(value); it must not be negative") }
    }

    /// From 0 to 1.
    static func isFraction(_ name: String, _ value: some BinaryFloatingPoint) throws {
        guard (0...1).contains(value) else { throw TrainingError("\(name) is \(value); it must be from 0 to 1") }
    }

    /// From 0 to 1, and not 1.
    static func isBelowOne(_ name: String, _ value: some BinaryFloatingPoint) throws {
        guard value >= 0, value < 1 else {
            throw TrainingError("\(name) is \(value); it must be at least 0 and below 1")
        }
    }

    /// Refuses a precision that the processor has no products for.
    static func isSupported(_ precision: ComputationPrecision) throws {
        guard precision.elementType.isSupported else {
            throw TrainingError("precision: this processor has no bfloat16 products; use float32")
        }
    }
}

extension AdamWConfiguration {
    func validate() throws {
        try SettingCheck.isBelowOne("optimizer.beta1", beta1)
        try SettingCheck.isBelowOne("optimizer.beta2", beta2)
        try SettingCheck.isAboveZero("optimizer.epsilon", epsilon)
        try SettingCheck.isNotNegative("optimizer.weightDecay", weightDecay)
        try SettingCheck.isNotNegative("optimizer.gradientClipNorm", gradientClipNorm)
        try SettingCheck.isBelowOne("optimizer.averageDecay", averageDecay)
        for (prefix, factor) in rateFactors where !(factor > 0 && factor.isFinite) {
            throw TrainingError(
                "optimizer.rateFactors.\(prefix) is \(factor); it must be above 0 (initialization.frozen keeps parts as they are)"
            )
        }
    }
}

extension LearningRateSchedule {
    func validate() throws {
        try SettingCheck.isNotNegative("schedule.peakLearningRate", peakLearningRate)
        try SettingCheck.whole("schedule.warmupSteps", warmupSteps, 0...1_000_000_000)
        try SettingCheck.isFraction("schedule.holdFraction", holdFraction)
        try SettingCheck.isFraction("schedule.finalFraction", finalFraction)
        if kind == .triStage && finalFraction == 0 {
            throw TrainingError(
                "schedule.finalFraction is 0, which an exponential never reaches; with schedule.kind triStage it must be "
                    + "above 0, such as 0.01")
        }
    }
}
