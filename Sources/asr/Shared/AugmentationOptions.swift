import ArgumentParser
import Audio
import Configuration
import Datasets

/// `--augment` and `--seed`: what training does to a recording, to look at it.
struct AugmentationOptions: ParsableArguments {
    @Option(
        name: .customLong("augment"), parsing: .singleValue,
        help: ArgumentHelp(
            """
            Change the recording as training does: a setting of augmentation, for example specAugment.timeMaskCount=2, \
            speedFactors=[0.9] or room.probability=1. May be given several times.
            """,
            valueName: "key=value"))
    var settings: [String] = []

    @Option(help: ArgumentHelp("Another seed draws another change (with --augment).", valueName: "n"))
    var seed: UInt64 = 1

    /// The augmentation asked for; nil without `--augment`.
    ///
    /// - Throws: `ConfigurationError` for an unknown setting, `AugmentationError` for one that cannot work.
    func augmentation(sampleRate: Int) throws -> UtteranceAugmentation? {
        if settings.isEmpty { return nil }
        let configuration = try YAMLConfiguration.load(
            AugmentationConfiguration(), path: nil, overrides: settings, overrideOption: "--augment")
        return try UtteranceAugmentation(configuration, sampleRate: sampleRate, seed: seed)
    }
}

extension UtteranceAugmentation {
    /// SpecAugment of features that are not normalised: hidden values become the mean of all.
    func apply(toUnnormalized spectrogram: inout Spectrogram, id: String) {
        guard !spectrogram.values.isEmpty else { return }
        let mean = Float(spectrogram.values.reduce(0.0) { $0 + Double($1) } / Double(spectrogram.values.count))
        for index in spectrogram.values.indices { spectrogram.values[index] -= mean }
        apply(to: &spectrogram, id: id, epoch: configuration.specAugment.firstEpoch - 1)
        for index in spectrogram.values.indices { spectrogram.values[index] += mean }
    }
}
