import FoundationEssentials
import Tensors

/// Small JSON files of other programs.
enum JSONFile {
    private static let largestByteCount = 1 << 26

    /// The content of a file; nil where there is none.
    ///
    /// - Throws: `ModelError` naming the file and the key that is missing or wrong.
    static func read<Content: Decodable>(_: Content.Type, _ path: String) throws(ModelError) -> Content? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        guard let file = MappedFile(path: path) else {
            throw ModelError("\(path): cannot be read; check its permissions")
        }
        guard file.bytes.count <= largestByteCount else {
            throw ModelError("\(path): \(file.bytes.count) bytes, too large for a configuration; get it again")
        }
        do {
            return try JSONDecoder().decode(Content.self, from: Data(file.bytes))
        } catch DecodingError.keyNotFound(let key, _) {
            throw ModelError("\(path): has no `\(key.stringValue)`; get the file again")
        } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
            DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty
        {
            let key = context.codingPath.map(\.stringValue).joined(separator: ".")
            throw ModelError("\(path): the value of `\(key)` is of another kind than expected; get the file again")
        } catch {
            throw ModelError("\(path): not JSON; get the file again")
        }
    }
}
