import FoundationEssentials

/// A folder for the files of one test, removed with the value.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/evaluation-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file and returns its path.
    func write(_ text: String, to name: String) throws -> String { try write(Array(text.utf8), to: name) }

    func write(_ bytes: [UInt8], to name: String) throws -> String {
        let file = path + "/" + name
        try Data(bytes).write(to: URL(filePath: file))
        return file
    }
}

/// A file of Tests/EvaluationTests/Fixtures.
func fixturePath(_ name: String) -> String {
    #filePath.replacing("TemporaryFolder.swift", with: "Fixtures/\(name)")
}

func fixture(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(filePath: fixturePath(name))), as: UTF8.self)
}
