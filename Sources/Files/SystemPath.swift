import Glibc

/// Paths as the system knows them: any bytes but 0, of which some may be no UTF-8.
///
/// As text such a byte is the scalar U+10FF00 + byte, of a private plane that no name uses, so that every path of the command line or of a
/// folder leads back to its own bytes. (As Python's `surrogateescape`, PEP 383: Swift's strings hold no surrogates.)
package enum SystemPath {
    private static let firstScalar: UInt32 = 0x10_FF00
    /// The first byte in UTF-8 of a scalar of that plane.
    private static let leadByte: UInt8 = 0xF4

    /// A path of the system as text.
    package static func text(_ path: UnsafePointer<CChar>) -> String {
        let count = strlen(path)
        return path.withMemoryRebound(to: UInt8.self, capacity: count) {
            text(UnsafeBufferPointer(start: $0, count: count))
        }
    }

    /// A path of the system as text.
    package static func text(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        var text = ""
        var rest = bytes
        while let invalid = UTF8Check.firstInvalidByte(rest) {
            text += String(decoding: rest[..<invalid], as: UTF8.self)
            text.unicodeScalars.append(Unicode.Scalar(firstScalar + UInt32(rest[invalid]))!)
            rest = UnsafeBufferPointer(rebasing: rest[(invalid + 1)...])
        }
        return text + String(decoding: rest, as: UTF8.self)
    }

    /// Calls `body` with the bytes that the system knows a path by.
    package static func withBytes<Result>(
        _ path: String, _ body: (UnsafePointer<CChar>) throws -> Result
    ) rethrows -> Result {
        guard path.utf8.contains(leadByte) else { return try path.withCString(body) }
        var bytes: [CChar] = []
        for scalar in path.unicodeScalars {
            if let byte = byte(scalar) {
                bytes.append(CChar(bitPattern: byte))
            } else {
                bytes += UTF8.encode(scalar)!.map { CChar(bitPattern: $0) }
            }
        }
        bytes.append(0)
        return try bytes.withUnsafeBufferPointer { try body($0.baseAddress!) }
    }

    /// A path as messages show it: on one line, `\n` for a line end and `\xE9` for a byte that is no UTF-8.
    ///
    /// - Parameter isOneLine: false: line ends and other control characters stay.
    package static func shown(_ path: String, isOneLine: Bool = true) -> String {
        func isHidden(_ scalar: Unicode.Scalar) -> Bool { byte(scalar) != nil || isOneLine && isControl(scalar) }
        guard path.unicodeScalars.contains(where: isHidden) else { return path }
        var text = ""
        for scalar in path.unicodeScalars {
            switch scalar {
            case "\n" where isOneLine: text += "\\n"
            case "\t" where isOneLine: text += "\\t"
            case "\r" where isOneLine: text += "\\r"
            case _ where isHidden(scalar):
                let value = byte(scalar) ?? UInt8(truncatingIfNeeded: scalar.value)
                text += "\\x" + (value < 16 ? "0" : "") + String(value, radix: 16, uppercase: true)
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    /// The byte that a scalar stands for; nil for one that stands for itself.
    private static func byte(_ scalar: Unicode.Scalar) -> UInt8? {
        scalar.value >= firstScalar + 0x80 ? UInt8(truncatingIfNeeded: scalar.value) : nil
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
    }

    /// What is at a path.
    package enum Kind { case nothing, folder, file }

    /// What is at a path, links followed.
    package static func kind(_ path: String) -> Kind {
        var status = stat()
        guard withBytes(path, { stat($0, &status) }) == 0 else { return .nothing }
        return status.st_mode & S_IFMT == S_IFDIR ? .folder : .file
    }

    /// What is in a folder, but for `.` and `..`, in the order of the system.
    ///
    /// - Returns: names, and whether each is a folder; nil where the folder cannot be read.
    package static func entries(ofFolder path: String) -> [(name: String, isFolder: Bool)]? {
        guard let folder = withBytes(path, { opendir($0) }) else { return nil }
        defer { closedir(folder) }
        var entries: [(String, Bool)] = []
        while true {
            errno = 0
            guard let entry = readdir(folder) else { return errno == 0 ? entries : nil }
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { text($0) }
            }
            if name == "." || name == ".." { continue }
            let type = Int(entry.pointee.d_type)
            // A link may lead to a folder, and some file systems do not say what an entry is.
            let isUnsure = type == DT_LNK || type == DT_UNKNOWN
            entries.append((name, isUnsure ? kind(joinedPath(path, name)) == .folder : type == DT_DIR))
        }
    }
}
