import Numerics
import Text

extension ModelVocabulary {
    /// A short name for exactly these tokens in this order.
    package var fingerprint: String {
        var fingerprint = Fingerprint()
        add(to: &fingerprint)
        return fingerprint.description
    }

    /// Adds every token, in their order.
    func add(to fingerprint: inout Fingerprint) {
        switch self {
        case .characters(let vocabulary):
            for character in vocabulary.characters { fingerprint.add(UInt64(character.value)) }
        case .bytePairs(let tokenizer): Self.add(tokenizer.vocabulary, to: &fingerprint)
        case .whisper(let tokenizer): Self.add(tokenizer.vocabulary, to: &fingerprint)
        }
    }
    private static func add(_ vocabulary: BytePairVocabulary, to fingerprint: inout Fingerprint) {
        for token in 0..<vocabulary.ordinaryCount {
            fingerprint.add(vocabulary.bytes(of: token))
            fingerprint.add(UInt64(0x100))  // no byte: where a token ends
        }
        fingerprint.add(UInt64(vocabulary.count))
    }
}
