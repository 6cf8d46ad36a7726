import Numerics
import Text

extension ModelVocabulary {
    /// A short name for exactly these tokens in this order.
    var fingerprint: String {
        var fingerprint = Fingerprint()
        add(to: &fingerprint)
        return fingerprint.description
    }

    /// Adds every token, in their order.
    func add(to fingerprint: inout Fingerprint) {
        switch self {
        case .characters(let vocabulary):
            for character in vocabulary.characters { fingerprint.add(UInt64(character.value)) }
        case .whisper(let tokenizer):
            for token in 0..<tokenizer.vocabulary.ordinaryCount {
                fingerprint.add(tokenizer.vocabulary.bytes(of: token))
                fingerprint.add(UInt64(0x100))  // no byte: where a token ends
            }
            fingerprint.add(UInt64(tokenizer.count))
        }
    }
}
