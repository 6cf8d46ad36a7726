import Tensors

/// A zip archive whose files are stored as they are: where each lies (PKWARE, .ZIP File Format Specification 6.3, with zip64).
struct ZipArchive {
    let path: String
    let file: MappedFile
    /// Where the bytes of each file lie, by its name.
    private(set) var entries: [String: Range<Int>] = [:]

    /// What a file in an archive begins with, `PK\3\4`, as a little-endian number.
    static let entryMagic: UInt32 = 0x0403_4B50
    private static let directoryMagic: UInt32 = 0x0201_4B50
    private static let endMagic: UInt32 = 0x0605_4B50
    private static let largeEndMagic: UInt32 = 0x0606_4B50
    private static let largeLocatorMagic: UInt32 = 0x0706_4B50
    private static let endByteCount = 22
    private static let locatorByteCount = 20
    private static let largestComment = 65_535
    /// The number of a field whose value stands in the extra field for large archives.
    private static let isInExtraField = Int(UInt32.max)

    /// Maps an archive and reads its directory.
    ///
    /// - Throws: `ModelError` naming the file and what is wrong where.
    init(path: String) throws(ModelError) {
        guard let file = MappedFile(path: path) else {
            throw ModelError("\(path): no such file, or it cannot be read")
        }
        self.path = path
        self.file = file
        let (start, count) = try Self.directory(file, path: path)
        var cursor = ByteCursor(file, path: path, from: start)
        for _ in 0..<count {
            let (name, range) = try Self.entry(&cursor)
            guard entries.updateValue(range, forKey: name) == nil else {
                throw ModelError("\(path): the archive has \(name) twice; get the file again")
            }
        }
    }

    /// Where the directory begins, and how many files it has.
    private static func directory(_ file: MappedFile, path: String) throws(ModelError) -> (start: Int, count: Int) {
        let size = file.bytes.count
        func magic(_ offset: Int) -> UInt32 {
            UInt32(littleEndian: file.bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        }
        var end = size - endByteCount
        while end >= max(0, size - endByteCount - largestComment), magic(end) != endMagic { end -= 1 }
        guard end >= max(0, size - endByteCount - largestComment) else {
            throw ModelError(
                "\(path): the directory at the end of the archive is missing; the file is incomplete: get it again")
        }
        var cursor = ByteCursor(file, path: path, from: end + 10)
        var count = try cursor.number(UInt16.self, "the number of files")
        _ = try cursor.number(UInt32.self, "the length of the directory")
        var start = try cursor.number(UInt32.self, "the start of the directory")
        let locator = end - locatorByteCount
        if locator >= 0, magic(locator) == largeLocatorMagic {
            cursor = ByteCursor(file, path: path, from: locator + 8)
            let largeEnd = try cursor.number(UInt64.self, "the place of the directory's end", in: 0...max(0, size - 56))
            guard magic(largeEnd) == largeEndMagic else {
                throw ModelError(
                    "\(path): the directory's end is not at byte \(largeEnd); the file is damaged: get it again")
            }
            cursor = ByteCursor(file, path: path, from: largeEnd + 32)
            count = try cursor.number(UInt64.self, "the number of files")
            _ = try cursor.number(UInt64.self, "the length of the directory")
            start = try cursor.number(UInt64.self, "the start of the directory")
        }
        guard start <= size else {
            throw ModelError(
                "\(path): the directory begins at byte \(start) of \(size); the file is damaged: get it again")
        }
        return (start, count)
    }

    /// An entry of the directory.
    private static func entry(_ cursor: inout ByteCursor) throws(ModelError) -> (String, Range<Int>) {
        let path = cursor.path
        guard try cursor.integer(UInt32.self, "an entry of the directory") == directoryMagic else {
            throw ModelError(
                "\(path): the archive's directory is damaged before byte \(cursor.offset): get the file again")
        }
        _ = try cursor.bytes(4, "the versions of an entry")
        let flags = try cursor.number(UInt16.self, "the flags of an entry")
        let method = try cursor.number(UInt16.self, "the compression of an entry")
        _ = try cursor.bytes(8, "time and checksum of an entry")
        var storedCount = try cursor.number(UInt32.self, "the length of an entry")
        var byteCount = try cursor.number(UInt32.self, "the length of an entry")
        let nameCount = try cursor.number(UInt16.self, "the length of a name")
        let extraCount = try cursor.number(UInt16.self, "the length of an extra field")
        let commentCount = try cursor.number(UInt16.self, "the length of a comment")
        _ = try cursor.bytes(8, "the attributes of an entry")
        var start = try cursor.number(UInt32.self, "the place of an entry")
        let name = try cursor.text(nameCount, "the name of an entry")
        let extra = try cursor.bytes(extraCount, "an extra field")
        _ = try cursor.bytes(commentCount, "a comment")
        if [byteCount, storedCount, start].contains(isInExtraField) {
            var fields = ByteCursor(cursor.file, path: path, from: extra.lowerBound, end: extra.upperBound)
            try readLarge(&fields, name, &byteCount, &storedCount, &start)
        }
        guard flags & 1 == 0, method == 0, storedCount == byteCount else {
            throw ModelError(
                "\(path): \(name) is compressed or encrypted in the archive; save the model again with torch.save, which does neither"
            )
        }
        return (name, try content(cursor.file, path: path, name, start: start, byteCount: byteCount))
    }

    /// The 64-bit numbers of an extra field, which stand there in this order for those that have no room in the entry.
    private static func readLarge(
        _ fields: inout ByteCursor, _ name: String, _ byteCount: inout Int, _ storedCount: inout Int, _ start: inout Int
    ) throws(ModelError) {
        while !fields.isAtEnd {
            let kind = try fields.number(UInt16.self, "an extra field of \(name)")
            let count = try fields.number(UInt16.self, "an extra field of \(name)")
            guard kind == 1 else {
                _ = try fields.bytes(count, "an extra field of \(name)")
                continue
            }
            if byteCount == isInExtraField { byteCount = try fields.number(UInt64.self, "the length of \(name)") }
            if storedCount == isInExtraField { storedCount = try fields.number(UInt64.self, "the length of \(name)") }
            if start == isInExtraField { start = try fields.number(UInt64.self, "the place of \(name)") }
            return
        }
    }

    /// Where the bytes of a file lie, behind its own header.
    private static func content(
        _ file: MappedFile, path: String, _ name: String, start: Int, byteCount: Int
    ) throws(ModelError) -> Range<Int> {
        guard start <= file.bytes.count else {
            throw ModelError("\(path): \(name) lies beyond the end of the file; the file is incomplete: get it again")
        }
        var cursor = ByteCursor(file, path: path, from: start)
        guard try cursor.integer(UInt32.self, "the header of \(name)") == entryMagic else {
            throw ModelError("\(path): \(name) is not at byte \(start); the file is damaged: get it again")
        }
        _ = try cursor.bytes(22, "the header of \(name)")
        let nameCount = try cursor.number(UInt16.self, "the header of \(name)")
        let extraCount = try cursor.number(UInt16.self, "the header of \(name)")
        _ = try cursor.bytes(nameCount + extraCount, "the header of \(name)")
        return try cursor.bytes(byteCount, name)
    }
}
