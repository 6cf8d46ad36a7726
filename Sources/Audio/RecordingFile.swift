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
            guard Self.isForeign(path, error) else { throw error }
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

    /// How long a file is by its header, or by what ffmpeg says of it; nil where neither does.
    ///
    /// - Throws: `AudioError` for a file that cannot be read.
    package static func durationInSeconds(path: String) throws(AudioError) -> Double? {
        let name = AudioFile.name(of: path)
        let file = try FileDescriptor(path: path, name: name)
        do throws(AudioError) {
            let sound = try AudioFile(file, name: name, channel: nil)
            return sound.frameCount.map { Double($0) / Double(sound.sampleRate) }
        } catch {
            guard isForeign(path, error) else { throw error }
            return ConvertedAudio.durationInSeconds(of: file)
        }
    }

    /// Whether a file that libsndfile refuses is one for ffmpeg.
    private static func isForeign(_ path: String, _ error: AudioError) -> Bool {
        error.code == .notAudio || AudioFileName.convertedEndings.contains(AudioFileName.ending(path))
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
