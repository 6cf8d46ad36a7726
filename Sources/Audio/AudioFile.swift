import CSndFile
import Files
import Synchronization

/// A sound file that is being read, block by block, as one channel of samples.
///
/// WAV (8, 16, 24, 32 bit, float, extensible, RF64), FLAC, Ogg Vorbis, Opus, MP3, AIFF, AU and whatever else the installed
/// libsndfile recognises by its content; the file's name plays no part. Memory does not grow with the file.
public final class AudioFile {
    /// The path as given, or `standard input`: the name used in errors.
    public let name: String
    /// Samples per second of the file, in Hz.
    public let sampleRate: Int
    /// Channels of the file; blocks hold one: the mean of all, or the one asked for.
    public let channelCount: Int
    /// Samples per channel, where the file says so; nil where it does not (a stream of unknown length).
    public let frameCount: Int?

    /// Kept because `handle` reads through it.
    private let stream: SoundStream
    private let handle: OpaquePointer
    /// Index of the channel to read, from 0; nil for the mean of all.
    private let channelIndex: Int?
    /// MP3 has no count of its samples, only an estimate or a tag that encoders fill in differently, and no frame of it
    /// can be decoded alone.
    let isMPEG: Bool
    /// Samples per channel before the next block.
    private var position = 0

    /// The largest magnitude a sample may have. Files of real sound stay near 1; floating-point files of unscaled 16-bit
    /// samples reach 32768; beyond this the numbers are no sound and would overflow when squared.
    package static let largestMagnitude: Float = 65_536
    static let plausibleSampleRates = 1_000...768_000  // Hz

    /// Opens a file and reads its header.
    ///
    /// - Parameters:
    ///   - path: the file, or `-` for standard input.
    ///   - channel: the channel to read, counted from 1; nil mixes all channels down to their mean.
    /// - Throws: `AudioError` naming the file, what is wrong with it and what to do.
    public convenience init(path: String, channel: Int? = nil) throws(AudioError) {
        let name = Self.name(of: path)
        try self.init(try FileDescriptor(path: path, name: name), name: name, channel: channel)
    }

    /// What errors call a path.
    static func name(of path: String) -> String { path == "-" ? "standard input" : SystemPath.shown(path) }

    init(_ file: FileDescriptor, name: String, channel: Int?) throws(AudioError) {
        try Self.checkLength(of: file, name: name)

        let stream = SoundStream(file)
        let (handle, info) = try Self.opened(stream, name: name)
        let headerError = Self.implausibility(of: info, channel: channel, name: name)
        if let headerError {
            sf_close(handle)
            throw headerError
        }
        let container = info.format & Int32(SF_FORMAT_TYPEMASK)
        let countIsUnknown = info.frames < 0 || info.frames >= Int64.max / 2
        self.name = name
        self.stream = stream
        self.handle = handle
        sampleRate = Int(info.samplerate)
        channelCount = Int(info.channels)
        frameCount = countIsUnknown ? nil : Int(info.frames)
        channelIndex = channel.map { $0 - 1 }
        isMPEG = container == Self.mpegFormat
    }

    deinit { sf_close(handle) }

    /// `SF_FORMAT_MPEG` of libsndfile 1.1: older headers lack the name.
    private static let mpegFormat: Int32 = 0x23_0000

    /// The next samples, `[sample]`: the mean of the channels, or the channel asked for; nil at the end of the file.
    ///
    /// - Parameter maximumCount: how many samples per channel to read at most.
    /// - Throws: `AudioError` with the index of the sample that is not finite, or where the data ends too early.
    public func readBlock(maximumCount: Int = 32_768) throws(AudioError) -> [Float]? {
        precondition(maximumCount > 0, "AudioFile.readBlock: \(maximumCount) samples asked for")
        var interleavedCount = 0
        let interleaved = [Float](unsafeUninitializedCapacity: maximumCount * channelCount) {
            buffer, initializedCount in
            interleavedCount = Int(sf_readf_float(handle, buffer.baseAddress, sf_count_t(maximumCount))) * channelCount
            initializedCount = max(0, interleavedCount)
        }
        let readCount = interleaved.count / channelCount
        guard readCount > 0 else {
            try checkEnd()
            return nil
        }
        try checkSamples(interleaved)
        position += readCount
        return oneChannel(of: interleaved, count: readCount)
    }

