import Audio
import Evaluation

/// Small spectrograms for a report, of the utterances with most errors.
enum ReportSpectrograms {
    static let width = 240
    static let height = 40

    /// - Parameters:
    ///   - paths: where the audio of each utterance is; nil when it has none.
    ///   - warn: is told of a file that cannot be read; the report then has no spectrogram for it.
    static func make(
        for score: CorpusScore, paths: [String?], count: Int, warn: (String) -> Void
    ) throws -> [Int: SpectrogramThumbnail] {
        let withAudio = paths.indices.filter { paths[$0] != nil }
        let worst = withAudio.sorted {
            (-score.utterances[$0].words.errors, $0) < (-score.utterances[$1].words.errors, $1)
        }
        if worst.isEmpty || count == 0 { return [:] }
        let logMel = try LogMelSpectrogram(configuration: FrontendConfiguration())
        var thumbnails: [Int: SpectrogramThumbnail] = [:]
        for index in worst.prefix(count) {
            do {
                let waveform = try AudioFile.waveform(
                    path: paths[index]!, sampleRate: logMel.configuration.sampleRate)
                thumbnails[index] = thumbnail(try logMel(waveform))
            } catch {
                warn("no spectrogram for '\(score.records[index].id)': \(error)")
            }
        }
        return thumbnails
    }

    /// The loudest value of each cell of the small picture, from the quietest (0) to the loudest (255).
    static func thumbnail(_ spectrogram: Spectrogram) -> SpectrogramThumbnail? {
        let frameCount = spectrogram.frameCount
        guard frameCount > 0, let lowest = spectrogram.values.min(), let highest = spectrogram.values.max() else {
            return nil
        }
        let width = min(width, frameCount)
        let height = min(height, spectrogram.melBinCount)
        let scale = highest > lowest ? 255 / (highest - lowest) : 0
        var values = [UInt8](repeating: 0, count: width * height)
        for row in 0..<height {
            let bins = row * spectrogram.melBinCount / height..<(row + 1) * spectrogram.melBinCount / height
            for column in 0..<width {
                var loudest = lowest
                for frame in column * frameCount / width..<(column + 1) * frameCount / width {
                    for bin in bins {
                        loudest = max(loudest, spectrogram.values[frame * spectrogram.melBinCount + bin])
                    }
                }
                values[row * width + column] = UInt8((loudest - lowest) * scale)
            }
        }
        return SpectrogramThumbnail(width: width, height: height, values: values)
    }
}
