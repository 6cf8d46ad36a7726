import Files
import Glibc
import Models
import Text

/// What a search found: texts, best first, and whose scores theirs are.
package struct FoundTexts {
    package var hypotheses: [Hypothesis]
    /// The names of the scorers, and their weights.
    package var scorers: [(name: String, weight: Float)]

    package var best: Hypothesis { hypotheses[0] }

    package init(hypotheses: [Hypothesis], scorers: [(name: String, weight: Float)]) {
        self.hypotheses = hypotheses
        self.scorers = scorers
    }

    /// The texts that are complete, or the best one if none is, with the score of each part. Of those that differ in timestamps alone the
    /// first.
    ///
    /// - Parameter count: the most that are wanted.
    package func scoredTexts(_ tokenizer: some Tokenizer, count: Int) -> [Transcription.ScoredText] {
        let complete = hypotheses.filter(\.isComplete)
        var texts: Set<String> = []
        let scored = (complete.isEmpty ? [best] : complete).map { hypothesis in
            Transcription.ScoredText(
                text: tokenizer.text(of: hypothesis.tokens).split(separator: " ").joined(separator: " "),
                score: Double(hypothesis.logProbability),
                parts: zip(scorers, hypothesis.scores).map {
                    Transcription.ScoredText.Part(name: $0.name, score: Double($1), weight: Double($0.weight))
                })
        }
        return Array(scored.filter { texts.insert($0.text).inserted }.prefix(count))
    }

    /// What is known of the words of the best text.
    ///
    /// - Parameters:
    ///   - ranges: which tokens each word of a text has; see `Tokenizer.wordRanges`.
    ///   - text: of tokens
    ///   - hasEndToken: whether the token behind a word says that it ends there, and counts as one of its own.
    ///   - settings: the model's; nil: words have no confidence, nor have they where a part of the search is missing that it was fitted
    ///     with.
    ///   - keepsValues: whether words hold the values of their features, and not their confidence alone.
    package func evidence(
        ranges: ([Int]) -> [Range<Int>], text: (ArraySlice<Int>) -> String, hasEndToken: Bool,
        settings: ConfidenceSettings?, keepsValues: Bool = true
    ) -> [WordEvidence] {
        let settings = settings.flatMap { isUsable($0) ? $0 : nil }
        let words = ranges(best.tokens)
        let texts = words.map { trimmed(text(best.tokens[$0])) }
        let rowCount = best.tokenScores.count / max(1, scorers.count)
        let rows = words.map { hasEndToken ? $0.lowerBound..<min($0.upperBound + 1, rowCount) : $0 }
        let decoder = rows.map { Self.surprise(mean(scores("decoder", $0))) }
        let languageModel = rows.map { Self.surprise(scores("language model", $0).reduce(0, +)) }
        let letters = texts.map { Double(max(1, $0.count { $0.isLetter || $0.isNumber })) }
        let posteriors = posteriors { tokens in ranges(tokens).map { Self.bare(text(tokens[$0])) } }
        let whole = Self.surprise(mean(scores("decoder", 0..<rowCount)))
        return words.indices.map { index in
            func before(_ values: [Double]) -> Double { index > 0 ? values[index - 1] : 0 }
            func after(_ values: [Double]) -> Double { index + 1 < words.count ? values[index + 1] : 0 }
            let values: [ConfidenceFeature: Double] = [
                .decoder: decoder[index], .ctc: Self.surprise(mean(scores("CTC output", rows[index]))),
                .languageModel: languageModel[index],
                .posterior: Self.surprise(log(max(posteriors[index], Self.smallestShare))),
                .letters: log(letters[index]), .shortness: 1 / letters[index],
                .decoderBefore: before(decoder), .decoderAfter: after(decoder),
                .languageModelBefore: before(languageModel), .languageModelAfter: after(languageModel),
                .lettersBefore: before(letters), .lettersAfter: after(letters), .text: whole,
            ]
            return WordEvidence(
                text: texts[index], tokens: words[index], values: keepsValues ? values : [:],
                confidence: settings?.probability(values))
        }
    }

    /// Whether the search has the parts that a confidence was fitted with.
    private func isUsable(_ settings: ConfidenceSettings) -> Bool {
        [(ConfidenceFeature.languageModel, "language model"), (.ctc, "CTC output")].allSatisfy { feature, name in
            settings.weights[feature.rawValue] == nil || scorers.contains { $0.name.hasPrefix(name) }
        }
    }

    /// What the scorers whose names begin so gave some tokens of the best text together; empty where there is none.
    private func scores(_ name: String, _ rows: Range<Int>) -> [Double] {
        var sums: [Double] = []
        for (index, scorer) in scorers.enumerated() where scorer.name.hasPrefix(name) {
            let values = rows.map { max(Self.floor, Double(best.tokenScores[$0 * scorers.count + index])) }
            sums = sums.isEmpty ? values : zip(sums, values).map(+)
        }
        return sums
    }

    private func mean(_ values: [Double]) -> Double {
        values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
    }

    private static func surprise(_ logProbability: Double) -> Double { max(0, -logProbability).squareRoot() }

    private static let smallestShare = 0.001
    /// Log probabilities below this say no more.
    private static let floor = -20.0

    /// For each word of the best text, the share of the texts that have it at the same place, each with its probability among them
    /// (Evermann and Woodland 2000, on a list instead of a lattice).
    ///
    /// - Parameter words: of a text
    private func posteriors(_ words: ([Int]) -> [String]) -> [Double] {
        let own = words(best.tokens)
        var shares = [Double](repeating: 0, count: own.count)
        var total = 0.0
        for hypothesis in hypotheses where hypothesis.isComplete == best.isComplete {
            let weight = exp(Double(hypothesis.logProbability - best.logProbability))
            total += weight
            let missing = Set(
                own.difference(from: words(hypothesis.tokens)).insertions.map { change in
                    if case .insert(let offset, _, _) = change { offset } else { -1 }
                })
            for index in own.indices where !missing.contains(index) { shares[index] += weight }
        }
        return shares.map { total > 0 ? $0 / total : 1 }
    }

    /// A word without marks, in lower case: so it counts as the same.
    private static func bare(_ text: String) -> String {
        String(text.lowercased().filter { $0.isLetter || $0.isNumber })
    }
}
