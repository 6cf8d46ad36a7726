import Audio
import Files
import Foundation
import TestSupport
import Testing

/// SplitMix64 (Steele, Lea and Flood 2014).
private struct Generator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

/// Frame `t` of the ramp holds t + 1 in all bins: nothing is 0, so that 0 shows what was hidden.
private func ramp(frameCount: Int, melBinCount: Int) -> Spectrogram {
    Spectrogram(
        values: (0..<frameCount * melBinCount).map { Float($0 / melBinCount + 1) }, frameCount: frameCount,
        melBinCount: melBinCount)
}

private func sine(_ frequency: Double, seconds: Double = 1, amplitude: Float = 0.5) -> Waveform {
    let samples = (0..<Int(16_000 * seconds)).map { amplitude * Float(sin(2 * .pi * frequency * Double($0) / 16_000)) }
    return Waveform(samples: samples, sampleRate: 16_000)
}

struct SpecAugmentTests {
    @Test func bandsAndStretchesAreSetToTheFill() {
        var spectrogram = ramp(frameCount: 3, melBinCount: 3)
        SpecAugment.hideBand(1..<2, of: &spectrogram, fill: 9)
        expectClose(spectrogram.values, [1, 9, 1, 2, 9, 2, 3, 9, 3])
        SpecAugment.hideFrames(2..<3, of: &spectrogram, fill: 0)
        expectClose(spectrogram.values, [1, 9, 1, 2, 9, 2, 0, 0, 0])
        SpecAugment.hideFrames(1..<1, of: &spectrogram, fill: 7)
        SpecAugment.hideBand(0..<0, of: &spectrogram, fill: 7)
        expectClose(spectrogram.values, [1, 9, 1, 2, 9, 2, 0, 0, 0])
    }

    /// Five frames, the content of frame 1 moves to frame 2. Frames 0, 1, 2 take 0, 1/2, 1; frames 3 and 4 take 1 + 3/2 and 4.
    @Test func timeIsWarpedLinearlyRoundTheMovedFrame() {
        var spectrogram = ramp(frameCount: 5, melBinCount: 1)
        SpecAugment.warpTime(&spectrogram, from: 1, to: 2)
        expectClose(spectrogram.values, [1, 1.5, 2, 3.5, 5], absolute: 1e-6)
        var unmoved = ramp(frameCount: 5, melBinCount: 2)
        SpecAugment.warpTime(&unmoved, from: 3, to: 3)
        #expect(unmoved == ramp(frameCount: 5, melBinCount: 2))
    }

    @Test func nothingIsDoneByDefault() {
        var spectrogram = ramp(frameCount: 100, melBinCount: 80)
        var generator = Generator(state: 1)
        SpecAugment.apply(SpecAugmentConfiguration(), to: &spectrogram, using: &generator)
        #expect(spectrogram == ramp(frameCount: 100, melBinCount: 80))
        #expect(generator.state == 1)
    }

    @Test(arguments: [1, 2, 3, 10, 1_000]) func masksKeepToTheirLimits(frameCount: Int) {
        var configuration = SpecAugmentConfiguration()
        configuration.timeWarpFrameCount = 80
        configuration.frequencyMaskCount = 1
        configuration.timeMaskCount = 1
        var widest = (bins: 0, frames: 0)
        for seed in 0..<200 {
            var spectrogram = ramp(frameCount: frameCount, melBinCount: 80)
            var generator = Generator(state: UInt64(seed))
            SpecAugment.apply(configuration, to: &spectrogram, using: &generator)
            let rows = (0..<frameCount).map { Array(spectrogram.values[$0 * 80..<($0 + 1) * 80]) }
            let hiddenFrames = rows.count { $0.allSatisfy { $0 == 0 } }
            let hiddenBins = (0..<80).count { bin in rows.allSatisfy { $0[bin] == 0 } }
            if hiddenFrames < frameCount { widest.bins = max(widest.bins, hiddenBins) }
            widest.frames = max(widest.frames, hiddenFrames)
            // What is not hidden is still a ramp from 1 to the number of frames.
            let shown = rows.compactMap { $0.first { $0 != 0 } }
            #expect(shown == shown.sorted())
            #expect(shown.allSatisfy { (1...Float(frameCount)).contains($0) })
        }
        // 27 bins and a fifth of the frames, at most 100: both are reached in 200 draws of at most 101 widths.
        #expect((26...27).contains(widest.bins))
        let limit = min(100, frameCount / 5)
        #expect((limit - limit / 20...limit).contains(widest.frames))
    }

