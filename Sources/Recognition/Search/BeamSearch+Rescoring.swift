extension BeamSearch {
    /// Texts that a search has found, with the scores of more scorers, in their new order: n-best rescoring. What is expensive for every
    /// beginning scores only the few texts that are left.
    ///
    /// - Parameter scorers: new ones, whose scores come after those of the search.
    /// - Throws: `SearchError` for scores that are NaN or +infinity; what a scorer throws.
    public func rescored(_ hypotheses: [Hypothesis], by scorers: [WeightedScorer]) throws -> [Hypothesis] {
        var rescored = hypotheses
        let texts = hypotheses.map { $0.isComplete ? $0.tokens + [tokens.end] : $0.tokens }
        for scorer in scorers {
            for (index, scores) in try self.scores(of: texts, by: scorer).enumerated() {
                rescored[index].add(scores, weight: scorer.weight)
            }
        }
        return sorted(rescored)
    }

    /// What a scorer says of each token of some texts, in nats: [text][token].
    private func scores(of texts: [[Int]], by scorer: WeightedScorer) throws -> [[Float]] {
        var result = texts.map { _ in [Float]() }
        // Texts that have a next token. Before the first one all are the same to a scorer.
        var places = texts.indices.filter { !texts[$0].isEmpty }
        var position = 0
        while !places.isEmpty {
            let next = places.map { texts[$0][position] }
            let scores =
                position == 0
                ? try scorer.scorer.scores(of: [next])[0]
                : try scorer.scorer.scores(of: next.map { [$0] }).map { $0[0] }
            guard scores.allSatisfy({ $0 < .infinity }) else { throw SearchError.notFinite("the \(scorer.name)") }
            for (place, score) in zip(places, scores) { result[place].append(score) }
            let rows = places.indices.filter { position + 1 < texts[places[$0]].count }
            if !rows.isEmpty {
                scorer.scorer.select(parents: position == 0 ? rows.map { _ in 0 } : rows, tokens: rows.map { next[$0] })
            }
            places = rows.map { places[$0] }
            position += 1
        }
        return result
    }
}

extension Hypothesis {
    /// Adds what one more scorer says of each token.
    fileprivate mutating func add(_ scores: [Float], weight: Float) {
        let rows = zip(scores.indices, scores)
        let count = self.scores.count
        tokenScores = rows.flatMap { tokenScores[$0 * count..<($0 + 1) * count] + [$1] }
        let sum = scores.reduce(0, +)
        self.scores.append(sum)
        logProbability += weight * sum
    }
}
