import Audio
import Files
import FoundationEssentials
import Numerics

/// The lengths of recordings from one run to the next, in a file of the output folder.
///
/// Each belongs to a path, a size and a time of modification. A file that is missing, damaged or of another version remembers
/// nothing: everything is measured anew.
package struct RememberedLengths: Sendable {
    /// What was measured.
    struct Key: Hashable, Sendable {
        let path: String
        /// The stretch whose samples were counted by decoding it; nil: what the header says of the file.
        let stretch: Stretch?
    }

    /// A stretch of a recording, in seconds; nil for its beginning and its end.
    struct Stretch: Hashable, Sendable {
        let start: Double?
        let duration: Double?
    }

    private struct Entry {
        let state: FileState
        let length: RecordingLength
    }

    private var entries: [Key: Entry] = [:]

    /// Remembers nothing.
    package init() {}

    /// How many are remembered.
    package var count: Int { entries.count }

    /// The length that was measured when the file was as it is now.
    func length(_ key: Key, _ state: FileState) -> RecordingLength? {
        guard let entry = entries[key], entry.state == state else { return nil }
        return entry.length
    }

    /// Remembers a length.
    mutating func remember(_ length: RecordingLength, _ key: Key, _ state: FileState) {
        entries[key] = Entry(state: state, length: length)
    }

    /// Remembers what another one does too; where both do, what the other one says.
    mutating func add(_ other: RememberedLengths) { entries.merge(other.entries) { $1 } }
}

/// All numbers have 64 bits, the lowest byte first: the magic number, then for each length size and time of modification of its file,
/// sample rate, channels, samples, whether a stretch was counted, its start, its duration, the bytes of the path and the path, filled up
/// with zeros to whole numbers; at the end the hash of all numbers before it.
extension RememberedLengths {
    /// "asrlen" and the version, 1.
    private static let magic: UInt64 = 0x01_00_6E65_6C72_7361
    /// Stands for what is not known, or not given.
    private static let missing = UInt64.max

    /// Reads what was remembered; nothing where the file is not there, damaged, or of another version.
    package init(path: String) {
        guard let data = FileManager.default.contents(atPath: path), data.count % 8 == 0 else {
            self.init()
            return
        }
        let words = [UInt64](unsafeUninitializedCapacity: data.count / 8) { buffer, initializedCount in
            _ = data.copyBytes(to: buffer)
            initializedCount = data.count / 8
        }
        self.init(words: words.map(UInt64.init(littleEndian:)))
    }

    private init(words: [UInt64]) {
        guard words.count >= 2, words[0] == Self.magic, words.last == Self.hash(words.dropLast()) else { return }
        var entries: [Key: Entry] = [:]
        var index = 1
        while index < words.count - 1 {
            guard index + 9 < words.count, let pathByteCount = Int(exactly: words[index + 8]), pathByteCount <= 1 << 16,
                index + 9 + (pathByteCount + 7) / 8 < words.count, let rate = Int(exactly: words[index + 2]), rate > 0,
                let channelCount = Int(exactly: words[index + 3]),
                let path = Self.path(words[(index + 9)...], pathByteCount)
            else { return }
            func seconds(_ word: UInt64) -> Double? { word == Self.missing ? nil : Double(bitPattern: word) }
            let stretch = Stretch(start: seconds(words[index + 6]), duration: seconds(words[index + 7]))
            entries[Key(path: path, stretch: words[index + 5] == 1 ? stretch : nil)] = Entry(
                state: FileState(
                    byteCount: Int(bitPattern: UInt(words[index])), modified: Int(bitPattern: UInt(words[index + 1]))),
                length: RecordingLength(
                    sampleRate: rate, channelCount: channelCount,
                    frameCount: words[index + 4] == Self.missing ? nil : Int(exactly: words[index + 4])))
            index += 9 + (pathByteCount + 7) / 8
        }
        self.entries = entries
    }

    /// Writes all that is remembered, in one go.
    ///
    /// - Throws: `FileWriteError`.
    package func write(to path: String) throws(FileWriteError) {
        var words = [Self.magic]
        words.reserveCapacity(2 + 20 * entries.count)
        for (key, entry) in entries {
            words.append(UInt64(UInt(bitPattern: entry.state.byteCount)))
            words.append(UInt64(UInt(bitPattern: entry.state.modified)))
            words.append(UInt64(entry.length.sampleRate))
            words.append(UInt64(entry.length.channelCount))
            words.append(entry.length.frameCount.map(UInt64.init) ?? Self.missing)
            words.append(key.stretch == nil ? 0 : 1)
            words.append(key.stretch?.start?.bitPattern ?? Self.missing)
            words.append(key.stretch?.duration?.bitPattern ?? Self.missing)
            words.append(UInt64(key.path.utf8.count))
            var word: UInt64 = 0
            for (place, byte) in key.path.utf8.enumerated() {
                word |= UInt64(byte) << UInt64(8 * (place % 8))
                if place % 8 == 7 {
                    words.append(word)
                    word = 0
                }
            }
            if key.path.utf8.count % 8 != 0 { words.append(word) }
        }
        words.append(Self.hash(words[...]))
        let bytes = words.map(\.littleEndian).withUnsafeBytes { Data($0) }
        try AtomicFile.write(bytes, to: path)
    }

    private static func path(_ words: ArraySlice<UInt64>, _ byteCount: Int) -> String? {
        let bytes = (0..<byteCount).map {
            UInt8(truncatingIfNeeded: words[words.startIndex + $0 / 8] >> UInt64(8 * ($0 % 8)))
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func hash(_ words: ArraySlice<UInt64>) -> UInt64 {
        var fingerprint = Fingerprint()
        for word in words { fingerprint.add(word) }
        return fingerprint.bits
    }
}