    @Test func longerUtterancesHaveMoreTimeMasks() {
        var configuration = SpecAugmentConfiguration()
        configuration.timeMasksPerSecond = 1
        configuration.maximumTimeMaskWidth = 1
        /// Masks of 0 or 1 frame: the hidden frames of many seeds tell how many masks there are, half of them visible.
        func meanHiddenFrames(_ frameCount: Int) -> Double {
            let hidden = (0..<300).map { seed -> Int in
                var spectrogram = ramp(frameCount: frameCount, melBinCount: 1)
                var generator = Generator(state: UInt64(seed))
                SpecAugment.apply(configuration, to: &spectrogram, using: &generator)
                return spectrogram.values.count { $0 == 0 }
            }
            return Double(hidden.reduce(0, +)) / 300
        }
        #expect(meanHiddenFrames(90) == 0)
        #expect(abs(meanHiddenFrames(1_000) - 5) < 0.4)  // 10 masks; three standard deviations are 0.27
        #expect(abs(meanHiddenFrames(10_000) - 10) < 0.5)  // limited to 20
    }

    @Test func sameGeneratorSameResult() {
        var configuration = SpecAugmentConfiguration()
        configuration.timeWarpFrameCount = 80
        configuration.frequencyMaskCount = 2
        configuration.timeMaskCount = 2
        func result(_ seed: UInt64) -> Spectrogram {
            var spectrogram = ramp(frameCount: 500, melBinCount: 80)
            var generator = Generator(state: seed)
            SpecAugment.apply(configuration, to: &spectrogram, using: &generator)
            return spectrogram
        }
        #expect(result(5) == result(5))
        #expect(result(5) != result(6))
    }
}

struct WaveformLevelTests {
    @Test func gainIsInDecibelsAndNeverClips() {
        let waveform = Waveform(samples: [0.5, -0.25], sampleRate: 16_000)
        expectClose(waveform.withGain(inDecibels: 20 * log10(0.5)).samples, [0.25, -0.125], relative: 1e-6)
        expectClose(waveform.withGain(inDecibels: 20 * log10(1.5)).samples, [0.75, -0.375], relative: 1e-6)
        expectClose(waveform.withGain(inDecibels: 40).samples, [1, -0.5], relative: 1e-6)
        let silence = Waveform(samples: [0, 0], sampleRate: 16_000)
        #expect(silence.withGain(inDecibels: 40) == silence)
        // Beyond full scale already: made no louder, and no quieter.
        #expect(Waveform(samples: [2], sampleRate: 1).withGain(inDecibels: 6).samples == [2])
    }

    /// Powers 4 and 1; at 6.02 dB the noise shall have power 1, at 0 dB power 4: twice its amplitude.
    @Test func noiseIsMixedAtTheRatioOfPowers() {
        let speech = Waveform(samples: [2, -2], sampleRate: 16_000)
        let noise = Waveform(samples: [1, 1], sampleRate: 16_000)
        expectClose(
            speech.mixed(with: noise, atSignalToNoiseRatioInDecibels: 10 * log10(4)).samples, [3, -1], relative: 1e-6)
        expectClose(speech.mixed(with: noise, atSignalToNoiseRatioInDecibels: 0).samples, [4, 0], absolute: 1e-6)
        let silence = Waveform(samples: [0, 0], sampleRate: 16_000)
        #expect(speech.mixed(with: silence, atSignalToNoiseRatioInDecibels: 5) == speech)
        #expect(silence.mixed(with: noise, atSignalToNoiseRatioInDecibels: 5) == silence)
    }

    /// At 1.1 times the speed 440 Hz become 484 Hz, in 1 / 1.1 of the time: counted by zero crossings.
    @Test(arguments: [0.9, 1.0, 1.1]) func speedChangesDurationAndPitch(factor: Double) throws {
        let result = try sine(440, seconds: 2).atSpeed(factor)
        #expect(abs(result.durationInSeconds - 2 / factor) < 1e-3)
        let middle = result.samples[4_000..<20_000]  // One second, away from the ends.
        let crossings = zip(middle, middle.dropFirst()).count { $0 < 0 && $1 >= 0 }
        #expect(abs(Double(crossings) - 440 * factor) < 1.5)
        if factor == 1 { #expect(result == sine(440, seconds: 2)) }
    }
}

struct SimulatedRoomTests {
    /// A cube of 4 m, speaker and microphone 1 m apart on an axis through its middle (x from 1.5 to 2.5). After the direct sound
    /// come, at 343 samples a second and thus one sample a metre: along x images at distances 1.5 + 2.5 = 4 and 4, both with
    /// one reflection; across, four at sqrt(1 + 4^2) = 4.123.
    @Test func firstReflectionsOfACube() {
        let room = SimulatedRoom(
            size: [4, 4, 4], speaker: [1.5, 2, 2], microphone: [2.5, 2, 2], reverberationInSeconds: 0.02)
        let reflection = exp(-12 * log(10.0) * 64 / (343 * 96 * 0.02))
        let response = room.impulseResponse(sampleRate: 343)
        #expect(response.count == 6)
        #expect(response[0] == 1)
        expectClose(Array(response[1...2]), [0, 0])
        // Delays of 3 and 3.123 samples.
        let (near, far) = (2 * reflection / 4, 4 * reflection / 17.0.squareRoot())
        let late = 17.0.squareRoot() - 4
        expectClose([response[3]], [Float(near + far * (1 - late))], relative: 1e-5)
        // Sample 4 begins with the rest of those four; the next images have two reflections: sqrt(4^2 + 4^2) = 5.66, later.
        #expect(response[4] >= Float(far * late))
    }

