import Files
import FoundationEssentials
import Glibc
import TestSupport
import Testing

@Suite("SystemPath")
struct SystemPathTests {
    @Test("any bytes but 0 become text and the same bytes again")
    func roundTrip() {
        // All bytes, as they are and between letters; UTF-8 of 2, 3 and 4 bytes; a surrogate and a sequence that breaks off.
        let all = (1...255).map { UInt8($0) }
        let cases: [[UInt8]] = [
            all, all.flatMap { [0x61, $0] }, Array("é€😀 \u{301}".utf8), [0xED, 0xA0, 0x80], [0x61, 0xE2, 0x82], [0xC3],
            [],
        ]
        for bytes in cases {
            let text = bytes.withUnsafeBufferPointer { SystemPath.text($0) }
            let again = SystemPath.withBytes(text) { path in (0..<strlen(path)).map { UInt8(bitPattern: path[$0]) } }
            #expect(again == bytes)
        }
    }

    @Test("messages show paths on one line")
    func shown() {
        let bytes: [UInt8] = [0x61, 0x0A, 0xE9, 0x09, 0x1B, 0xC3, 0xA9, 0xFF]
        let text = bytes.withUnsafeBufferPointer { SystemPath.text($0) }
        #expect(SystemPath.shown(text) == "a\\n\\xE9\\t\\x1Bé\\xFF")
        #expect(SystemPath.shown(text, isOneLine: false) == "a\n\\xE9\t\u{1B}é\\xFF")
        #expect(SystemPath.shown("plain é") == "plain é")
    }

    @Test("folders list names of any bytes, and know folders behind links")
    func entries() throws {
        try TemporaryFolder.with { folder in
            let name = ([0x66, 0xFF] as [UInt8]).withUnsafeBufferPointer { SystemPath.text($0) }
            try AtomicFile.makeFolder("\(folder)/\(name)/deep")
            try AtomicFile.write(.init([1]), to: "\(folder)/\(name)/\(name)")
            #expect(symlink("\(folder)", "\(folder)/link") == 0)
            let entries = try #require(SystemPath.entries(ofFolder: folder)).sorted { $0.name < $1.name }
            #expect(entries.map(\.name) == [name, "link"] && entries.map(\.isFolder) == [true, true])
            #expect(
                SystemPath.kind("\(folder)/\(name)/\(name)") == .file && SystemPath.kind("\(folder)/none") == .nothing)
            #expect(SystemPath.entries(ofFolder: "\(folder)/none") == nil)
        }
    }
}
