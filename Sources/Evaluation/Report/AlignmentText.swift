/// An alignment as text: word under word.
public enum AlignmentText {
    /// Three lines: `REF:`, `HYP:` and `Eval:`. Wrong words are in capitals, gaps are asterisks, an optional word left
    /// out stands in parentheses over a gap.
    public static func lines(_ alignment: Alignment) -> [String] {
        var reference = "REF: "
        var hypothesis = "HYP: "
        var evaluation = "Eval:"
        for step in alignment.steps {
            let isWrong = step.operation != .hit
            let isOmitted = step.operation == .hit && step.hypothesis == nil
            let upper = step.reference.map { isOmitted ? "(\($0))" : isWrong ? $0.uppercased() : $0 }
            let lower = step.hypothesis.map { isWrong ? $0.uppercased() : $0 }
            let width = max(upper.map(columnCount) ?? 0, lower.map(columnCount) ?? 0)
            reference += " " + padded(upper ?? String(repeating: "*", count: width), to: width)
            hypothesis += " " + padded(lower ?? String(repeating: "*", count: width), to: width)
            evaluation += " " + padded(letter(of: step.operation), to: width)
        }
        return [reference, hypothesis, evaluation].map { line in
            String(line.reversed().drop { $0 == " " }.reversed())
        }
    }

    private static func letter(of operation: EditOperation) -> String {
        switch operation {
        case .hit: return ""
        case .substitution: return "S"
        case .deletion: return "D"
        case .insertion: return "I"
        }
    }

    /// How many columns a terminal needs: two for Chinese, Japanese and Korean characters.
    private static func columnCount(_ text: String) -> Int {
        text.reduce(0) { count, character in
            let scalar = character.unicodeScalars.first!.value
            let isWide =
                (scalar >= 0x1100 && scalar <= 0x115F) || (scalar >= 0x2E80 && scalar <= 0xA4CF)
                || (scalar >= 0xAC00 && scalar <= 0xD7A3) || (scalar >= 0xF900 && scalar <= 0xFAFF)
                || (scalar >= 0xFE30 && scalar <= 0xFE6F) || (scalar >= 0xFF00 && scalar <= 0xFF60)
                || (scalar >= 0x20000 && scalar <= 0x3FFFD)
            return count + (isWide ? 2 : 1)
        }
    }

    private static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - columnCount(text)))
    }
}
