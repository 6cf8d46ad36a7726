import Datasets
import Testing

@Suite struct StatisticsChoiceTests {
    /// Ten hours in pieces of six minutes.
    private let durations = [Double](repeating: 360, count: 100)

    @Test func allOfASmallSet() {
        let choice = StatisticsChoice(wholeInHours: 10, chosenInHours: 1)
        #expect(choice.indices(durationsInSeconds: durations, seed: 1) == Array(0..<100))
        #expect(StatisticsChoice().indices(durationsInSeconds: durations, seed: 1).count == 100)
    }

    /// An hour is ten pieces of six minutes: others with another seed, and the same with the same.
    @Test func aFixedChoiceOfALargeOne() {
        let choice = StatisticsChoice(wholeInHours: 9.9, chosenInHours: 1)
        let chosen = choice.indices(durationsInSeconds: durations, seed: 1)
        #expect(chosen.count == 10 && chosen == chosen.sorted() && Set(chosen).count == 10)
        #expect(choice.indices(durationsInSeconds: durations, seed: 1) == chosen)
        #expect(choice.indices(durationsInSeconds: durations, seed: 2) != chosen)
        // From all of it: the chance that ten of a hundred are all of one half is 2 x (50 over 10) / (100 over 10) = 0.1 %.
        #expect(chosen.contains { $0 < 50 } && chosen.contains { $0 >= 50 })
    }
}