    @Test(arguments: [0.1, 0.3, 0.5]) func soundFallsBySixtyDecibelsInTheTimeOfReverberation(seconds: Double) {
        var generator = Generator(state: 3)
        for _ in 0..<5 {
            let room = SimulatedRoom(reverberationInSeconds: seconds, using: &generator)
            let response = room.impulseResponse(sampleRate: 16_000)
            #expect(response.count == Int(seconds * 16_000))
            #expect(abs(response[0] - 1) < 0.2)
            // Energy of the second and of the fourth fifth: two fifths of the time, 24 dB. The image method's decay is not quite
            // exponential, for sound along the longest side lives longest.
            func energy(_ fifth: Int) -> Double {
                let count = response.count / 5
                return response[fifth * count..<(fifth + 1) * count].reduce(0) { $0 + Double($1) * Double($1) }
            }
            let decay = 10 * log10(energy(1) / energy(3))
            #expect((12...30).contains(decay), "\(decay) dB in \(room)")
        }
    }

    @Test func convolutionEqualsItsDefinition() {
        var generator = Generator(state: 4)
        for (count, kernelCount) in [(1, 1), (5, 3), (3, 5), (1_000, 700), (5_000, 513), (2_048, 512)] {
            let signal = (0..<count).map { _ in Float.random(in: -1...1, using: &generator) }
            let kernel = (0..<kernelCount).map { _ in Float.random(in: -1...1, using: &generator) }
            // Unit power in, unit power out: compare up to the one factor that keeps the power.
            let reverberated = Waveform(samples: signal, sampleRate: 16_000).reverberated(with: kernel).samples
            let direct = (0..<count).map { n in
                (max(0, n - kernelCount + 1)...n).reduce(0.0) { $0 + Double(signal[$1]) * Double(kernel[n - $1]) }
            }
            let scale = (signal.reduce(0) { $0 + Double($1 * $1) } / direct.reduce(0) { $0 + $1 * $1 }).squareRoot()
            expectClose(reverberated, direct.map { Float($0 * scale) }, absolute: 1e-5, "\(count) and \(kernelCount)")
        }
    }
}

struct WaveformAugmentationTests {
    @Test func offByDefault() throws {
        var generator = Generator(state: 1)
        let augmentation = try WaveformAugmentation(AugmentationConfiguration())
        #expect(!augmentation.configuration.changesWaveform)
        #expect(try augmentation.augmented(sine(440), using: &generator) == sine(440))
    }

    @Test func everythingAtOnceDependsOnTheGeneratorOnly() throws {
        let folder = try TemporaryFolder()
        try folder.write("deep/short.wav", bytes: Array(wave(seconds: 0.3)))
        try folder.write("long.wav", bytes: Array(wave(seconds: 3)))
        try folder.write("README.txt", "no audio")
        try folder.write("deep/._short.wav", "no audio either")

        var configuration = AugmentationConfiguration()
        configuration.speedFactors = [0.9, 1, 1.1]
        configuration.room.probability = 0.5
        configuration.noise.probability = 0.5
        configuration.noise.folder = folder.path
        configuration.volume.probability = 0.5
        let augmentation = try WaveformAugmentation(configuration)
        func result(_ seed: UInt64) throws -> Waveform {
            var generator = Generator(state: seed)
            return try augmentation.augmented(sine(440), using: &generator)
        }
        var lengths: Set<Int> = []
        for seed in 0..<20 {
            let first = try result(UInt64(seed))
            #expect(try result(UInt64(seed)) == first)
            #expect(first.samples.allSatisfy { $0.isFinite })
            lengths.insert(first.samples.count)
        }
        #expect(lengths.count == 3)
        #expect(try result(1) != result(2))
    }

    /// Noise shorter than the speech is repeated; of longer noise a stretch is taken.
    @Test func stretchesHaveTheLengthAskedFor() throws {
        let folder = try TemporaryFolder()
        try folder.write("a.wav", bytes: Array(wave(seconds: 0.5)))
        for longestKept in [0, 0.6] {  // Read from the file each time, and kept in memory.
            let library = try NoiseLibrary(folder: folder.path, sampleRate: 16_000, longestKeptInSeconds: longestKept)
            var generator = Generator(state: 1)
            let long = try library.stretch(sampleCount: 20_000, using: &generator)
            #expect(long.samples.count == 20_000)
            #expect(Array(long.samples[..<8_000]) == Array(long.samples[8_000..<16_000]))
            expectClose(Array(long.samples[..<8_000]), sine(200, seconds: 0.5).samples, absolute: 1e-4)
            let short = try library.stretch(sampleCount: 100, using: &generator).samples
            #expect(short.count == 100)
            #expect(short.contains { abs($0) > 0.1 })
        }
    }

