import Evaluation
import Recognition
import Text

/// A word that was recognised, and whether it was said.
package struct LabelledWord: Sendable {
    package var evidence: WordEvidence
    package var isRight: Bool

    package init(evidence: WordEvidence, isRight: Bool) {
        self.evidence = evidence
        self.isRight = isRight
    }

    /// The words of a text, each right where the alignment with what was said has it as a hit.
    ///
    /// Both texts are normalised as a whole. A word is left out where it can not be found again in the normalised text, as "twenty" in 21.
    ///
    /// - Parameters:
    ///   - words: in their order.
    ///   - hasSpaces: whether words have spaces between them in this language.
    package static func words(
        _ words: [WordEvidence], reference: String, normalizer: TextNormalizer, hasSpaces: Bool
    ) -> [LabelledWord] {
        func parts(_ text: String) -> [String] {
            let normalized = normalizer.separatedIntoWords(normalizer.normalized(text))
            return hasSpaces
                ? ScoringUnit.words.tokens(of: normalized)
                : ScoringUnit.characters.tokens(of: normalized).filter { !$0.allSatisfy(\.isWhitespace) }
        }
        let said = parts(reference).joined(separator: " ")
        let written = parts(words.map(\.text).joined(separator: hasSpaces ? " " : ""))
        let hits = Alignment(reference: said, hypothesis: written.joined(separator: " ")).steps
            .filter { $0.operation != .deletion }.map { $0.operation == .hit }

        // Where each part of each word is in the normalised text.
        let owned = words.map { parts($0.text) }
        let single = owned.flatMap(\.self)
        let difference = written.difference(from: single)
        var removed: Set<Int> = []
        var inserted: Set<Int> = []
        for change in difference {
            switch change {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, _, _): inserted.insert(offset)
            }
        }
        let kept = written.indices.filter { !inserted.contains($0) }
        var (part, place) = (0, 0)
        var result: [LabelledWord] = []
        for (word, own) in zip(words, owned) {
            var isRight: Bool? = own.isEmpty ? nil : true
            for _ in own {
                if removed.contains(part) {
                    isRight = nil
                } else {
                    if !hits[kept[place]] { isRight = isRight.map { _ in false } }
                    place += 1
                }
                part += 1
            }
            if let isRight { result.append(LabelledWord(evidence: word, isRight: isRight)) }
        }
        return result
    }
}
