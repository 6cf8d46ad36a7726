import Numerics
import Tensors
import Testing

@Suite struct RandomKeyTests {
    // The first numbers of SplitMix64 with the state 0, as published with java.util.SplittableRandom and by
    // https://prng.di.unimi.it/splitmix64.c.
    @Test func splitMix64() {
        var generator = SplitMix64(state: 0)
        let numbers = (0..<3).map { _ in generator.next() }
        #expect(numbers == [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4, 0x06c4_5d18_8009_454f])
    }

    @Test func aStateContinuesTheSequence() {
        var generator = RandomKey(seed: 1).generator
        _ = generator.next()
        var continued = SplitMix64(state: generator.state)
        let (rest, again) = ((0..<5).map { _ in generator.next() }, (0..<5).map { _ in continued.next() })
        #expect(rest == again)
    }

    // The mean of 10 000 has deviation sqrt(1 / 12) / 100.
    @Test func uniformNumbers() {
        var generator = RandomKey(seed: 1).generator
        let values = (0..<10_000).map { _ in generator.uniform() }
        #expect(values.allSatisfy { $0 >= 0 && $0 < 1 })
        let mean: Float = values.reduce(0, +) / 10_000
        #expect(abs(mean - 0.5) < 0.015)
    }

    @Test func keysDependOnTheirUseAlone() {
        let key = RandomKey(seed: 7)
        #expect(key == RandomKey(seed: 7))
        #expect(key.derived(3) == RandomKey(seed: 7).derived(3))
        #expect(key.derived("encoder") == RandomKey(seed: 7).derived("encoder"))
    }

    // Seeds, steps, operations that follow one another; and the order of uses matters.
    @Test func keysAreAllDifferent() {
        var keys: Set<UInt64> = []
        for seed in 0..<10 {
            let key = RandomKey(seed: UInt64(seed))
            keys.insert(key.bits)
            for step in -5..<50 {
                keys.insert(key.derived(step).bits)
                keys.insert(key.derived("\(step)").bits)
                for operation in 0..<20 { keys.insert(key.derived(step).derived(operation).bits) }
            }
        }
        #expect(keys.count == 10 * (1 + 55 * 22))
    }
}
