/// Cuts a text into the pieces within which bytes are merged, as GPT-2 does.
///
/// What its pattern `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+` finds from left to right: a short form
/// behind an apostrophe; letters, digits or other signs, each with a space before them; white space, of which the last one is left to the
/// word that follows (openai/gpt-2, `src/encoder.py`). `\s` is Unicode's property White_Space, as in tiktoken and tokenizers.
struct BytePairSplit {
    private enum Kind: UInt8 { case letter, number, space, other }

    /// The kind of each scalar of the text, then one that ends it.
    private var kinds: [Kind] = []
    /// The first byte of each scalar, and the number of all bytes.
    private var starts: [Int] = []
    private let bytes: [UInt8]

    private init(_ text: String, bytes: [UInt8]) {
        self.bytes = bytes
        kinds.reserveCapacity(bytes.count)
        starts.reserveCapacity(bytes.count + 1)
        var position = 0
        for scalar in text.unicodeScalars {
            kinds.append(Self.kind(scalar))
            starts.append(position)
            position += UTF8.width(scalar)
        }
        starts.append(position)
    }

    /// The pieces of a text, as ranges of its UTF-8 bytes: together all of them.
    ///
    /// - Parameter bytes: the UTF-8 of `text`.
    static func pieces(of text: String, bytes: [UInt8]) -> [Range<Int>] {
        let split = BytePairSplit(text, bytes: bytes)
        var pieces: [Range<Int>] = []
        var start = 0
        while start < split.kinds.count {
            let end = split.end(ofPieceAt: start)
            pieces.append(split.starts[start]..<split.starts[end])
            start = end
        }
        return pieces
    }

    /// The scalar behind the piece that begins at scalar `start`.
    private func end(ofPieceAt start: Int) -> Int {
        if bytes[starts[start]] == UInt8(ascii: "'"), let length = shortFormLength(at: start) { return start + length }
        if kinds[start] != .space { return end(ofRunAt: start) }
        // ` ?`: of all white space, only a space (0x20) joins what follows it.
        let next = start + 1
        if bytes[starts[start]] == 0x20, next < kinds.count, kinds[next] != .space { return end(ofRunAt: next) }
        let end = end(ofRunAt: start)
        // `\s+(?!\S)` gives its last scalar back where something else follows, unless it is the only one.
        return end == kinds.count || end == next ? end : end - 1
    }

    /// The scalar behind those from `start` that are of the same kind.
    private func end(ofRunAt start: Int) -> Int {
        var end = start + 1
        while end < kinds.count && kinds[end] == kinds[start] { end += 1 }
        return end
    }

    /// The length of `'s`, `'t`, `'re`, `'ve`, `'m`, `'ll` or `'d` at an apostrophe; nil where none stands there.
    private func shortFormLength(at start: Int) -> Int? {
        let first = starts[start] + 1
        guard first < bytes.count else { return nil }
        let second: UInt8
        switch Unicode.Scalar(bytes[first]) {
        case "s", "t", "m", "d": return 2
        case "r", "v": second = UInt8(ascii: "e")
        case "l": second = UInt8(ascii: "l")
        default: return nil
        }
        return first + 1 < bytes.count && bytes[first + 1] == second ? 3 : nil
    }

    private static func kind(_ scalar: Unicode.Scalar) -> Kind {
        if scalar.value < 0x80 {
            switch scalar.value {
            case 0x61...0x7A, 0x41...0x5A: return .letter
            case 0x20, 0x09...0x0D: return .space
            case 0x30...0x39: return .number
            default: return .other
            }
        }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return .letter
        case .decimalNumber, .letterNumber, .otherNumber: return .number
        default: return scalar.properties.isWhitespace ? .space : .other
        }
    }
}
