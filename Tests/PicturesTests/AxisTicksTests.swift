import Pictures
import Testing

@Suite("Ticks of an axis")
struct AxisTicksTests {
    @Test(
        "are 1, 2 or 5 times a power of ten",
        arguments: [(10, 5, 2), (6_201, 6, 2_000), (0.0012, 5, 0.0005), (3e37, 3, 1e37)])
    func step(length: Double, count: Double, expected: Double) {
        #expect(abs(AxisTicks.step(length, count: count) / expected - 1) < 1e-9)
    }

    @Test(
        "are written with the decimals of their step",
        arguments: [
            (0, 0.5, "0"), (1, 0.5, "1.0"), (2.5, 0.5, "2.5"), (0.0012, 0.0002, "0.0012"), (6_000, 2_000, "6000"),
            (1_500_000, 500_000, "1.5e6"), (2e6, 1e6, "2e6"), (3e37, 1e37, "3e37"), (0, 1e37, "0"),
            (4e-7, 2e-7, "4e-7"),
            (1.2e-6, 2e-7, "1.2e-6"),
        ])
    func text(value: Double, step: Double, expected: String) {
        #expect(AxisTicks.text(value, step: step) == expected)
    }
}
