/// How recordings are changed while a model learns, anew in each epoch; everything is off by default.
public struct AugmentationConfiguration: Codable, Sendable, Equatable {
    /// One is drawn for each utterance: [0.9, 1.0, 1.1] as in Ko et al. 2015, "Audio augmentation for speech recognition".
    public var speedFactors: [Double] = [1]
    public var room = RoomConfiguration()
    public var noise = NoiseConfiguration()
    public var volume = VolumeConfiguration()
    public var telephone = TelephoneConfiguration()
    public var specAugment = SpecAugmentConfiguration()

    public init() {}

    /// Whether a waveform may be changed, so that its features cannot be computed once and for all.
    public var changesWaveform: Bool {
        speedFactors.contains { $0 != 1 } || room.probability > 0 || noise.probability > 0 || volume.probability > 0
            || telephone.probability > 0
    }

    /// Refuses what cannot work, before any data is read.
    ///
    /// - Throws: `AugmentationError` naming the setting.
    public func validate() throws(AugmentationError) {
        guard !speedFactors.isEmpty, speedFactors.allSatisfy({ (0.5...2).contains($0) }) else {
            throw AugmentationError(
                "speedFactors is \(speedFactors); it must list factors between 0.5 and 2, such as [0.9, 1, 1.1]")
        }
        for (name, probability) in [
            ("room", room.probability), ("noise", noise.probability), ("volume", volume.probability),
            ("telephone", telephone.probability),
        ] where !(0...1).contains(probability) {
            throw AugmentationError("\(name).probability is \(probability); it must be between 0 and 1")
        }
        let ranges = [
            ("room", "ReverberationInSeconds", room.minimumReverberationInSeconds, room.maximumReverberationInSeconds),
            ("noise", "DecibelsBelowSpeech", noise.minimumDecibelsBelowSpeech, noise.maximumDecibelsBelowSpeech),
            ("volume", "GainInDecibels", volume.minimumGainInDecibels, volume.maximumGainInDecibels),
        ]
        for (section, name, minimum, maximum) in ranges where !(minimum <= maximum && (maximum - minimum).isFinite) {
            throw AugmentationError(
                "\(section).minimum\(name) is \(minimum) and \(section).maximum\(name) is \(maximum); the first must not be larger"
            )
        }
        if room.probability > 0 && !(0.05...2).contains(room.minimumReverberationInSeconds) {
            throw AugmentationError(
                "room.minimumReverberationInSeconds is \(room.minimumReverberationInSeconds); it must be between 0.05 and 2"
            )
        }
        if room.maximumReverberationInSeconds > 2 {
            throw AugmentationError(
                "room.maximumReverberationInSeconds is \(room.maximumReverberationInSeconds); it must be at most 2")
        }
        if noise.probability > 0 && noise.folder.isEmpty {
            throw AugmentationError(
                "noise.folder is empty; name a folder of noise recordings, or set noise.probability to 0")
        }
        try specAugment.validate()
    }
}

/// Reverberation of simulated rooms.
public struct RoomConfiguration: Codable, Sendable, Equatable {
    /// How many of the utterances are in a room, 0...1.
    public var probability = 0.0
    /// How long it takes until the sound has fallen by 60 dB.
    public var minimumReverberationInSeconds = 0.1
    public var maximumReverberationInSeconds = 0.4

    public init() {}
}

/// Noise of a folder of recordings, added to the speech.
public struct NoiseConfiguration: Codable, Sendable, Equatable {
    /// How many of the utterances are noisy, 0...1.
    public var probability = 0.0
    /// Audio files at any depth; a random stretch of a random one is taken.
    public var folder = ""
    /// The signal-to-noise ratio: the speech's mean power relative to the noise's.
    public var minimumDecibelsBelowSpeech = 5.0
    public var maximumDecibelsBelowSpeech = 25.0

    public init() {}
}

/// Louder or quieter.
public struct VolumeConfiguration: Codable, Sendable, Equatable {
    /// How many of the utterances are changed, 0...1.
    public var probability = 0.0
    public var minimumGainInDecibels = -15.0
    /// A gain that would bring the peak above full scale is reduced: nothing is clipped.
    public var maximumGainInDecibels = 5.0

    public init() {}
}

/// Speech as telephones carry it: 8 kHz, 8 bits.
public struct TelephoneConfiguration: Codable, Sendable, Equatable {
    /// How many of the utterances are heard over a telephone, 0...1.
    public var probability = 0.0

    public init() {}
}

/// An augmentation that cannot be done as it is configured.
public struct AugmentationError: Error, CustomStringConvertible, Equatable, Sendable {
    public let description: String
    public init(_ description: String) { self.description = description }
}
