import Foundation

/// The compatibility normal forms NFKD and NFKC, and canonical composition, of Unicode Standard Annex 15.
///
/// Foundation's: FoundationEssentials and the standard library have none (docs/decisions/0012).
package enum UnicodeNormalization {
    /// The compatibility decomposition: every scalar taken apart, marks in canonical order.
    package static func compatibilityDecomposed(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
        if text.allSatisfy({ $0.value < 0xA0 }) { return text }
        return Array(text.string.decomposedStringWithCompatibilityMapping.unicodeScalars)
    }

    /// The compatibility decomposition, canonically composed again.
    package static func compatibilityComposed(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
        if text.allSatisfy({ $0.value < 0xA0 }) { return text }
        // In two steps: Foundation's precomposedStringWithCompatibilityMapping leaves U+1100 U+AC00 U+11A8 uncomposed.
        return Array(
            text.string.decomposedStringWithCompatibilityMapping.precomposedStringWithCanonicalMapping.unicodeScalars)
    }

    /// The canonical composition, NFC, of letters that are written as several scalars. Those that stand alone stay, also the few that NFC
    /// replaces for good, such as the sign for ångström.
    package static func canonicallyComposed(_ text: String) -> String {
        // Marks and the parts of Korean syllables are above.
        guard text.unicodeScalars.contains(where: { $0.value >= 0x300 }) else { return text }
        var result = ""
        result.reserveCapacity(text.utf8.count)
        for letter in text {
            let isOneScalar = letter.unicodeScalars.count == 1
            result += isOneScalar ? String(letter) : String(letter).precomposedStringWithCanonicalMapping
        }
        return result
    }
}
