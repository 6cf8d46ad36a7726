import FoundationEssentials

/// Prints one value as one JSON object on stdout: what `--json` does in every command.
///
/// Keys are sorted, so that the same result is the same text.
func printJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(value), as: UTF8.self))
}
