import Files

/// What a file's name tells.
package enum AudioFileName {
    /// The endings of what libsndfile reads.
    package static let endings: Set<String> = [
        "aif", "aifc", "aiff", "au", "caf", "flac", "mp3", "oga", "ogg", "opus", "rf64", "snd", "sph", "w64", "wav",
    ]

    /// The endings of what ffmpeg takes the sound out of.
    package static let convertedEndings: Set<String> = ["aac", "m4a", "m4b", "mka", "mkv", "mov", "mp4", "webm", "wma"]

    /// Whether a file of this name can be transcribed, where there is ffmpeg.
    package static func isRecording(_ name: String) -> Bool { isAudio(name) || convertedEndings.contains(ending(name)) }

    package static func isAudio(_ name: String) -> Bool { endings.contains(ending(name)) }

    /// `wav` of `clips/One.WAV`; empty when there is none.
    package static func ending(_ name: String) -> String {
        let last = lastPathComponent(name)
        guard let dot = last.lastIndex(of: "."), dot != last.startIndex else { return "" }
        return last[last.index(after: dot)...].lowercased()
    }

    /// `clips/One` of `clips/One.WAV`.
    package static func stem(_ name: String) -> String {
        let ending = ending(name)
        return ending.isEmpty ? name : String(name.dropLast(ending.count + 1))
    }
}
