import FoundationEssentials

/// Reads the objects of a file that has one on each line.
package struct JSONLines {
    private let decoder = JSONDecoder()

    package init() {}

    /// The object of a line.
    ///
    /// - Throws: `TextFileError` where the line is not UTF-8, and where it is no such object.
    package func object<Object: Decodable>(_: Object.Type, of line: TextLine) throws(TextFileError) -> Object {
        try line.checkUTF8()
        do {
            return try decoder.decode(Object.self, from: Data(line.bytes))
        } catch {
            throw TextFileError(.malformed, line.path, line: line.number, Self.message(of: error, line: line))
        }
    }

    private static func message(of error: any Error, line: TextLine) -> String {
        switch error {
        case DecodingError.keyNotFound(let key, _): return "no key `\(key.stringValue)`"
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
            guard let key = context.codingPath.last else {
                return "not a JSON object; expected one object {...} per line"
            }
            return "the value of `\(key.stringValue)` has the wrong type; times are numbers, all else is text in quotes"
        default:
            return "not JSON; expected one object {...} per line, not \(line.string.prefix(40))"
        }
    }
}

/// Text or a number of a JSON object, where files of the field disagree on which of the two it is.
package enum JSONScalar: Decodable, Sendable {
    case text(String)
    /// `digits` is the number as text: all its digits, where a `Double` has too few of them.
    case number(Double, digits: String)
    /// Neither: true, false, null, a list or an object.
    case other

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number, digits: Self.digits(of: number, in: container))
        } else {
            self = .other
        }
    }

    /// A whole number without a point. From 2^53 on a `Double` skips whole numbers, so larger types are asked.
    private static func digits(of number: Double, in container: any SingleValueDecodingContainer) -> String {
        if number.magnitude < 0x1p53 { return number == number.rounded() ? String(Int(number)) : String(number) }
        if let whole = try? container.decode(Int64.self) { return String(whole) }
        if let whole = try? container.decode(UInt64.self) { return String(whole) }
        if let decimal = try? container.decode(Decimal.self) { return decimal.description }
        return String(number)
    }

    /// The text, or the number as text.
    package var string: String? {
        switch self {
        case .text(let text): return text
        case .number(_, let digits): return digits
        case .other: return nil
        }
    }

    /// The number, or the number that the text is; nil where it is none or not finite.
    package var finiteNumber: Double? {
        switch self {
        case .text(let text): return Double(text).flatMap { $0.isFinite ? $0 : nil }
        case .number(let number, _): return number.isFinite ? number : nil
        case .other: return nil
        }
    }
}
