/// How labels become what a model learns to write. It is part of the model: its output looks like its labels.
///
/// Marks are composed with their letters where Unicode has a character for both: é is one character, however it was typed.
///
/// (How texts are compared when a model is scored is another question: `TextNormalizer`.)
public enum LabelNormalizer: String, Codable, Sendable, CaseIterable {
    /// Labels as they are, except that white space is collapsed.
    case none
    /// Lower case; letters, digits and apostrophes inside words stay, all else becomes a space. For languages that
    /// write spaces.
    case words
    /// As `words`, then without any space. For Chinese and Japanese.
    case characters

    /// The label that is learned.
    public func normalized(_ text: String) -> String {
        if let result = normalizedASCII(text) { return result }
        let text = UnicodeNormalization.canonicallyComposed(text)
        if self == .none { return text.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
        let scalars = Array(text.lowercased().unicodeScalars)
        var result = String.UnicodeScalarView()
        for (index, scalar) in scalars.enumerated() {
            if Self.isWordCharacter(scalar) {
                result.append(scalar)
            } else if scalar == "'" || scalar == "\u{2019}",
                index > 0, index + 1 < scalars.count, Self.isWordCharacter(scalars[index - 1]),
                Self.isWordCharacter(scalars[index + 1])
            {
                result.append("'")
            } else {
                result.append(" ")
            }
        }
        let words = String(result).split(separator: " ")
        return words.joined(separator: self == .characters ? "" : " ")
    }

    /// As `normalized`, for texts of ASCII alone, in a tenth of the time; nil for others. A list of a million lines is read in seconds.
    private func normalizedASCII(_ text: String) -> String? {
        var text = text
        return text.withUTF8 { bytes in
            guard bytes.allSatisfy({ $0 < 0x80 }) else { return nil }
            var result: [UInt8] = []
            result.reserveCapacity(bytes.count)
            var isBehindSpace = false
            for index in bytes.indices {
                guard let byte = keptASCII(bytes, index) else {
                    isBehindSpace = true
                    continue
                }
                if isBehindSpace && !result.isEmpty && self != .characters { result.append(UInt8(ascii: " ")) }
                isBehindSpace = false
                result.append(byte)
            }
            return String(decoding: result, as: UTF8.self)
        }
    }

    /// What becomes of a byte of ASCII; nil: it is a space, or becomes one.
    private func keptASCII(_ bytes: UnsafeBufferPointer<UInt8>, _ index: Int) -> UInt8? {
        func isWordCharacter(_ byte: UInt8) -> Bool {
            (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
        }
        let byte = bytes[index]
        if self == .none { return byte == 0x20 || (0x09...0x0D).contains(byte) ? nil : byte }
        if isWordCharacter(byte) { return byte | 0x20 }  // digits have that bit already
        let isInside =
            index > 0 && index + 1 < bytes.count && isWordCharacter(bytes[index - 1])
            && isWordCharacter(bytes[index + 1])
        return byte == UInt8(ascii: "'") && isInside ? byte : nil
    }

    private static func isWordCharacter(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark,
            .spacingMark, .enclosingMark, .decimalNumber, .letterNumber, .otherNumber:
            true
        default: false
        }
    }
}
