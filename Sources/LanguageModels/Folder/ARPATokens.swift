import Text

/// What becomes of the tokens of an ARPA file: each is brought into the form that the recogniser writes, as text to learn from is. Of those
/// that become the same, the most probable one stays: probabilities behind different histories cannot be added.
struct ARPATokens: Sendable {
    /// How many there are, without the special ones.
    let count: Int
    /// The new number of each; nil: it is left out.
    let numbers: [Int?]
    /// By their new numbers: the special ones, then words in the order of their bytes, or characters in the order of the file.
    let written: [String]
    /// Those that are written otherwise in the file, the most probable first.
    private let renamed: [(old: String, new: String)]
    /// Those that the recogniser does not write, the most probable first.
    private let unwritable: [String]
    /// Those that become the same as a more probable one, the most probable first.
    private let repeated: [(old: String, new: String)]

    init(
        _ model: NGramModel, _ unit: LanguageModelDescription.Unit, vocabulary: Vocabulary, normalizer: LabelNormalizer
    ) {
        let specials = NGramModel.specialTokens
        let writer = Writer(unit: unit, normalizer: normalizer, known: Set(vocabulary.characters))
        let probabilities = model.orders[0].logProbabilities
        let byProbability = model.vocabulary.indices.dropFirst(specials.count).sorted {
            (-probabilities[$0], $0) < (-probabilities[$1], $1)
        }
        var taken: Set<String> = []
        var kept: [(old: Int, new: String)] = []
        var renamed: [(old: String, new: String)] = []
        var unwritable: [String] = []
        var repeated: [(old: String, new: String)] = []
        for token in byProbability {
            let old = model.vocabulary[token]
            guard let new = writer.written(old) else {
                unwritable.append(old)
                continue
            }
            guard taken.insert(new).inserted else {
                repeated.append((old, new))
                continue
            }
            kept.append((token, new))
            if new != old { renamed.append((old, new)) }
        }
        if unit == .words {
            // Words with a common beginning stand together.
            kept.sort { $0.new.utf8.lexicographicallyPrecedes($1.new.utf8) }
        } else {
            kept.sort { $0.old < $1.old }
        }
        var numbers = model.vocabulary.indices.map { $0 < specials.count ? $0 : nil }
        for (place, token) in kept.enumerated() { numbers[token.old] = specials.count + place }
        count = byProbability.count
        self.numbers = numbers
        written = specials + kept.map(\.new)
        (self.renamed, self.unwritable, self.repeated) = (renamed, unwritable, repeated)
    }

    /// Brings one token into the form that the recogniser writes.
    private struct Writer {
        let unit: LanguageModelDescription.Unit
        let normalizer: LabelNormalizer
        let known: Set<Unicode.Scalar>

        /// nil: it writes it not at all, or not as one word or character.
        func written(_ token: String) -> String? {
            if unit == .characters { return character(token) }
            // <noise> and [laughter] are no words.
            for (first, last) in [("<", ">"), ("[", "]")] where token.hasPrefix(first) && token.hasSuffix(last) {
                return nil
            }
            let word = normalizer.normalized(token)
            return !word.isEmpty && word.unicodeScalars.allSatisfy { $0 != " " && known.contains($0) } ? word : nil
        }

        private func character(_ token: String) -> String? {
            func single(_ text: String) -> String? {
                let scalars = text.unicodeScalars
                return scalars.count == 1 && known.contains(scalars.first!) ? text : nil
            }
            // As it is, first: the apostrophe is none of a word's letters where it stands alone.
            if let character = single(token) { return character }
            if CharacterTokens.spaceNames.contains(token) { return known.contains(" ") ? CharacterTokens.space : nil }
            return single(normalizer.normalized(token))
        }
    }

    /// How many are written otherwise, and the first of them; nil where there are none.
    var renamedSummary: (count: Int, list: String)? {
        renamed.isEmpty ? nil : (renamed.count, Self.list(renamed.map { "\"\($0.old)\" as \"\($0.new)\"" }))
    }

    /// How many are left out, and the first of them; nil where there are none.
    var leftOutSummary: (count: Int, list: String)? {
        var reasons: [String] = []
        if !unwritable.isEmpty {
            let list = Self.list(unwritable.map { "\"\($0)\"" })
            reasons.append("\(unwritable.count) that the recogniser does not write (\(list))")
        }
        if !repeated.isEmpty {
            let list = Self.list(repeated.map { "\"\($0.old)\" as \"\($0.new)\"" })
            reasons.append("\(repeated.count) whose form a more probable one has (\(list))")
        }
        return reasons.isEmpty ? nil : (unwritable.count + repeated.count, reasons.joined(separator: ", "))
    }

    /// The first ten.
    private static func list(_ texts: [String]) -> String {
        texts.prefix(10).joined(separator: ", ") + (texts.count > 10 ? " ..." : "")
    }
}
