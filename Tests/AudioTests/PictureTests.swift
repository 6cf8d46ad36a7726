import Audio
import Files
import TestSupport
import Testing

@Suite("Spectrogram picture")
struct PictureTests {
    private func picture(samples: [Float], kind: FrontendConfiguration.Kind = .whisper, bins: Int = 80) throws
        -> PNGPicture
    {
        let frontend = FrontendConfiguration(kind: kind, melBinCount: bins)
        let spectrogram = try LogMelSpectrogram(configuration: frontend)(Waveform(samples: samples, sampleRate: 16_000))
        return try PNGPicture(SpectrogramPicture(spectrogram, configuration: frontend, title: "a clip, ünïcode").png)
    }

    /// The plot begins 108 columns from the left and 64 rows from the top; with 80 bins, each has 6 rows.
    @Test("shows a tone as a bright line at its frequency", arguments: FrontendConfiguration.Kind.allCases)
    func tone(kind: FrontendConfiguration.Kind) throws {
        let frontend = FrontendConfiguration(kind: kind)
        let picture = try picture(samples: AudioWriter.sine(frequency: 2_000, count: 16_000), kind: kind)
        #expect(picture.width == 108 + 960 + 148 && picture.height == 64 + 480 + 84)
        let column = picture.rows[64..<544].map { $0[1 + 108 + 480] }
        let brightest = column.firstIndex(of: column.max()!)!
        let bin = 79 - brightest / 6
        #expect(abs(MelFilterbank(frontend).centreFrequencies[bin] - 2_000) < 100)
        #expect(column[0] < 100, "8 kHz is dark")
    }

    @Test("grows with the recording up to 2000 columns", arguments: [0, 160, 16_000, 1_200 * 160, 5_000 * 160])
    func sizes(sampleCount: Int) throws {
        let picture = try picture(samples: LogMelSpectrogramTests.chirp(count: sampleCount))
        #expect(picture.width == 108 + min(2_000, max(960, sampleCount / 160)) + 148)
        #expect(picture.palette.count == 3 * 256)
    }

    @Test("keeps to the size of many bins, and shows silence dark")
    func silence() throws {
        let picture = try picture(samples: [Float](repeating: 0, count: 16_000), bins: 128)
        #expect(picture.height == 64 + 3 * 128 + 84)
        #expect(picture.rows[64..<(64 + 384)].allSatisfy { $0[109..<1_069].allSatisfy { $0 == 0 } })
    }
}

@Suite("NumPyFile")
struct NumPyFileTests {
    @Test("is read back as it was", arguments: [[0, 80], [3, 2], [6], [1, 1, 6]])
    func roundTrip(shape: [Int]) throws {
        let count = shape.reduce(1, *)
        let values = (0..<count).map { Float($0) * 0.1 - 0.25 }
        let array = try NumPyArray(NumPyFile.encoded(values, shape: shape))
        #expect(array.shape == shape)
        #expect(array.values == values)
    }
}
