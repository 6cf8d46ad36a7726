import Audio
import Files

/// Collects utterances and problems while a manifest is read, and makes the checks that all formats share.
struct ManifestBuilder {
    private(set) var utterances: [Utterance] = []
    private(set) var problems: [ManifestProblem] = []
    /// The folder that derived ids are relative to.
    package let root: String
    /// Which utterances have an id of their own; the others are named after their files at the end.
    private var hasOwnID: [Bool] = []
    /// The files that are there: each is looked for once, and lines of one recording share its path's memory.
    private var existingPaths: Set<String> = []

    /// The folder or file that is read.
    private let path: String

    /// Messages hold lines of files, which may be long.
    private static let longestMessageByteCount = 1000

    /// Eleven days: no recording is longer.
    private static let longestInSeconds = 1e6

    package init(root: String, path: String) {
        self.root = root
        self.path = path
    }

    package mutating func report(_ message: String, at source: SourceLine) {
        let isLong = message.utf8.count > Self.longestMessageByteCount
        let message = isLong ? String(message.unicodeScalars.prefix(Self.longestMessageByteCount)) + " ..." : message
        problems.append(ManifestProblem(source: source, message: message))
    }

    /// Adds an utterance (`id` nil: named after its file), with a duration or an end, or a problem when its text is empty, its
    /// file is missing or a time makes no sense.
    package mutating func add(
        id: String?, audioPath: String, startInSeconds: Double? = nil, endInSeconds: Double? = nil,
        durationInSeconds: Double? = nil,
        channel: Int? = nil, text: String, speaker: String? = nil, source: SourceLine
    ) {
        let text = trimmed(text)
        if text.isEmpty { return report("empty text; remove the line or write what is said", at: source) }
        if let start = startInSeconds, !(0...Self.longestInSeconds).contains(start) {
            return report("the start \(start) s is not a time in a recording", at: source)
        }
        let durationInSeconds = durationInSeconds ?? endInSeconds.map { $0 - (startInSeconds ?? 0) }
        if let duration = durationInSeconds, !(duration > 0 && duration <= Self.longestInSeconds) {
            return report("no recording lasts \(duration) s", at: source)
        }
        if !existingPaths.contains(audioPath) {
            guard isFile(audioPath) else {
                return report("no audio file \(audioPath); correct the path or remove the line", at: source)
            }
        }
        let audioPath = existingPaths.insert(audioPath).memberAfterInsert
        utterances.append(
            Utterance(
                id: id ?? "", audioPath: audioPath, startInSeconds: startInSeconds,
                durationInSeconds: durationInSeconds, channel: channel,
                text: text, speaker: speaker.flatMap { $0.isEmpty || $0 == "unknown" ? nil : $0 }, source: source))
        hasOwnID.append(id != nil)
    }

    /// Gives every utterance its id, looks for ids that occur twice, and orders the problems by file and line.
    package mutating func finish() {
        nameUtterances()
        var firstByID: [String: Int] = [:]
        firstByID.reserveCapacity(utterances.count)
        for (index, utterance) in utterances.enumerated() {
            if let first = firstByID.updateValue(index, forKey: utterance.id) {
                firstByID[utterance.id] = first
                report("duplicate id \(utterance.id); first at \(utterances[first].source)", at: utterance.source)
            }
        }
        if utterances.isEmpty && problems.isEmpty {
            report("no utterances; name labelled data with at least one", at: SourceLine(path: path))
        }
        problems.sort { ($0.source.path, $0.source.line ?? 0) < ($1.source.path, $1.source.line ?? 0) }
    }

    /// Names what has no id after its file, `clip7`; after the file's path, `b/clip7`, where two files have the same name;
    /// with the start in milliseconds, `clip7-0012500`, where it is a stretch of a file.
    private mutating func nameUtterances() {
        var pathByName: [String: String] = [:]
        var ambiguous: Set<String> = []
        for index in utterances.indices where !hasOwnID[index] {
            let path = utterances[index].audioPath
            let name = AudioFileName.stem(String(lastPathComponent(path)))
            if let other = pathByName.updateValue(path, forKey: name), other != path { ambiguous.insert(name) }
        }
        for index in utterances.indices where !hasOwnID[index] {
            let path = utterances[index].audioPath
            let prefix = root.hasSuffix("/") ? root : root + "/"
            let relative = path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : path
            let name = AudioFileName.stem(String(lastPathComponent(path)))
            var id = ambiguous.contains(name) ? AudioFileName.stem(relative) : name
            if let start = utterances[index].startInSeconds {
                let milliseconds = String(Int((start * 1000).rounded()))
                id += "-" + String(repeating: "0", count: max(0, 7 - milliseconds.count)) + milliseconds
            }
            utterances[index].id = id
        }
    }
}
