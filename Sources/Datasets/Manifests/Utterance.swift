import Audio
import Files

/// One labelled recording, or one stretch of a longer recording.
public struct Utterance: Sendable, Equatable {
    /// Unique in its manifest.
    public var id: String
    /// The audio file: absolute, or relative to the current folder (already joined with the manifest's folder).
    public var audioPath: String
    /// Where the utterance begins in the file; nil: at the beginning.
    public var startInSeconds: Double?
    /// How long it is; nil: to the end of the file, whose length is not known yet.
    public var durationInSeconds: Double?
    /// The channel of a file with several, from 1; nil: the mean of all. Of a file with one, that one is meant.
    public var channel: Int?
    /// The label as its source has it; never empty.
    public var text: String
    /// Who speaks; nil when the source does not say.
    public var speaker: String?
    /// The line that named the utterance, for error messages.
    public var source: SourceLine

    public init(
        id: String, audioPath: String, startInSeconds: Double? = nil, durationInSeconds: Double? = nil,
        channel: Int? = nil, text: String, speaker: String? = nil, source: SourceLine
    ) {
        self.id = id
        self.audioPath = audioPath
        self.startInSeconds = startInSeconds
        self.durationInSeconds = durationInSeconds
        self.channel = channel
        self.text = text
        self.speaker = speaker
        self.source = source
    }
}

extension Utterance {
    /// Reads its stretch and channel of the audio file.
    ///
    /// - Throws: `AudioError` for a file that cannot be read, or that has not got the stretch or the channel.
    public func waveform(sampleRate: Int) throws(AudioError) -> Waveform {
        var channel = channel
        if channel != nil, try AudioFile(path: audioPath).channelCount == 1 { channel = nil }
        return try AudioFile.waveform(
            path: audioPath, sampleRate: sampleRate, channel: channel, startInSeconds: startInSeconds,
            durationInSeconds: durationInSeconds)
    }
}

/// A place in a text file; prints as `path:line`.
public struct SourceLine: Sendable, Hashable, CustomStringConvertible {
    public var path: String
    /// Counted from 1; nil when the whole file is meant.
    public var line: Int?

    public init(path: String, line: Int? = nil) {
        self.path = path
        self.line = line
    }

    public var description: String { SystemPath.shown(path) + (line.map { ":\($0)" } ?? "") }
}
