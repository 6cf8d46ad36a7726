import CSndFile
import Files
import Glibc
import Testing

/// Writes test sounds with libsndfile, in any of its formats.
enum AudioWriter {
    /// A format of libsndfile with the loss that its coding may bring.
    struct Format: Sendable, CustomTestStringConvertible {
        let name: String
        let code: Int
        /// Largest difference of a decoded sample that the format may have by its number of bits; nil: compare loudness only.
        let tolerance: Float?
        var testDescription: String { name }

        static let mpeg = 0x23_0000 | 0x82  // SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, by number: 1.0 lacks the names

        /// Rounding to n bits moves a sample by at most 2^-n; 1.5 of that allows for either convention of full scale.
        static let all: [Format] = [
            Format(name: "WAV 8 bit", code: SF_FORMAT_WAV | SF_FORMAT_PCM_U8, tolerance: 1.5 / 128),
            Format(name: "WAV 16 bit", code: SF_FORMAT_WAV | SF_FORMAT_PCM_16, tolerance: 1.5 / 32_768),
            Format(name: "WAV 24 bit", code: SF_FORMAT_WAV | SF_FORMAT_PCM_24, tolerance: 1.5 / 8_388_608),
            Format(name: "WAV 32 bit", code: SF_FORMAT_WAV | SF_FORMAT_PCM_32, tolerance: 1e-7),
            Format(name: "WAV float", code: SF_FORMAT_WAV | SF_FORMAT_FLOAT, tolerance: 0),
            Format(name: "WAV double", code: SF_FORMAT_WAV | SF_FORMAT_DOUBLE, tolerance: 0),
            Format(name: "WAV extensible", code: SF_FORMAT_WAVEX | SF_FORMAT_PCM_16, tolerance: 1.5 / 32_768),
            Format(name: "RF64", code: SF_FORMAT_RF64 | SF_FORMAT_PCM_16, tolerance: 1.5 / 32_768),
            Format(name: "FLAC 16 bit", code: SF_FORMAT_FLAC | SF_FORMAT_PCM_16, tolerance: 1.5 / 32_768),
            Format(name: "FLAC 24 bit", code: SF_FORMAT_FLAC | SF_FORMAT_PCM_24, tolerance: 1.5 / 8_388_608),
            Format(name: "AIFF", code: SF_FORMAT_AIFF | SF_FORMAT_PCM_16, tolerance: 1.5 / 32_768),
            Format(name: "AU", code: SF_FORMAT_AU | SF_FORMAT_PCM_16, tolerance: 1.5 / 32_768),
            Format(name: "Ogg Vorbis", code: SF_FORMAT_OGG | SF_FORMAT_VORBIS, tolerance: nil),
            Format(name: "Ogg Opus", code: SF_FORMAT_OGG | SF_FORMAT_OPUS, tolerance: nil),
            Format(name: "MP3", code: mpeg, tolerance: nil),
        ].filter { $0.isSupported }

        /// Whether the installed libsndfile can write it: MP3 came with version 1.1.
        var isSupported: Bool {
            var info = SF_INFO(
                frames: 0, samplerate: 16_000, channels: 1, format: Int32(code), sections: 0, seekable: 0)
            return sf_format_check(&info) != 0
        }
    }

    /// Writes interleaved samples, `[sample, channel]`, and returns the path.
    @discardableResult
    static func write(
        _ samples: [Float], to path: String, format: Int = SF_FORMAT_WAV | SF_FORMAT_PCM_16, sampleRate: Int = 16_000,
        channelCount: Int = 1
    ) throws -> String {
        var info = SF_INFO(
            frames: 0, samplerate: Int32(sampleRate), channels: Int32(channelCount), format: Int32(format),
            sections: 0, seekable: 0)
        guard let file = sf_open(path, Int32(SFM_WRITE), &info) else {
            throw WriteError(reason: "\(path): \(String(cString: sf_strerror(nil)))")
        }
        defer { sf_close(file) }
        sf_command(file, Int32(SFC_SET_CLIPPING), nil, Int32(SF_TRUE))
        let count = sf_count_t(samples.count / channelCount)
        guard sf_writef_float(file, samples, count) == count else { throw WriteError(reason: path) }
        return path
    }

    /// A sine of amplitude 0.5, `[sample]`.
    static func sine(frequency: Double = 440, sampleRate: Int = 16_000, count: Int) -> [Float] {
        (0..<count).map { Float(0.5 * sin(2 * .pi * frequency * Double($0) / Double(sampleRate))) }
    }

    struct WriteError: Error { let reason: String }
}
