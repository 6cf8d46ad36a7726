import Files
import FoundationEssentials

/// Where the tests find and put files.
enum TestFiles {
    /// The top folder of the package.
    static let root: String = {
        var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(3)  // Tests/AudioTests/TestFiles.swift
        return parts.joined(separator: "/")
    }()

    static func clip(_ name: String) -> String { "\(root)/audio/\(name)" }

    static func fixture(_ name: String) throws -> Data {
        try read("\(root)/Tests/AudioTests/Fixtures/\(name)")
    }

    static func read(_ path: String) throws -> Data { try Data(contentsOf: URL(filePath: path)) }

    /// Writes bytes to a file of `folder` and returns its path.
    static func write(_ bytes: [UInt8], to name: String, in folder: String) throws -> String {
        let path = "\(folder)/\(name)"
        try Data(bytes).write(to: URL(filePath: path))
        return path
    }
}
