/// The compatibility normal forms NFKD and NFKC, and canonical composition, of Unicode Standard Annex 15.
///
/// The standard library compares strings by canonical equivalence but offers no normal form, and Foundation's costs
/// tens of megabytes in a static binary.
enum UnicodeNormalization {
    /// The compatibility decomposition: every scalar taken apart, marks in canonical order.
    static func compatibilityDecomposed(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
        if text.allSatisfy({ $0.value < 0xA0 }) { return text }
        var result: [Unicode.Scalar] = []
        result.reserveCapacity(text.count + 8)
        for scalar in text { appendDecomposition(of: scalar, to: &result) }
        orderMarks(in: &result)
        return result
    }

    /// The compatibility decomposition, canonically composed again.
    static func compatibilityComposed(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
        if text.allSatisfy({ $0.value < 0xA0 }) { return text }
        return composed(compatibilityDecomposed(text))
    }

    /// The canonical composition, NFC, of all but those rare characters that NFC replaces for good, such as the sign for ångström.
    static func canonicallyComposed(_ text: String) -> String {
        let scalars = Array(text.unicodeScalars)
        // Only marks and the parts of Korean syllables are ever composed.
        guard scalars.contains(where: { combiningClass($0) != 0 || (0x1100...0x11FF).contains($0.value) }) else {
            return text
        }
        var decomposed: [Unicode.Scalar] = []
        for scalar in scalars {
            var parts: [Unicode.Scalar] = []
            appendDecomposition(of: scalar, to: &parts)
            // A compatibility decomposition is not undone by canonical composition.
            decomposed += composed(parts) == [scalar] ? parts : [scalar]
        }
        orderMarks(in: &decomposed)
        return String(String.UnicodeScalarView(composed(decomposed)))
    }

    private static func appendDecomposition(of scalar: Unicode.Scalar, to result: inout [Unicode.Scalar]) {
        let value = scalar.value
        if value < 0xA0 || (value >= 0x3400 && value < 0xA000) {
            result.append(scalar)
        } else if value >= 0xAC00 && value <= 0xD7A3 {
            let index = value - 0xAC00
            result.append(Unicode.Scalar(0x1100 + index / 588)!)
            result.append(Unicode.Scalar(0x1161 + index % 588 / 28)!)
            if index % 28 != 0 { result.append(Unicode.Scalar(0x11A7 + index % 28)!) }
        } else if let decomposition = decompositions[value] {
            result.append(contentsOf: decomposition)
        } else {
            result.append(scalar)
        }
    }

    /// Sorts runs of combining marks by their combining class, stably.
    private static func orderMarks(in text: inout [Unicode.Scalar]) {
        for index in text.indices.dropFirst() {
            let mark = text[index]
            let markClass = combiningClass(mark)
            if markClass == 0 { continue }
            var position = index
            while position > 0 && combiningClass(text[position - 1]) > markClass {
                text[position] = text[position - 1]
                position -= 1
            }
            text[position] = mark
        }
    }

    /// Canonical composition of a decomposed text.
    private static func composed(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var result: [Unicode.Scalar] = []
        result.reserveCapacity(text.count)
        var starter: Int?
        var lastClass: UInt8 = 0
        for scalar in text {
            let markClass = combiningClass(scalar)
            if let starter {
                let isAdjacent = starter == result.count - 1
                let isBlocked = !isAdjacent && (lastClass == 0 || lastClass >= markClass)
                if !isBlocked, let composite = composite(result[starter], scalar) {
                    result[starter] = composite
                    continue
                }
            }
            if markClass == 0 { starter = result.count }
            lastClass = markClass
            result.append(scalar)
        }
        return result
    }

    private static func composite(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> Unicode.Scalar? {
        let (left, right) = (first.value, second.value)
        if left >= 0x1100 && left < 0x1113 && right >= 0x1161 && right < 0x1176 {
            return Unicode.Scalar(0xAC00 + ((left - 0x1100) * 21 + right - 0x1161) * 28)
        }
        if left >= 0xAC00 && left <= 0xD7A3 && (left - 0xAC00) % 28 == 0 && right > 0x11A7 && right < 0x11C3 {
            return Unicode.Scalar(left + right - 0x11A7)
        }
        return compositions[UInt64(left) << 32 | UInt64(right)]
    }

    private static func combiningClass(_ scalar: Unicode.Scalar) -> UInt8 {
        scalar.value < 0x300 ? 0 : scalar.properties.canonicalCombiningClass.rawValue
    }

    private static let decompositions: [UInt32: [Unicode.Scalar]] = {
        var table: [UInt32: [Unicode.Scalar]] = [:]
        table.reserveCapacity(6000)
        for item in UnicodeTables.decompositions.split(separator: " ") {
            let parts = item.split(separator: ":")
            let key = parts[0].split(separator: "+").map { UInt32($0, radix: 16)! }
            let values = parts[1].split(separator: "_").map { UInt32($0, radix: 16)! }
            if key.count == 1 {
                table[key[0]] = values.map { Unicode.Scalar($0)! }
            } else {
                for step in 0...key[1] { table[key[0] + step] = [Unicode.Scalar(values[0] + step)!] }
            }
        }
        return table
    }()

    private static let compositions: [UInt64: Unicode.Scalar] = {
        var table: [UInt64: Unicode.Scalar] = [:]
        for item in UnicodeTables.compositions.split(separator: " ") {
            let parts = item.split(separator: ":")
            let pair = parts[0].split(separator: "_").map { UInt64($0, radix: 16)! }
            table[pair[0] << 32 | pair[1]] = Unicode.Scalar(UInt32(parts[1], radix: 16)!)!
        }
        return table
    }()
}
