/// Changes recordings as an `AugmentationConfiguration` says: speed, then room, then noise, then volume, then telephone.
///
/// What is drawn depends on nothing but the generator: seeded for (seed, epoch, utterance), the result is the same for any
/// number of threads.
public struct WaveformAugmentation: Sendable {
    public let configuration: AugmentationConfiguration
    private let sampleRate: Int
    private let noise: NoiseLibrary?

    /// - Parameter sampleRate: Of the waveforms, in Hz.
    /// - Throws: `AugmentationError` for settings that cannot work; `AudioError` for noise that cannot be read.
    public init(_ configuration: AugmentationConfiguration, sampleRate: Int = 16_000) throws {
        try configuration.validate()
        self.configuration = configuration
        self.sampleRate = sampleRate
        noise =
            configuration.noise.probability > 0
            ? try NoiseLibrary(folder: configuration.noise.folder, sampleRate: sampleRate) : nil
    }

    /// The changed waveform, at the same sample rate; its length changes with the speed.
    public func augmented(
        _ waveform: Waveform, using generator: inout some RandomNumberGenerator
    ) throws(AudioError) -> Waveform {
        precondition(
            waveform.sampleRate == sampleRate,
            "WaveformAugmentation: \(waveform.sampleRate) Hz, but made for \(sampleRate) Hz")
        var result = waveform
        if configuration.speedFactors.count > 1 || configuration.speedFactors[0] != 1 {
            result = try result.atSpeed(generator.element(of: configuration.speedFactors))
        }
        if generator.chance(configuration.room.probability) {
            let room = configuration.room
            let seconds = generator.uniform(in: room.minimumReverberationInSeconds...room.maximumReverberationInSeconds)
            let simulated = SimulatedRoom(reverberationInSeconds: seconds, using: &generator)
            result = result.reverberated(with: simulated.impulseResponse(sampleRate: result.sampleRate))
        }
        if let noise, generator.chance(configuration.noise.probability), !result.samples.isEmpty {
            let settings = configuration.noise
            let ratio = generator.uniform(in: settings.minimumDecibelsBelowSpeech...settings.maximumDecibelsBelowSpeech)
            let stretch = try noise.stretch(
                sampleCount: result.samples.count, using: &generator)
            result = result.mixed(with: stretch, atSignalToNoiseRatioInDecibels: ratio)
        }
        if generator.chance(configuration.volume.probability) {
            let volume = configuration.volume
            let gain = generator.uniform(in: volume.minimumGainInDecibels...volume.maximumGainInDecibels)
            result = result.withGain(inDecibels: gain)
        }
        if generator.chance(configuration.telephone.probability) { result = try result.overTelephone() }
        return result
    }
}
