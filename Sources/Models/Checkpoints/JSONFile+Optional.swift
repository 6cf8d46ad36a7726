import Files
import FoundationEssentials

extension JSONFile {
    /// The content of a file; nil where there is none.
    ///
    /// - Throws: `ModelError` naming the file and the key that is missing or wrong.
    static func readIfThere<Content: Decodable>(_: Content.Type, _ path: String) throws(ModelError) -> Content? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        do {
            return try read(Content.self, path)
        } catch {
            throw ModelError("\(error)")
        }
    }
}