    @Test func settingsThatCannotWorkAreNamed() {
        func message(_ change: (inout AugmentationConfiguration) -> Void) -> String? {
            var configuration = AugmentationConfiguration()
            change(&configuration)
            do { _ = try WaveformAugmentation(configuration) } catch { return "\(error)" }
            return nil
        }
        // Drawing so many masks would never end.
        #expect(
            message { $0.specAugment.frequencyMaskCount = .max }
                == "specAugment.frequencyMaskCount is 9223372036854775807; it must be at most 1000")
        #expect(message { $0.specAugment.timeMaskCount = 1_001 }?.hasSuffix("it must be at most 1000") == true)
        #expect(message { $0.specAugment.timeMaskCount = 1_000 } == nil)
        #expect(message { $0.speedFactors = [] }?.hasPrefix("speedFactors is []") == true)
        #expect(message { $0.speedFactors = [10] }?.hasPrefix("speedFactors is [10.0]") == true)
        #expect(message { $0.volume.probability = 2 } == "volume.probability is 2.0; it must be between 0 and 1")
        #expect(
            message { $0.noise.minimumDecibelsBelowSpeech = 50 }?.hasPrefix("noise.minimumDecibelsBelowSpeech") == true)
        #expect(message { $0.noise.probability = 1 }?.hasPrefix("noise.folder is empty") == true)
        #expect(
            message {
                $0.noise.probability = 1
                $0.noise.folder = "/no/such/folder"
            } == "noise.folder: /no/such/folder is not a folder that can be read")
        #expect(
            message {
                $0.room.probability = 1
                $0.room.minimumReverberationInSeconds = 0
            }?.hasPrefix("room.minimumReverberationInSeconds is 0.0") == true)
        #expect(
            message { $0.specAugment.timeMaskCount = -1 } == "specAugment.timeMaskCount is -1; it must not be negative")
    }

    /// A WAV file of 16-bit samples at 16 kHz: a sine of 200 Hz.
    private func wave(seconds: Double) -> Data {
        func bytes(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        let samples = sine(200, seconds: seconds).samples.flatMap { sample -> [UInt8] in
            let value = UInt16(bitPattern: Int16(sample * 32_767))
            return [UInt8(truncatingIfNeeded: value), UInt8(value >> 8)]
        }
        return Data(
            Array("RIFF".utf8) + bytes(UInt32(36 + samples.count)) + Array("WAVEfmt ".utf8) + bytes(16) + [1, 0, 1, 0]
                + bytes(16_000) + bytes(32_000) + [2, 0, 16, 0] + Array("data".utf8) + bytes(UInt32(samples.count))
                + samples)
    }
}

@Suite struct TelephoneTests {
    /// What lies above half of 8 kHz is not there any more.
    @Test func highSoundsAreLost() throws {
        let heard = try sine(6_000).overTelephone()
        #expect(abs(heard.samples.count - 16_000) <= 1 && heard.sampleRate == 16_000)
        #expect(heard.meanPower < 1e-4 * sine(6_000).meanPower)
    }

    /// Bennett's formula for a mu-law of 8 bits: 38 dB below a loud sine; at least 33 dB are asked for.
    @Test func lowSoundsStay() throws {
        let (said, heard) = (sine(1_000), try sine(1_000).overTelephone())
        // The filters ring at both ends.
        let inner = 1_000..<15_000
        let error = Waveform(samples: inner.map { heard.samples[$0] - said.samples[$0] }, sampleRate: 16_000)
        #expect(error.meanPower < said.meanPower * pow(10, -3.3))
        #expect(error.meanPower > said.meanPower * pow(10, -4.5), "8 bits are not heard")
    }

    @Test func asManyUtterancesAsTheProbabilitySays() throws {
        var configuration = AugmentationConfiguration()
        configuration.telephone.probability = 0.25
        #expect(configuration.changesWaveform)
        let augmentation = try WaveformAugmentation(configuration)
        var generator = Generator(state: 3)
        let high = sine(6_000, seconds: 0.1)
        let count = try (0..<400).count { _ in try augmentation.augmented(high, using: &generator) != high }
        // 100, with a standard deviation of 8.7.
        #expect(70...130 ~= count, "\(count)")
        configuration.telephone.probability = 2
        #expect(throws: AugmentationError.self) { try WaveformAugmentation(configuration) }
    }
}