    /// Moves to a sample; the next block begins there.
    ///
    /// - Parameter sampleIndex: samples per channel from the beginning, within the file.
    func seek(to sampleIndex: Int) throws(AudioError) {
        // A frame of MP3 draws on bits of earlier frames, so decoding must begin before the place that is wanted.
        let lead = isMPEG ? sampleRate : 0  // one second
        let start = max(0, sampleIndex - lead)
        guard sf_seek(handle, sf_count_t(start), SEEK_SET) == sf_count_t(start) else {
            throw AudioError(
                .outOfRange, path: name, reason: "cannot be positioned at sample \(sampleIndex) (\(lastMessage))",
                hint: "convert the file to WAV or FLAC")
        }
        position = start
        while position < sampleIndex, try readBlock(maximumCount: min(sampleIndex - position, 32_768)) != nil {}
    }

    /// `[sample, channel]` to `[sample]`.
    private func oneChannel(of interleaved: [Float], count: Int) -> [Float] {
        if channelCount == 1 { return interleaved }
        let channelCount = self.channelCount
        if let channelIndex {
            return (0..<count).map { interleaved[$0 * channelCount + channelIndex] }
        }
        let scale = 1 / Float(channelCount)
        return (0..<count).map { index in
            var sum: Float = 0
            for channel in 0..<channelCount { sum += interleaved[index * channelCount + channel] }
            return sum * scale
        }
    }

    /// Refuses samples that are NaN, infinite or too large to be sound.
    private func checkSamples(_ interleaved: [Float]) throws(AudioError) {
        // As integers, magnitudes of finite numbers, infinity and NaN are in ascending order: one comparison for all.
        let limit = Self.largestMagnitude.bitPattern
        var isValid = true
        for sample in interleaved { isValid = isValid && (sample.bitPattern & 0x7FFF_FFFF) <= limit }
        if isValid { return }
        let index = interleaved.firstIndex { !($0.magnitude <= Self.largestMagnitude) }!
        let channel = channelCount == 1 ? "" : " of channel \(index % channelCount + 1)"
        throw AudioError(
            .invalidSample, path: name,
            reason: "sample \(position + index / channelCount)\(channel) is \(interleaved[index]), which is not sound",
            hint: "write the file again from its source, with samples between -1 and 1")
    }

    /// Called where the data ends: it must not end before the header said.
    private func checkEnd() throws(AudioError) {
        if sf_error(handle) != 0 {
            throw AudioError(
                .truncated, path: name, reason: "is damaged after sample \(position) (\(lastMessage))",
                hint: "copy or download it again")
        }
        guard !isMPEG, let frameCount, position < frameCount else { return }
        throw AudioError(
            .truncated, path: name, reason: "ends after sample \(position) of \(frameCount)",
            hint: "the file is cut short: copy or download it again")
    }

    private var lastMessage: String { Self.message(of: handle) }

    private static func message(of handle: OpaquePointer?) -> String {
        var text = String(cString: sf_strerror(handle))
        while let last = text.last, last == "." || last == "\n" { text.removeLast() }
        return text
    }

    /// libsndfile keeps the reason of a failed opening in a global variable.
    private static let openingLock = Mutex(())

    private static func opened(_ stream: SoundStream, name: String) throws(AudioError) -> (OpaquePointer, SF_INFO) {
        var info = SF_INFO()
        var handle: OpaquePointer?
        var code: Int32 = 0
        var reason = ""
        openingLock.withLock { _ in
            handle = stream.open(&info)
            if handle == nil {
                code = sf_error(nil)
                reason = message(of: nil)
            }
        }
        if let handle { return (handle, info) }
        if code == Int32(SF_ERR_UNRECOGNISED_FORMAT) {
            throw AudioError(
                .notAudio, path: name, reason: "is not audio that can be read",
                hint: "WAV, FLAC, Ogg Vorbis, Opus, MP3, AIFF and AU can; convert others first (ffmpeg -i FILE out.wav)"
            )
        }
        throw AudioError(
            .invalidHeader, path: name, reason: "has a header that cannot be read (\(reason))",
            hint: "convert it to WAV or FLAC, or get it again")
    }

    /// What a header claims and no recording can have.
    private static func implausibility(of info: SF_INFO, channel: Int?, name: String) -> AudioError? {
        if info.channels < 1 {
            return AudioError(
                .invalidHeader, path: name, reason: "claims to have \(info.channels) channels",
                hint: "write the file again from its source")
        }
        if !plausibleSampleRates.contains(Int(info.samplerate)) {
            return AudioError(
                .invalidHeader, path: name, reason: "claims a sample rate of \(info.samplerate) Hz",
                hint: "write the file again from its source with its true rate")
        }
        if let channel, !(1...Int(info.channels)).contains(channel) {
            return AudioError(
                .noSuchChannel, path: name,
                reason: "has \(info.channels) channel(s), so there is no channel \(channel)",
                hint: "ask for a channel between 1 and \(info.channels)")
        }
        return nil
    }
}
