import Audio
import Datasets
import Testing

struct UtteranceAugmentationTests {
    private let waveform = Waveform(samples: (0..<1_600).map { Float($0 % 100) / 200 }, sampleRate: 16_000)

    private func augmentation(seed: UInt64 = 1) throws -> UtteranceAugmentation {
        var configuration = AugmentationConfiguration()
        configuration.volume.probability = 1
        configuration.specAugment.frequencyMaskCount = 1
        configuration.specAugment.maximumFrequencyMaskWidth = 79
        return try UtteranceAugmentation(configuration, seed: seed)
    }

    @Test func seedEpochAndUtteranceDecideAlone() throws {
        func gain(_ seed: UInt64, _ id: String, _ epoch: Int) throws -> Float {
            try augmentation(seed: seed).waveform(waveform, id: id, epoch: epoch).samples[1]
        }
        #expect(try gain(1, "a", 0) == gain(1, "a", 0))
        #expect(try Set([gain(1, "a", 0), gain(2, "a", 0), gain(1, "b", 0), gain(1, "a", 1)]).count == 4)
    }

    @Test func nothingIsHiddenBeforeTheFirstEpoch() throws {
        var configuration = AugmentationConfiguration()
        configuration.specAugment.frequencyMaskCount = 4
        configuration.specAugment.firstEpoch = 3
        let augmentation = try UtteranceAugmentation(configuration, seed: 1)
        func hiddenCount(epoch: Int) -> Int {
            var spectrogram = Spectrogram(values: Array(repeating: 1, count: 80), frameCount: 1, melBinCount: 80)
            augmentation.apply(to: &spectrogram, id: "a", epoch: epoch)
            return spectrogram.values.count { $0 == 0 }
        }
        #expect(hiddenCount(epoch: 0) == 0 && hiddenCount(epoch: 1) == 0)
        #expect(hiddenCount(epoch: 2) > 0)
        configuration.specAugment.firstEpoch = 0
        #expect(throws: AugmentationError.self) { try UtteranceAugmentation(configuration, seed: 1) }
    }

    @Test func featuresLikewise() throws {
        func hidden(_ seed: UInt64, _ id: String, _ epoch: Int) throws -> [Int] {
            var spectrogram = Spectrogram(values: Array(repeating: 1, count: 80), frameCount: 1, melBinCount: 80)
            try augmentation(seed: seed).apply(to: &spectrogram, id: id, epoch: epoch)
            return spectrogram.values.indices.filter { spectrogram.values[$0] == 0 }
        }
        #expect(try hidden(1, "a", 0) == hidden(1, "a", 0))
        #expect(try Set([hidden(1, "a", 0), hidden(2, "a", 0), hidden(1, "b", 0), hidden(1, "a", 1)]).count == 4)
    }
}
