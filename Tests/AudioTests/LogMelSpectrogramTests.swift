import Audio
import Files
import Glibc
import TestSupport
import Testing

@Suite("LogMelSpectrogram")
struct LogMelSpectrogramTests {
    /// The kernels of this processor: each is tested.
    static let kernels: [String] = ["plain", "avx2", "avx512"].filter {
        (try? LogMelSpectrogram(configuration: FrontendConfiguration(), kernels: $0)) != nil
    }

    /// Expected values: every tenth frame from openai-whisper and kaldi-native-fbank, by scripts/golden/features.py.
    @Test("agrees with openai-whisper and kaldi-native-fbank on a real clip", arguments: kernels)
    func goldenValues(kernels: String) throws {
        let clip = try AudioFile.waveform(path: TestFiles.clip("sentence-awb.flac"))
        for (name, kind, melBinCount, tolerance) in [
            ("whisper-80", FrontendConfiguration.Kind.whisper, 80, Float(1e-4)),
            ("whisper-128", .whisper, 128, 1e-4),
            ("kaldi-80", .kaldi, 80, 2e-3),
        ] {
            let expected = try NumPyArray(TestFiles.fixture("\(name).npy"))
            let configuration = FrontendConfiguration(kind: kind, melBinCount: melBinCount)
            let spectrogram = try LogMelSpectrogram(configuration: configuration, kernels: kernels)(clip)
            let actual = stride(from: 0, to: spectrogram.frameCount, by: 10).flatMap { frame in
                spectrogram.values[(frame * melBinCount)..<((frame + 1) * melBinCount)]
            }
            #expect(expected.shape == [actual.count / melBinCount, melBinCount])
            expectClose(actual, expected.values, absolute: tolerance, "\(name), \(kernels)")
        }
    }

    /// Expected values: the definition, with a Fourier sum and dense filters in double precision.
    @Test("agrees with the definition", arguments: FrontendConfiguration.Kind.allCases)
    func definition(kind: FrontendConfiguration.Kind) throws {
        let configuration = FrontendConfiguration(kind: kind, melBinCount: 40)
        let samples = Self.chirp(count: 1_000)
        let spectrogram = try LogMelSpectrogram(configuration: configuration)(
            Waveform(samples: samples, sampleRate: 16_000))
        let expected = naiveLogMel(samples, configuration)
        expectClose(spectrogram.values, expected, absolute: kind == .whisper ? 1e-5 : 1e-3, "\(kind)")
    }

    @Test("puts a 1 kHz tone into the mel bin around 1 kHz", arguments: FrontendConfiguration.Kind.allCases)
    func tone(kind: FrontendConfiguration.Kind) throws {
        let configuration = FrontendConfiguration(kind: kind)
        let samples = (0..<16_000).map { 0.5 * sinf(2 * .pi * 1_000 * Float($0) / 16_000) }
        let spectrogram = try LogMelSpectrogram(configuration: configuration)(
            Waveform(samples: samples, sampleRate: 16_000))
        let frame = spectrogram.values[(50 * 80)..<(51 * 80)]
        let loudest = frame.firstIndex(of: frame.max()!)! - frame.startIndex
        let frequency = MelFilterbank(configuration).centreFrequencies[loudest]
        #expect(abs(frequency - 1_000) < 60, "the loudest bin is at \(frequency) Hz")
    }

    @Test("takes any length", arguments: [0, 1, 2, 159, 160, 161, 199, 200, 201, 399, 400, 401, 559, 560, 1_000])
    func shortInput(sampleCount: Int) throws {
        for kind in FrontendConfiguration.Kind.allCases {
            for level in [Float(0), 1] {
                let configuration = FrontendConfiguration(kind: kind)
                let spectrogram = try LogMelSpectrogram(configuration: configuration)(
                    Waveform(samples: Array(repeating: level, count: sampleCount), sampleRate: 16_000))
                // whisper: a frame per 160 samples. kaldi: the first needs 400 samples, each further one 160 more.
                let expected = kind == .whisper ? sampleCount / 160 : sampleCount < 400 ? 0 : (sampleCount - 240) / 160
                #expect(spectrogram.frameCount == expected)
                #expect(spectrogram.values.count == expected * 80)
                #expect(spectrogram.values.allSatisfy { $0.isFinite })
            }
        }
    }

    @Test("puts silence around a recording")
    func silenceAround() throws {
        for kind in FrontendConfiguration.Kind.allCases {
            let configuration = FrontendConfiguration(
                kind: kind, leadingSilenceInSeconds: 0.02, trailingSilenceInSeconds: 0.05)
            let samples = Self.chirp(count: 16_050)
            let (before, behind) = ([Float](repeating: 0, count: 320), [Float](repeating: 0, count: 800))
            let expected = try LogMelSpectrogram(configuration: FrontendConfiguration(kind: kind))(
                Waveform(samples: before + samples + behind, sampleRate: 16_000))
            let actual = try LogMelSpectrogram(configuration: configuration)(
                Waveform(samples: samples, sampleRate: 16_000))
            #expect(actual == expected)
            #expect(configuration.frameCount(sampleCount: 16_050) == expected.frameCount)
            let nothing = Waveform(samples: [], sampleRate: 16_000)
            #expect(try LogMelSpectrogram(configuration: configuration)(nothing).frameCount == 0)
        }
    }

