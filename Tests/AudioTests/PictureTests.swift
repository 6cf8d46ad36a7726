import Audio
import Files
import FoundationEssentials
import Pictures
import Testing

@Suite("Spectrogram picture")
struct PictureTests {
    /// A PNG file taken apart: its size, its palette and its rows of colour numbers.
    private struct Picture {
        var (width, height) = (0, 0)
        var palette: [UInt8] = []
        var rows: [[UInt8]] = []

        init(_ data: Data) throws {
            let bytes = [UInt8](data)
            #expect(bytes.prefix(8) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
            func number(_ offset: Int) -> Int { bytes[offset..<(offset + 4)].reduce(0) { $0 << 8 | Int($1) } }
            var offset = 8
            var names: [String] = []
            while offset < bytes.count {
                let length = number(offset)
                let name = String(decoding: bytes[(offset + 4)..<(offset + 8)], as: UTF8.self)
                let body = Array(bytes[(offset + 8)..<(offset + 8 + length)])
                #expect(number(offset + 8 + length) == Self.crc(Array(name.utf8) + body), "\(name)")
                names.append(name)
                switch name {
                case "IHDR":
                    (width, height) = (number(offset + 8), number(offset + 12))
                    #expect(Array(body.suffix(5)) == [8, 3, 0, 0, 0])
                case "PLTE": palette = body
                case "IDAT":
                    let content = try Inflate.content(ofZlibStream: body)
                    #expect(content.count == (width + 1) * height)
                    rows = (0..<height).map { Array(content[($0 * (width + 1))..<(($0 + 1) * (width + 1))]) }
                    #expect(rows.allSatisfy { $0[0] == 0 })
                default: break
                }
                offset += 12 + length
            }
            #expect(names == ["IHDR", "PLTE", "IDAT", "IEND"])
        }

        /// CRC-32 bit by bit.
        private static func crc(_ bytes: [UInt8]) -> Int {
            var remainder: UInt32 = ~0
            for byte in bytes {
                remainder ^= UInt32(byte)
                for _ in 0..<8 { remainder = remainder & 1 == 1 ? remainder >> 1 ^ 0xEDB8_8320 : remainder >> 1 }
            }
            return Int(~remainder)
        }
    }

    private func picture(samples: [Float], kind: FrontendConfiguration.Kind = .whisper, bins: Int = 80) throws
        -> Picture
    {
        let frontend = FrontendConfiguration(kind: kind, melBinCount: bins)
        let spectrogram = try LogMelSpectrogram(configuration: frontend)(Waveform(samples: samples, sampleRate: 16_000))
        return try Picture(SpectrogramPicture(spectrogram, configuration: frontend, title: "a clip, ünïcode").png)
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

    // 2 x 3 values, 107 pixels wide (the first whole number that gives 320) and 100 high (200); 0 is the first colour, the
    // largest the last of the 192, half of it colour 96.
    @Test func matrix() throws {
        let matrix = MatrixPicture([0, 1, 2, 4, .nan, 0], rowCount: 2, columnCount: 3)
        #expect(matrix.width == 321 && matrix.height == 200)
        let picture = try Picture(matrix.png)
        #expect(picture.width == 321 && picture.height == 200)
        let (top, bottom) = (picture.rows[0].dropFirst(), picture.rows[199].dropFirst())
        func runs(_ row: ArraySlice<UInt8>) -> [UInt8] { [row[1], row[107], row[108], row[214], row[215], row[321]] }
        #expect(runs(top) == [0, 0, 48, 48, 96, 96])
        #expect(runs(bottom) == [191, 191, 0, 0, 0, 0])
        #expect(picture.rows[99] == picture.rows[0] && picture.rows[100] == picture.rows[199])
        let dark = try Picture(MatrixPicture([0, 0], rowCount: 1, columnCount: 2).png)
        #expect(dark.rows.allSatisfy { $0.allSatisfy { $0 == 0 } })
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
