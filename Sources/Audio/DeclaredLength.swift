/// Compares the number of bytes that a file's header promises with those that are there.
///
/// libsndfile plays what is left of a file that was cut short and says nothing. Half a recording must not become half a
/// transcript silently, so the containers that state their length are checked here before they are decoded.
extension AudioFile {
    /// Refuses a file that is shorter than its own header says.
    ///
    /// - Throws: `AudioError` with code `truncated`, naming both byte counts.
    static func checkLength(of file: FileDescriptor, name: String) throws(AudioError) {
        let expected = declaredByteCount(of: file)
        if expected == unfinished {
            throw AudioError(
                .invalidHeader, path: name, reason: "its header says that it has no samples, but data follow",
                hint: "the recorder was interrupted: repair it with 'sox --ignore-length IN.wav OUT.wav'")
        }
        guard let expected, expected > file.byteCount else { return }
        throw AudioError(
            .truncated, path: name, reason: "ends at byte \(file.byteCount), but its header promises \(expected)",
            hint: "the file is cut short: copy or download it again")
    }

    /// Stands for the length of a file whose header was never completed.
    private static let unfinished = -1

    /// The size of the whole file in bytes as its container states it; nil where it states none.
    private static func declaredByteCount(of file: FileDescriptor) -> Int? {
        let head = file.bytes(at: 0, count: 4_096)
        switch head.prefix(4) {
        case [0x52, 0x49, 0x46, 0x46], [0x52, 0x46, 0x36, 0x34]:  // "RIFF", "RF64"
            return endOfChunk("data", in: file, isBigEndian: false)
        case [0x46, 0x4F, 0x52, 0x4D]:  // "FORM"
            return endOfChunk("SSND", in: file, isBigEndian: true)
        case [0x2E, 0x73, 0x6E, 0x64]:  // ".snd": offset of the data, its length
            let dataByteCount = number(head, at: 8, count: 4, isBigEndian: true)
            return isKnown(dataByteCount) ? number(head, at: 4, count: 4, isBigEndian: true) + dataByteCount : nil
        case [0x4F, 0x67, 0x67, 0x53]:  // "OggS"
            return endOfLastOggPage(in: file)
        default:
            return mpegByteCount(in: file, head: head)
        }
    }

    /// Where the chunk that holds the samples ends, in a file of chunks: name (4 bytes), length (4), content, even padding.
    ///
    /// A file that ends inside an earlier chunk gives the place where that chunk should have ended; one whose chunk is
    /// said to be empty but has something other than chunks behind it is `unfinished`.
    private static func endOfChunk(_ wanted: String, in file: FileDescriptor, isBigEndian: Bool) -> Int? {
        var offset = 12
        var longDataByteCount: Int?
        var isUnfinished = false
        while offset < file.byteCount {
            let head = file.bytes(at: offset, count: 24)
            guard head.count >= 8 else { break }
            let byteCount = number(head, at: 4, count: 4, isBigEndian: isBigEndian)
            let chunkName = String(decoding: head.prefix(4), as: UTF8.self)
            if chunkName == "ds64", head.count == 24 {
                // As an unsigned number it may be more than any file has, and negative here.
                let stated = number(head, at: 16, count: 8, isBigEndian: false)
                longDataByteCount = stated < 0 ? Int.max : stated
            }
            if chunkName == wanted, byteCount > 0 {
                if byteCount == 0xFFFF_FFFF, let longDataByteCount {
                    let (end, overflow) = longDataByteCount.addingReportingOverflow(offset + 8)
                    return overflow ? Int.max : end
                }
                return isKnown(byteCount) ? offset + 8 + byteCount : nil
            }
            // Nothing but further chunks may follow a chunk without samples.
            isUnfinished = isUnfinished || chunkName == wanted
            offset += 8 + byteCount + byteCount % 2
        }
        if offset == file.byteCount { return nil }
        return isUnfinished ? unfinished : max(offset, file.byteCount + 1)
    }

    /// Where the last page that begins in an Ogg file ends: 27 bytes, a table of segment lengths, the segments.
    private static func endOfLastOggPage(in file: FileDescriptor) -> Int? {
        let longestPage = 27 + 255 + 255 * 255
        let tailOffset = max(0, file.byteCount - longestPage)
        let tail = file.bytes(at: tailOffset, count: longestPage)
        guard tail.count >= 4 else { return nil }
        let begin = stride(from: tail.count - 4, through: 0, by: -1).first { index in
            tail[index] == 0x4F && tail[index + 1] == 0x67 && tail[index + 2] == 0x67 && tail[index + 3] == 0x53
        }
        guard let begin else { return nil }
        guard begin + 27 <= tail.count else { return tailOffset + begin + 27 }
        let segmentCount = Int(tail[begin + 26])
        let table = tail[(begin + 27)...].prefix(segmentCount)
        return tailOffset + begin + 27 + segmentCount + table.reduce(0) { $0 + Int($1) }
    }

    /// The number of bytes that an MP3 file's first frame states in its `Xing` or `Info` tag, where it has one.
    private static func mpegByteCount(in file: FileDescriptor, head: [UInt8]) -> Int? {
        var frameOffset = 0
        if head.starts(with: [0x49, 0x44, 0x33]), head.count >= 10 {  // "ID3": length in four groups of seven bits
            frameOffset = 10 + head[6..<10].reduce(0) { $0 << 7 | Int($1 & 0x7F) }
        }
        let frame = file.bytes(at: frameOffset, count: 64)
        guard frame.count == 64, frame[0] == 0xFF, frame[1] & 0xE0 == 0xE0 else { return nil }
        for offset in 4..<48 {
            let tag = frame[offset..<(offset + 4)]
            guard tag.elementsEqual("Xing".utf8) || tag.elementsEqual("Info".utf8) else { continue }
            let flags = number(frame, at: offset + 4, count: 4, isBigEndian: true)
            guard flags & 2 != 0 else { return nil }
            return frameOffset + number(frame, at: offset + (flags & 1 != 0 ? 12 : 8), count: 4, isBigEndian: true)
        }
        return nil
    }

    /// Programs that write to a pipe cannot know the length and put 0 or a number near 2^31 or 2^32 in its place.
    private static func isKnown(_ byteCount: Int) -> Bool { byteCount > 0 && byteCount < 0x7FFF_0000 }

    /// A number of at most eight bytes, in two's complement; 0 where the bytes end earlier.
    private static func number(_ bytes: [UInt8], at offset: Int, count: Int, isBigEndian: Bool) -> Int {
        guard offset + count <= bytes.count else { return 0 }
        let digits = bytes[offset..<(offset + count)]
        return Int(
            truncatingIfNeeded: (isBigEndian ? Array(digits) : digits.reversed()).reduce(UInt64(0)) {
                $0 << 8 | UInt64($1)
            })
    }
}