    @Test("gives silence its floor")
    func silence() throws {
        let waveform = Waveform(samples: Array(repeating: 0, count: 1_600), sampleRate: 16_000)
        // whisper: log10(1e-10) = -10, and (-10 + 4) / 4 = -1.5. kaldi: ln(2^-23) = -15.942385.
        let whisper = try LogMelSpectrogram(configuration: FrontendConfiguration(kind: .whisper))(waveform)
        expectClose(whisper.values, Array(repeating: -1.5, count: 800), absolute: 1e-6, "whisper")
        let kaldi = try LogMelSpectrogram(configuration: FrontendConfiguration(kind: .kaldi))(waveform)
        expectClose(kaldi.values, Array(repeating: -15.942385, count: 640), absolute: 1e-5, "kaldi")
    }

    @Test("gives the same bits on every thread")
    func threads() async throws {
        let logMel = try LogMelSpectrogram(configuration: FrontendConfiguration())
        let waveform = Waveform(samples: Self.chirp(count: 48_000), sampleRate: 16_000)
        let expected = try logMel(waveform)
        try await withThrowingTaskGroup(of: Spectrogram.self) { group in
            for _ in 0..<8 { group.addTask { try logMel(waveform) } }
            for try await actual in group { #expect(actual == expected) }
        }
        let again = try LogMelSpectrogram(configuration: FrontendConfiguration())(waveform)
        #expect(again == expected)
    }

    @Test("refuses other sample rates and impossible settings")
    func refusals() throws {
        let logMel = try LogMelSpectrogram(configuration: FrontendConfiguration())
        let error = #expect(throws: FrontendError.self) { try logMel(Waveform(samples: [0], sampleRate: 8_000)) }
        #expect(error?.description == "frontend: audio at 8000 Hz for features at 16000 Hz; resample it first")
        #expect(throws: FrontendError.self) {
            try LogMelSpectrogram(configuration: FrontendConfiguration(melBinCount: 0))
        }
        #expect(throws: FrontendError.self) {
            try LogMelSpectrogram(configuration: FrontendConfiguration(melBinCount: 201))
        }
        #expect(throws: FrontendError.self) {
            try LogMelSpectrogram(configuration: FrontendConfiguration(sampleRate: 0))
        }
        #expect(throws: FrontendError.self) {
            try LogMelSpectrogram(configuration: FrontendConfiguration(trailingSilenceInSeconds: -1))
        }
        #expect(throws: FrontendError.self) {
            try LogMelSpectrogram(configuration: FrontendConfiguration(leadingSilenceInSeconds: 31))
        }
        #expect(throws: FrontendError.self) {
            try LogMelSpectrogram(configuration: FrontendConfiguration(), kernels: "abacus")
        }
    }

    /// A tone that rises from 100 Hz, with a little noise.
    static func chirp(count: Int) -> [Float] {
        var noise: UInt32 = 1
        return (0..<count).map { index in
            noise = noise &* 1_664_525 &+ 1_013_904_223
            let phase = 0.04 * Double(index) + 2e-4 * Double(index) * Double(index)
            return Float(0.5 * sin(phase)) + Float(noise >> 8) / 16_777_216 * 0.01
        }
    }

    /// `[frame, melBin]` by the plainest means.
    private func naiveLogMel(_ samples: [Float], _ configuration: FrontendConfiguration) -> [Float] {
        let isWhisper = configuration.kind == .whisper
        let windowLength = 400
        let fftSize = isWhisper ? 400 : 512
        let filterbank = MelFilterbank(configuration)
        var result: [Double] = []
        for frame in 0..<configuration.frameCount(sampleCount: samples.count) {
            var window = (0..<windowLength).map { index -> Double in
                var position = frame * 160 + index - (isWhisper ? 200 : 0)
                if position < 0 { position = -position }
                if position >= samples.count { position = 2 * (samples.count - 1) - position }
                return Double(samples[position]) * (isWhisper ? 1 : 32_768)
            }
            if !isWhisper {
                let mean = window.reduce(0, +) / Double(windowLength)
                window = window.map { $0 - mean }
                window = window.indices.map { window[$0] - 0.97 * window[max(0, $0 - 1)] }
            }
            window = window.indices.map { index in
                let period = Double(isWhisper ? windowLength : windowLength - 1)
                let hann = 0.5 - 0.5 * cos(2 * .pi * Double(index) / period)
                return window[index] * (isWhisper ? hann : pow(hann, 0.85))
            }
            let power = (0...(fftSize / 2)).map { bin -> Double in
                var (re, im) = (0.0, 0.0)
                for (index, value) in window.enumerated() {
                    let angle = -2 * .pi * Double(bin * index % fftSize) / Double(fftSize)
                    re += value * cos(angle)
                    im += value * sin(angle)
                }
                return re * re + im * im
            }
            for filter in filterbank.filters {
                let energy = filter.weights.indices.reduce(0.0) {
                    $0 + Double(filter.weights[$1]) * power[filter.firstBin + $1]
                }
                result.append(isWhisper ? log10(max(energy, 1e-10)) : log(max(energy, Double(Float.ulpOfOne))))
            }
        }
        guard isWhisper, let largest = result.max() else { return result.map { Float($0) } }
        return result.map { Float((max($0, largest - 8) + 4) / 4) }
    }
}
