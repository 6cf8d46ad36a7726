import Text

/// A label with the capitals and the punctuation of what a model wrote for the same recording. Its words stay.
///
/// Both texts are aligned word by word. Where they agree, the model's word is taken with its marks. A word that the model got wrong is that of
/// the label, with a capital and the marks behind it where the model's word has them.
public struct StyledLabel: Sendable, Equatable {
    public let text: String

    /// - Parameters:
    ///   - label: the words that were said; a label in capitals alone is made lower case.
    ///   - transcript: what the model wrote.
    public init(_ label: String, styledAs transcript: String) {
        // Capitals mean something unless all are.
        let words = Self.words(label == label.uppercased() ? label.lowercased() : label)
        let models = Self.words(transcript)
        let places = models.indices.flatMap { word in models[word].parts.indices.map { (word: word, part: $0) } }
        let alignment = Alignment(
            reference: words.flatMap(\.parts).joined(separator: " "),
            hypothesis: models.flatMap(\.parts).joined(separator: " "))
        // For each part of the label the place of the model's part that stands against it.
        var partners: [(word: Int, part: Int)?] = []
        var column = 0
        for step in alignment.steps {
            if step.operation != .insertion { partners.append(step.operation == .deletion ? nil : places[column]) }
            if step.operation != .deletion { column += 1 }
        }
        var start = 0
        text = words.map { word in
            let own = partners[start..<start + word.parts.count]
            start = own.endIndex
            var result = word.text
            if let first = own.first!, first.part == 0 {
                let model = models[first.word]
                if model.parts == word.parts { return model.text }
                if model.text.first(where: \.isLetter)?.isUppercase == true {
                    result = result.prefix(1).uppercased() + result.dropFirst()
                }
            }
            if let last = own.last!, last.part == models[last.word].parts.count - 1, word.ending.isEmpty,
                !models[last.word].mayBeAbbreviation
            {
                result += models[last.word].ending
            }
            return result
        }.joined(separator: " ")
    }

    /// What stands between two spaces.
    private struct Word {
        let text: String
        /// Its words as they are compared; "well-known" has two.
        let parts: [String]

        /// The marks behind its last letter or digit.
        var ending: Substring {
            let end = text.lastIndex { $0.isLetter || $0.isNumber }.map(text.index(after:)) ?? text.startIndex
            return text[end...]
        }

        /// Whether its full stop may be that of a short form, such as "Mr."
        var mayBeAbbreviation: Bool { ending == "." && text.count <= 4 }
    }

    /// The words of a text, without marks that stand alone.
    private static func words(_ text: String) -> [Word] {
        text.split(whereSeparator: \.isWhitespace).compactMap { token in
            let parts = LabelNormalizer.words.normalized(String(token)).split(separator: " ").map(String.init)
            return parts.isEmpty ? nil : Word(text: String(token), parts: parts)
        }
    }
}
