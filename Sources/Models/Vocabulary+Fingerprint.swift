import Numerics
import Text

extension Vocabulary {
    /// A short name for exactly these characters in this order.
    var fingerprint: String {
        var fingerprint = Fingerprint()
        for character in characters { fingerprint.add(UInt64(character.value)) }
        return fingerprint.description
    }
}
