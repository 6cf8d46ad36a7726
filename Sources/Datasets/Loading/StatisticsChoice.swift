import Numerics

/// Which utterances the mean and the deviation of features are computed from: all of a set, or of a very large one a fixed choice, so
/// that training can begin before all of it is read. It depends on the lengths and the seed alone.
package struct StatisticsChoice: Sendable {
    /// Up to so much audio all of it is used.
    package var wholeInHours = 100.0
    /// How much is chosen of more: a million frames, so that each mel bin has a million values.
    package var chosenInHours = 3.0

    package init() {}

    /// As `init()`, with other limits.
    package init(wholeInHours: Double, chosenInHours: Double) {
        self.wholeInHours = wholeInHours
        self.chosenInHours = chosenInHours
    }

    /// The indices of the utterances, ascending: the first of a shuffled list, until they hold enough.
    package func indices(durationsInSeconds: [Double], seed: UInt64) -> [Int] {
        let all = Array(durationsInSeconds.indices)
        guard durationsInSeconds.reduce(0, +) > wholeInHours * 3_600 else { return all }
        var generator = RandomKey(seed: seed).derived("feature statistics").generator
        var shuffled = all
        generator.shuffle(&shuffled)
        var sum = 0.0
        let chosen = shuffled.prefix { index in
            defer { sum += durationsInSeconds[index] }
            return sum < chosenInHours * 3_600
        }
        return chosen.sorted()
    }
}
