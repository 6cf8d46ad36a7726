import CKernels
import Glibc
import TestSupport
import Testing

@Suite struct CTCPrefixKernelTests {
    /// What is known of a prefix, in double precision: for every frame, that it is spelled there, ending in its last token
    /// or in blank; and the probability of all texts that begin with it.
    private struct Prefix {
        var ending: [Double]
        var blank: [Double]
        var score = 1.0
        var lastToken: Int32 = -1
    }

    /// The recursion of Watanabe et al. 2017, section 4.2, in probabilities: token 0 is blank.
    private func longer(_ prefix: Prefix, by token: Int32, _ logProbabilities: [Float], classes: Int) -> Prefix {
        let time = prefix.ending.count
        func probability(_ t: Int, _ token: Int32) -> Double {
            exp(Double(logProbabilities[t * classes + Int(token)]))
        }
        var longer = Prefix(
            ending: Array(repeating: 0, count: time), blank: Array(repeating: 0, count: time), score: 0,
            lastToken: token)
        for t in 0..<time {
            let before: Double =
                t == 0
                ? (prefix.lastToken < 0 ? 1 : 0)
                : prefix.blank[t - 1] + (token == prefix.lastToken ? 0 : prefix.ending[t - 1])
            let started = before * probability(t, token)
            longer.score += started
            longer.ending[t] = started + (t == 0 ? 0 : longer.ending[t - 1] * probability(t, token))
            longer.blank[t] = t == 0 ? 0 : (longer.ending[t - 1] + longer.blank[t - 1]) * probability(t, 0)
        }
        return longer
    }

    private func emptyPrefix(_ logProbabilities: [Float], classes: Int) -> Prefix {
        var product = 1.0
        let blank = stride(from: 0, to: logProbabilities.count, by: classes).map { start -> Double in
            product *= exp(Double(logProbabilities[start]))
            return product
        }
        return Prefix(ending: Array(repeating: 0, count: blank.count), blank: blank)
    }

    /// The two history rows of a prefix.
    private func history(_ prefix: Prefix) -> [Float] {
        func logarithm(_ probability: Double) -> Float {
            probability == 0 ? Float(CTC_PREFIX_ZERO) : Float(log(probability))
        }
        let first = prefix.lastToken < 0 ? 1.0 : 0
        return ([first] + zip(prefix.ending, prefix.blank).map(+)).map(logarithm)
            + ([first] + prefix.blank).map(logarithm)
    }

    private func expect(_ actual: [Float], _ probabilities: [Double], _ what: String) {
        let isPossible = probabilities.map { $0 > 1e-300 }
        #expect(actual.map { $0 > Float(CTC_PREFIX_ZERO) / 2 } == isPossible, "\(what)")
        // Each frame adds a rounding to values of up to 200 nats.
        func possible(_ values: [Float]) -> [Float] { zip(values, isPossible).filter(\.1).map(\.0) }
        expectClose(
            possible(actual), possible(probabilities.map { Float(log($0)) }), absolute: 2e-5, relative: 1e-6, what)
    }

    // Lanes around the width of a vector and of a block; each prefix is extended by every token, its last one included.
    @Test(arguments: KernelPath.available, [1, 2, 7, 8, 9, 65]) func equalsTheRecursion(path: KernelPath, time: Int) {
        for (classes, prefixes) in [(2, [[]]), (4, [[], [1]]), (9, [[1], [2, 2]]), (23, [[], [3], [3, 4]])]
            as [(Int, [[Int32]])]
        {
            var values = randomValues(time * classes, seed: UInt64(time), in: -4...0)
            if classes > 8 { values[5] = -.infinity }  // token 5 cannot be at the first frame
            let known = prefixes.map { tokens in
                tokens.reduce(emptyPrefix(values, classes: classes)) {
                    longer($0, by: $1, values, classes: classes)
                }
            }
            let lanes = known.indices.flatMap { row in (1..<Int32(classes)).map { (row: row, token: $0) } }
            let expected = lanes.map { longer(known[$0.row], by: $0.token, values, classes: classes) }

            let (ending, blank) = (
                Elements(Array(repeating: .nan, count: time * lanes.count)),
                Elements(Array(repeating: .nan, count: time * lanes.count))
            )
            let scores = Elements(Array(repeating: .nan, count: lanes.count))
            path.table.ctc_prefix(
                ending.floats, blank.floats, scores.floats, known.flatMap(history),
                lanes.map { Int32(2 * $0.row) + ($0.token == known[$0.row].lastToken ? 1 : 0) }, lanes.map(\.token),
                Int64(lanes.count), values, Int64(time), Int64(classes), 0)
            expect(scores.values, expected.map(\.score), "scores of \(lanes.count) lanes")
            for (lane, prefix) in expected.enumerated() {
                func column(_ states: Elements) -> [Float] { (0..<time).map { states.values[$0 * lanes.count + lane] } }
                expect(column(ending), prefix.ending, "ending, lane \(lane) of \(lanes.count)")
                expect(column(blank), prefix.blank, "blank, lane \(lane) of \(lanes.count)")
            }

            let rows = Elements(Array(repeating: .nan, count: 2 * (time + 1)))
            let last = lanes.count - 1
            path.table.ctc_prefix_history(
                rows.floats, ending.floats, blank.floats, Int64(last), Int64(lanes.count), Int64(time))
            let probabilities = history(expected[last]).map { exp(Double($0)) }
            expect(rows.values, probabilities, "history")
        }
    }

    /// Near certainty, where a logarithm that rounds 1 + x drifts: 2000 frames of blank with p = 1 - 2^-12, then any token.
    @Test(arguments: KernelPath.available) func keepsItsDigitsNearCertainty(path: KernelPath) {
        let time = 2_000
        let values = (0..<time).flatMap { _ in [Float(log1p(-0x1p-12)), Float(log(0x1p-12))] }
        let empty = emptyPrefix(values, classes: 2)
        let states = Elements(Array(repeating: 0, count: 2 * time))
        let score = Elements([0])
        path.table.ctc_prefix(
            states.floats, states.floats + time, score.floats, history(empty), [0], [1], 1, values, Int64(time), 2, 0)
        expectClose(
            score.values, [Float(log(longer(empty, by: 1, values, classes: 2).score))], absolute: 3e-5, relative: 0)
    }
}
