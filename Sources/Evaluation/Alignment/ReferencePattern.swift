import Text

/// A reference with alternatives `{ a / b c / @ }` and optional words `(x)`, as trn and stm files have them.
///
/// `@` and an empty alternative stand for nothing. Braces and slashes are tokens of their own, between white space;
/// alternatives may hold alternatives.
struct ReferencePattern {
    indirect enum Element {
        /// A word; an optional one may be left out without an error.
        case word(String, isOptional: Bool)
        case nothing
        case alternatives([[Element]])
    }

    var elements: [Element]

    /// How deep alternatives may stand in each other.
    private static let depthLimit = 100

    /// Whether nothing but plain words is there.
    var isPlain: Bool {
        elements.allSatisfy { element in
            if case .word(_, isOptional: false) = element { return true }
            return false
        }
    }

    /// Reads a pattern and normalises its runs of plain words.
    ///
    /// - Throws: `ReferencePatternError` when a brace has no partner.
    init(_ text: String, normalizer: TextNormalizer = .none) throws(ReferencePatternError) {
        var tokens = ScoringUnit.words.tokens(of: text)[...]
        var elements = try Self.sequence(&tokens, depth: 0)
        if !tokens.isEmpty { throw ReferencePatternError(fault: "'}' without '{'") }
        if normalizer != .none { elements = Self.normalized(elements, by: normalizer) }
        self.elements = elements
    }

    private static func sequence(_ tokens: inout ArraySlice<String>, depth: Int) throws(ReferencePatternError)
        -> [Element]
    {
        var elements: [Element] = []
        while let token = tokens.first {
            if token == "}" || (token == "/" && depth > 0) { break }
            tokens.removeFirst()
            if token == "{" {
                guard depth < Self.depthLimit else {
                    throw ReferencePatternError(fault: "alternatives nested more than \(Self.depthLimit) deep")
                }
                elements.append(.alternatives(try alternatives(&tokens, depth: depth + 1)))
            } else if token == "@" {
                elements.append(.nothing)
            } else if token.count > 2 && token.hasPrefix("(") && token.hasSuffix(")") {
                elements.append(.word(String(token.dropFirst().dropLast()), isOptional: true))
            } else {
                elements.append(.word(token, isOptional: false))
            }
        }
        return elements
    }

    private static func alternatives(_ tokens: inout ArraySlice<String>, depth: Int) throws(ReferencePatternError)
        -> [[Element]]
    {
        var alternatives: [[Element]] = []
        while true {
            let elements = try sequence(&tokens, depth: depth)
            alternatives.append(elements.isEmpty ? [.nothing] : elements)
            guard let token = tokens.popFirst() else {
                throw ReferencePatternError(fault: "'{' without '}'")
            }
            if token == "}" { return alternatives }
        }
    }

    private static func normalized(_ elements: [Element], by normalizer: TextNormalizer) -> [Element] {
        func words(_ text: String, isOptional: Bool) -> [Element] {
            ScoringUnit.words.tokens(of: normalizer.separatedIntoWords(normalizer.normalized(text)))
                .map { .word($0, isOptional: isOptional) }
        }
        var result: [Element] = []
        var run: [String] = []
        for element in elements {
            if case .word(let word, isOptional: false) = element {
                run.append(word)
                continue
            }
            result += words(run.joined(separator: " "), isOptional: false)
            run = []
            switch element {
            case .word(let word, _): result += words(word, isOptional: true)
            case .nothing: result.append(.nothing)
            case .alternatives(let alternatives):
                result.append(
                    .alternatives(
                        alternatives.map { alternative in
                            let words = normalized(alternative, by: normalizer)
                            return words.isEmpty ? [.nothing] : words
                        }))
            }
        }
        return result + words(run.joined(separator: " "), isOptional: false)
    }
}

/// Braces of a reference that do not fit together.
struct ReferencePatternError: Error, CustomStringConvertible {
    var fault: String

    var description: String { "\(fault) in a reference; alternatives are written { a / b }" }
}
