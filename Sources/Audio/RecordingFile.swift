/// A file with sound in it, read block by block: by libsndfile, or what it does not know by ffmpeg.
package enum RecordingFile {
    case sound(AudioFile)
    case converted(ConvertedAudio, sampleRate: Int)

    /// - Parameters:
    ///   - path: the file, or `-` for standard input.
    ///   - channel: counted from 1; nil: the mean of all.
    ///   - convertedRate: what ffmpeg is asked for, in Hz.
    /// - Throws: `AudioError`, for what is no sound too.
    package init(path: String, channel: Int?, convertedRate: Int) throws(AudioError) {
        let name = AudioFile.name(of: path)
        let file = try FileDescriptor(path: path, name: name)
        do throws(AudioError) {
            self = .sound(try AudioFile(file, name: name, channel: channel))
        } catch {
            let isForeign =
                error.code == .notAudio || AudioFileName.convertedEndings.contains(AudioFileName.ending(path))
            guard isForeign else { throw error }
            guard
                let audio = try ConvertedAudio.start(
                    file, name: name, channel: channel, sampleRate: convertedRate)
            else {
                throw AudioError(
                    .notAudio, path: name,
                    reason: "is not audio that can be read without ffmpeg, which is not on the path",
                    hint: "install ffmpeg, or convert the file to WAV, FLAC, Ogg Vorbis, Opus or MP3")
            }
            self = .converted(audio, sampleRate: convertedRate)
        }
    }

    /// Samples per second of the blocks.
    package var sampleRate: Int {
        switch self {
        case .sound(let file): file.sampleRate
        case .converted(_, let sampleRate): sampleRate
        }
    }

    /// The next samples, `[sample]`; nil at the end.
    package func readBlock() throws(AudioError) -> [Float]? {
        switch self {
        case .sound(let file): try file.readBlock()
        case .converted(let audio, _): try audio.readBlock()
        }
    }
}
