import Audio
import Numerics
import Tensors

/// Changes utterances while a model learns: what is drawn depends on the seed, the epoch and the utterance's id alone, so it is
/// the same for any number of threads, and after a restart.
public struct UtteranceAugmentation: Sendable {
    private let waveformAugmentation: WaveformAugmentation
    private let key: RandomKey

    /// - Parameter sampleRate: Of the waveforms, in Hz.
    /// - Throws: `AugmentationError` for settings that cannot work; `AudioError` for noise that cannot be read.
    public init(_ configuration: AugmentationConfiguration, sampleRate: Int = 16_000, seed: UInt64) throws {
        waveformAugmentation = try WaveformAugmentation(configuration, sampleRate: sampleRate)
        key = RandomKey(seed: seed).derived("augmentation")
    }

    public var configuration: AugmentationConfiguration { waveformAugmentation.configuration }

    /// The waveform of an utterance in an epoch: speed, room, noise, volume and telephone.
    public func waveform(_ waveform: Waveform, id: String, epoch: Int) throws -> Waveform {
        var generator = key.derived("waveform").derived(epoch).derived(id).generator
        return try waveformAugmentation.augmented(waveform, using: &generator)
    }

    /// SpecAugment of the normalised features (mean 0, which is what hidden values become) of an utterance in an epoch; nothing
    /// in the epochs before it begins.
    ///
    /// - Parameter epoch: counted from 0.
    public func apply(to spectrogram: inout Spectrogram, id: String, epoch: Int) {
        guard epoch + 1 >= configuration.specAugment.firstEpoch else { return }
        var generator = key.derived("spectrogram").derived(epoch).derived(id).generator
        SpecAugment.apply(configuration.specAugment, to: &spectrogram, using: &generator)
    }
}
