import FoundationEssentials

/// JSON files that are read whole.
package enum JSONFile {
    /// No file has more bytes; a `tokenizer.json` of Whisper has 4 MB.
    package static let largestByteCount = 1 << 26

    /// The content of a file, unpacked where gzip has packed it.
    ///
    /// - Throws: `TextFileError` naming the file and the key that is missing or wrong.
    package static func read<Content: Decodable>(_: Content.Type, _ path: String) throws(TextFileError) -> Content {
        let bytes = try WholeFile.bytes(path, limit: largestByteCount)
        do {
            return try JSONDecoder().decode(Content.self, from: Data(bytes))
        } catch DecodingError.keyNotFound(let key, _) {
            throw TextFileError(.malformed, path, "has no `\(key.stringValue)`; get the file again")
        } catch DecodingError.typeMismatch(_, let context) where !context.codingPath.isEmpty {
            throw wrongType(of: context, path)
        } catch DecodingError.valueNotFound(_, let context) where !context.codingPath.isEmpty {
            throw wrongType(of: context, path)
        } catch DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty {
            throw wrongType(of: context, path)
        } catch DecodingError.typeMismatch {
            throw TextFileError(
                .malformed, path, "is JSON, but does not have the expected form; is this the right file?")
        } catch {
            throw TextFileError(.malformed, path, "not JSON; get the file again")
        }
    }

    private static func wrongType(of context: DecodingError.Context, _ path: String) -> TextFileError {
        let key = context.codingPath.map(\.stringValue).joined(separator: ".")
        return TextFileError(
            .malformed, path, "the value of `\(key)` has another type than expected; get the file again")
    }
}
