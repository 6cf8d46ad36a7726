import FoundationEssentials

/// A file of Tests/EvaluationTests/Fixtures.
func fixturePath(_ name: String) -> String {
    #filePath.replacing("Fixtures.swift", with: "Fixtures/\(name)")
}

func fixture(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(filePath: fixturePath(name))), as: UTF8.self)
}
