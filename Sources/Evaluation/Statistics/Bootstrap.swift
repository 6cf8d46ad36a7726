import Numerics

/// The bootstrap over utterances: what the error rate would be if other utterances of the same kind had been recorded.
///
/// Bisani and Ney (2004), "Bootstrap estimates for confidence intervals in ASR performance evaluation". A resample
/// draws as many utterances as there are, with replacement; its rate is the sum of errors over the sum of reference
/// words. Utterances are the unit because the words of one utterance are not independent.
public enum Bootstrap {
    /// An interval with its limits, fractions.
    public struct Interval: Sendable, Hashable, Codable {
        public var low: Double
        public var high: Double

        public init(low: Double, high: Double) {
            self.low = low
            self.high = high
        }
    }

    /// How two systems compare on the same utterances.
    public struct Comparison: Sendable, Hashable, Codable {
        /// Error rate of the second system minus that of the first.
        public var difference: Double
        /// 95 % interval of the difference.
        public var interval: Interval
        /// The share of resamples in which the second system has fewer errors (ties count half).
        public var probabilityOfImprovement: Double
        /// Two-sided: twice the share of resamples on the other side of no difference, at most 1.
        public var pValue: Double
    }

    /// The interval that holds `level` of the resampled error rates, half of the rest on each side.
    ///
    /// Nil without reference words or without resamples.
    public static func interval(
        _ counts: [ErrorCounts], resampleCount: Int = 1000, seed: UInt64 = 1, level: Double = 0.95
    ) -> Interval? {
        let sample = Sample(counts.map { SIMD4(Int32($0.errors), 0, Int32($0.referenceCount), 1) })
        guard sample.total[2] > 0 && resampleCount > 0 else { return nil }
        var generator = SplitMix64(state: seed)
        let rates = (0..<resampleCount).map { _ in
            let sums = sample.resampled(using: &generator)
            return sums[2] == 0 ? 0 : Double(sums[0]) / Double(sums[2])
        }
        return interval(of: rates, level: level)
    }

    /// Compares two systems by resampling utterances with the errors that both make on them.
    ///
    /// - Precondition: both have the same utterances in the same order.
    public static func comparison(
        _ first: [ErrorCounts], _ second: [ErrorCounts], resampleCount: Int = 1000, seed: UInt64 = 1
    ) -> Comparison? {
        precondition(
            first.count == second.count, "Bootstrap.comparison: \(first.count) and \(second.count) utterances")
        let sample = Sample(
            zip(first, second).map { SIMD4(Int32($0.errors), Int32($1.errors), Int32($0.referenceCount), 1) })
        guard sample.total[2] > 0 && resampleCount > 0 else { return nil }
        var generator = SplitMix64(state: seed)
        var improvements = 0.0
        let differences = (0..<resampleCount).map { _ in
            let sums = sample.resampled(using: &generator)
            let difference = sums[1] - sums[0]
            improvements += difference < 0 ? 1 : difference == 0 ? 0.5 : 0
            return sums[2] == 0 ? 0 : Double(difference) / Double(sums[2])
        }
        let share = improvements / Double(resampleCount)
        return Comparison(
            difference: Double(sample.total[1] - sample.total[0]) / Double(sample.total[2]),
            interval: interval(of: differences, level: 0.95), probabilityOfImprovement: share,
            pValue: min(1, 2 * min(share, 1 - share)))
    }

    private static func interval(of values: [Double], level: Double) -> Interval {
        let sorted = values.sorted()
        /// Linear between neighbours, as numpy's `percentile`.
        func quantile(_ share: Double) -> Double {
            let position = share * Double(sorted.count - 1)
            let below = Int(position)
            let above = min(below + 1, sorted.count - 1)
            return sorted[below] + (sorted[above] - sorted[below]) * (position - Double(below))
        }
        return Interval(low: quantile((1 - level) / 2), high: quantile((1 + level) / 2))
    }

    /// Utterances as (errors, errors of a second system, reference words, 1).
    private struct Sample {
        private var outcomes: [SIMD4<Int32>]
        /// How often each outcome occurs, when there are few different ones; else empty.
        private var outcomeCounts: [Int] = []
        private let utteranceCount: Int
        let total: SIMD4<Int>

        init(_ utterances: [SIMD4<Int32>]) {
            utteranceCount = utterances.count
            total = utterances.reduce(into: SIMD4<Int>()) { $0 &+= SIMD4<Int>(truncatingIfNeeded: $1) }
            var counts: [SIMD4<Int32>: Int] = [:]
            for utterance in utterances {
                counts[utterance, default: 0] += 1
                if counts.count * 16 > utterances.count { break }
            }
            if counts.count * 16 > utterances.count {
                outcomes = utterances
            } else {
                // The order must not depend on hashing.
                let sorted = counts.sorted {
                    ($0.value, $0.key[0], $0.key[1], $0.key[2]) > ($1.value, $1.key[0], $1.key[1], $1.key[2])
                }
                outcomes = sorted.map(\.key)
                outcomeCounts = sorted.map(\.value)
            }
        }

        /// The sums of one resample.
        ///
        /// With few different outcomes the number of times each is drawn is multinomial, drawn as a chain of binomials:
        /// the same distribution as drawing utterance by utterance, in far less time.
        func resampled(using generator: inout SplitMix64) -> SIMD4<Int> {
            var sums = SIMD4<Int>()
            if outcomeCounts.isEmpty {
                var narrow = SIMD4<Int32>()
                let count = UInt64(utteranceCount)
                for draw in 0..<utteranceCount {
                    narrow &+= outcomes[Int(generator.next().multipliedFullWidth(by: count).high)]
                    if draw & 0xFFF == 0xFFF {
                        sums &+= SIMD4<Int>(truncatingIfNeeded: narrow)
                        narrow = SIMD4<Int32>()
                    }
                }
                return sums &+ SIMD4<Int>(truncatingIfNeeded: narrow)
            }
            var remaining = utteranceCount
            var remainingWeight = utteranceCount
            for (outcome, weight) in zip(outcomes, outcomeCounts) where remaining > 0 {
                let share = Double(weight) / Double(remainingWeight)
                let drawn = BinomialDistribution(trialCount: remaining, probability: share).draw(using: &generator)
                sums &+= SIMD4<Int>(truncatingIfNeeded: outcome) &* SIMD4(repeating: drawn)
                remaining -= drawn
                remainingWeight -= weight
            }
            return sums
        }
    }
}
