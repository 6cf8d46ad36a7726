import Files
import TestSupport
import Testing

@Suite struct TextLinesTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// `number:offset:text` of each line, `*` behind the last one when no line break follows.
    private func lines(_ bytes: [UInt8], limit: Int = 1 << 20) throws -> [String] {
        let reader = try TextLines(path: folder.write("t.txt", bytes: bytes), longestLineByteCount: limit)
        var lines: [String] = []
        while let line = try reader.next() {
            lines.append("\(line.number):\(line.offset):\(line.string)" + (line.endsWithLineBreak ? "" : "*"))
        }
        return lines
    }

    private func fault(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "no error"
        } catch {
            return "\(error)".replacing(folder.path + "/", with: "")
        }
    }

    @Test func lineEndsOfAllSystems() throws {
        #expect(try lines(Array("a\r\n\r\nb\rc\n\nd".utf8)) == ["1:0:a", "2:3:", "3:5:b\rc", "4:9:", "5:10:d*"])
        #expect(try lines(Array("a\r".utf8)) == ["1:0:a*"])
        #expect(try lines([]) == [])
        #expect(try lines([0x0A]) == ["1:0:"])
    }

    @Test func aByteOrderMarkIsNoText() throws {
        #expect(try lines(Array("\u{FEFF}a\n\u{FEFF}b\n".utf8)) == ["1:3:a", "2:5:\u{FEFF}b"])
        #expect(try lines(Array("\u{FEFF}".utf8)) == [])
        #expect(try lines([0xEF, 0xBB]).count == 1)
    }

    /// Lines of all lengths round the blocks in which a file is read (64 KiB), whose sum is several blocks.
    @Test func linesGoOverTheEndsOfBlocks() throws {
        let texts = (0..<300).map { String(repeating: "abcdefghij", count: $0 * 37 % 300) + "\($0)" }
        let expected = texts.reduce(into: (offset: 0, lines: [String]())) { sum, text in
            sum.lines.append("\(sum.lines.count + 1):\(sum.offset):\(text)")
            sum.offset += text.utf8.count + 1
        }
        let bytes = Array(texts.map { $0 + "\n" }.joined().utf8)
        #expect(try lines(bytes) == expected.lines)
        #expect(try lines(gzipped(bytes)) == expected.lines)
    }

    @Test func aLineHasALimit() throws {
        #expect(try lines(Array("ab\nabc\n".utf8), limit: 3) == ["1:0:ab", "2:3:abc"])
        for text in ["ab\nabcd\n", "ab\nabcd", "ab\n" + String(repeating: "a", count: 1_000_000)] {
            #expect(
                fault { _ = try lines(Array(text.utf8), limit: 3) }
                    == "t.txt:2: a line of more than 3 bytes; is this a text file with line breaks?")
        }
    }

    /// A gigabyte of one letter, packed to a megabyte: no more of it is unpacked than the longest line.
    @Test func aFileThatUnpacksToMoreThanMemory() throws {
        let path = try folder.write("t.txt", bytes: gzipped([UInt8](repeating: 0x61, count: 1 << 20), times: 1024))
        #expect(
            fault { _ = try TextLines(path: path).next() }
                == "t.txt:1: a line of more than 16777216 bytes; is this a text file with line breaks?")
    }

    @Test func damagedFilesAreNamed() throws {
        let packed = try gzipped("a\nb\n")
        #expect(fault { _ = try lines(packed.dropLast(6)) }.hasPrefix("t.txt: damaged, or cut off"))
        var changed = packed
        changed[changed.count - 6] ^= 1  // in the checksum
        #expect(fault { _ = try lines(changed) }.hasPrefix("t.txt: damaged, or cut off"))
        #expect(fault { _ = try TextLines(path: folder.path + "/none") } == "none: no such file; check the path")
        #expect(fault { _ = try TextLines(path: folder.path) }.hasSuffix(": a folder, where a file is needed"))
    }

    @Test(
        arguments: [
            ([0x61, 0x0A, 0x62, 0xFF, 0x0A], 2, 3), ([0xC0, 0x80], 1, 0), ([0xED, 0xA0, 0x80], 1, 0),
            ([0xE2, 0x82], 1, 0), ([0xF4, 0x90, 0x80, 0x80], 1, 0), ([0xE0, 0x80, 0x80], 1, 0),
        ] as [([UInt8], Int, Int)])
    func brokenUTF8IsFound(_ bytes: [UInt8], _ line: Int, _ byte: Int) throws {
        let reader = try TextLines(path: folder.write("t.txt", bytes: bytes))
        #expect(
            fault { while let line = try reader.next() { try line.checkUTF8() } }
                == "t.txt:\(line): byte \(byte) is not UTF-8; convert the file, for example with iconv -t UTF-8")
    }
}
