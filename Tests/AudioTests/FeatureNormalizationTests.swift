import Audio
import FoundationEssentials
import TestSupport
import Testing

@Suite("FeatureNormalization")
struct FeatureNormalizationTests {
    /// Bins over three frames: 1, 2, 3 (mean 2, variance 2/3) and 5, 5, 5 (mean 5, variance 0).
    private let spectrogram = Spectrogram(values: [1, 5, 2, 5, 3, 5], frameCount: 3, melBinCount: 2)
    private let deviation = Float(2.0 / 3).squareRoot()

    @Test("per utterance: (x - 2) / sqrt(2/3), and a constant bin becomes 0")
    func perUtterance() {
        var normalized = spectrogram
        FeatureNormalization.perUtterance.apply(to: &normalized)
        expectClose(normalized.values, [-1 / deviation, 0, 0, 0, 1 / deviation, 0], relative: 1e-6)
    }

    @Test("global statistics are those of all frames together, in parts or whole")
    func global() {
        var statistics = FeatureStatistics(melBinCount: 2)
        statistics.add(Spectrogram(values: [1, 5], frameCount: 1, melBinCount: 2))
        var rest = FeatureStatistics(melBinCount: 2)
        rest.add(Spectrogram(values: [2, 5, 3, 5], frameCount: 2, melBinCount: 2))
        statistics.merge(rest)
        #expect(statistics.frameCount == 3)
        guard case .global(let mean, let standardDeviation) = statistics.normalization else {
            Issue.record("not global")
            return
        }
        expectClose(mean, [2, 5])
        expectClose(standardDeviation, [deviation, 0], relative: 1e-6)
        var normalized = spectrogram
        FeatureNormalization.global(mean: [1, 4], standardDeviation: [2, 0.5]).apply(to: &normalized)
        #expect(normalized.values == [0, 2, 0.5, 2, 1, 2])
    }

    @Test("none, and no frames at all")
    func nothing() {
        var unchanged = spectrogram
        FeatureNormalization.none.apply(to: &unchanged)
        #expect(unchanged == spectrogram)
        var empty = Spectrogram(values: [], frameCount: 0, melBinCount: 2)
        FeatureNormalization.perUtterance.apply(to: &empty)
        #expect(empty.values.isEmpty)
        let (mean, standardDeviation) = FeatureStatistics(melBinCount: 2).meanAndStandardDeviation
        #expect(mean == [0, 0] && standardDeviation == [1, 1])
    }

    @Test("survives JSON")
    func coding() throws {
        for normalization in [
            FeatureNormalization.none, .perUtterance, .global(mean: [1.5, 0.1], standardDeviation: [2, 1e-7]),
        ] {
            let data = try JSONEncoder().encode(normalization)
            #expect(try JSONDecoder().decode(FeatureNormalization.self, from: data) == normalization)
        }
        let configuration = FrontendConfiguration(kind: .kaldi, sampleRate: 8_000, melBinCount: 40)
        let data = try JSONEncoder().encode(configuration)
        #expect(try JSONDecoder().decode(FrontendConfiguration.self, from: data) == configuration)
    }

    @Test("refuses statistics that do not fit")
    func validation() throws {
        try FeatureNormalization.perUtterance.validate(melBinCount: 80)
        let short = FeatureNormalization.global(mean: [0], standardDeviation: [1])
        try short.validate(melBinCount: 1)
        #expect(throws: FrontendError.self) { try short.validate(melBinCount: 2) }
        let broken = FeatureNormalization.global(mean: [.nan], standardDeviation: [1])
        #expect(throws: FrontendError.self) { try broken.validate(melBinCount: 1) }
    }
}

@Suite("FrontendConfiguration")
struct FrontendConfigurationTests {
    @Test("lengths follow from the sample rate")
    func lengths() {
        let whisper = FrontendConfiguration()
        #expect(whisper.description == "whisper log-mel, 80 bins, 16000 Hz, window 400, hop 160, FFT 400")
        let kaldi = FrontendConfiguration(kind: .kaldi, sampleRate: 8_000, melBinCount: 40)
        #expect(kaldi.description == "kaldi log-mel, 40 bins, 8000 Hz, window 200, hop 80, FFT 256")
        #expect(kaldi.hopInSeconds == 0.01)
    }

    @Test("a model refuses other features")
    func mismatch() throws {
        let model = FrontendConfiguration(kind: .kaldi)
        try model.requireMatch(model: model)
        let error = #expect(throws: FrontendError.self) { try FrontendConfiguration().requireMatch(model: model) }
        #expect(
            error?.description == "frontend: the model expects kaldi log-mel, 80 bins, 16000 Hz, window 400, hop 160, "
                + "FFT 512, but the features are whisper log-mel, 80 bins, 16000 Hz, window 400, hop 160, FFT 400; "
                + "use the model's own settings")
    }
}
