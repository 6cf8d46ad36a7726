import Audio
import TestSupport
import Testing

@Suite("MelFilterbank")
struct MelFilterbankTests {
    @Test("Slaney's scale is linear to 1000 Hz = 15 mel and multiplies by 6.4 in 27 mel above")
    func slaneyScale() {
        let scale = MelFilterbank.Scale.slaney
        #expect(scale.mel(fromHertz: 200) == 3)
        #expect(abs(scale.mel(fromHertz: 1_000) - 15) < 1e-12)
        #expect(abs(scale.mel(fromHertz: 6_400) - 42) < 1e-12)
        // transformers, feature_extraction_whisper.py: max_mel.
        #expect(abs(scale.mel(fromHertz: 8_000) - 45.245640471924965) < 1e-12)
    }

    @Test("HTK's scale has 1000 Hz near 1000 mel")
    func htkScale() {
        let scale = MelFilterbank.Scale.htk
        // 1127 ln(1 + 1000 / 700) = 999.9907
        #expect(abs(scale.mel(fromHertz: 1_000) - 999.9907) < 1e-3)
        #expect(scale.mel(fromHertz: 0) == 0)
    }

    @Test("mel to Hz undoes Hz to mel", arguments: [0.0, 20, 440, 999, 1_000, 1_001, 8_000])
    func inverse(frequency: Double) {
        for scale in [MelFilterbank.Scale.slaney, .htk] {
            #expect(abs(scale.hertz(fromMel: scale.mel(fromHertz: frequency)) - frequency) < 1e-9)
        }
    }

    /// 80 bins to 8000 Hz: edges every 45.2456 / 81 mel, so the first triangle has its edges at 0, 37.24 and 74.48 Hz, all
    /// below the break. Of the FFT bins, every 40 Hz, only 40 Hz lies inside, on the falling side.
    @Test("the first filter is the triangle computed by hand")
    func firstFilter() {
        let filter = MelFilterbank(FrontendConfiguration(kind: .whisper)).filters[0]
        let edge = 45.245640471924965 / 81 * 200 / 3  // Hz from one edge to the next
        let expected = Float((2 * edge - 40) / edge * 2 / (2 * edge))
        #expect(filter.firstBin == 1)
        expectClose(filter.weights, [expected], relative: 1e-6)
    }

    @Test(
        "every filter has a weight, and centres rise",
        arguments: [(FrontendConfiguration.Kind.whisper, 128), (.kaldi, 80)])
    func coverage(kind: FrontendConfiguration.Kind, melBinCount: Int) {
        let bank = MelFilterbank(FrontendConfiguration(kind: kind, melBinCount: melBinCount))
        #expect(bank.filters.count == melBinCount)
        #expect(bank.filters.allSatisfy { $0.weights.contains { $0 > 0 } })
        #expect(zip(bank.centreFrequencies, bank.centreFrequencies.dropFirst()).allSatisfy { $0 < $1 })
        // Kaldi leaves the bin at half the sample rate out.
        if kind == .kaldi { #expect(bank.filters.allSatisfy { $0.firstBin + $0.weights.count <= 256 }) }
    }
}
