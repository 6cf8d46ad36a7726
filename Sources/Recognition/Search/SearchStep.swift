import Tensors

/// What the scorers of a beam search say about the next token of every hypothesis.
///
/// Scorers that are not partial score every token. Partial ones score those that the others think best, or every token where
/// there are no others.
struct SearchStep {
    private let scorers: [WeightedScorer]
    private let tokens: WritableTokens
    /// Tokens of each hypothesis so far.
    private let length: Int
    /// The scorers that see every token, by their place among all.
    private let full: [Int]
    private let partial: [Int]
    /// [hypothesis, token] of each full scorer.
    private var fullScores: [Tensor] = []
    /// For each hypothesis the tokens that partial scorers have scored, and their scores: [partial scorer][hypothesis][candidate].
    private var candidates: [[Int]] = []
    private var partialScores: [[[Float]]] = []

    init(_ scorers: [WeightedScorer], tokens: WritableTokens, length: Int) {
        self.scorers = scorers
        self.tokens = tokens
        self.length = length
        let areAllPartial = scorers.allSatisfy { $0.isPartial || $0.weight == 0 }
        full = scorers.indices.filter { areAllPartial || !scorers[$0].isPartial }
        partial = scorers.indices.filter { !areAllPartial && scorers[$0].isPartial }
    }

    /// The `2 * beamSize` best extensions, best first; and the `beamSize` best of those that hope for more.
    ///
    /// - Throws: `SearchError` for scores that are NaN or +infinity; what a scorer throws.
    mutating func bestExtensions(
        of running: [Hypothesis], beamSize: Int
    ) throws -> (best: [BestExtensions.Entry], hopeful: [BestExtensions.Entry]) {
        fullScores = try full.map { try scorers[$0].scorer.scores() }
        let hopes = hopes(of: running.count)
        var best = BestExtensions(capacity: 2 * beamSize)
        var hopeful = BestExtensions(capacity: beamSize)
        guard !partial.isEmpty else {
            for chosen in try bestOfEach(running, capacity: 2 * beamSize, bases: running.map(\.logProbability)) {
                for entry in chosen.entries { best.offer(entry) }
            }
            for (index, hypothesis) in running.enumerated() where !hopes[index].isEmpty {
                try withWeightedSum(of: index) { sum in
                    for (token, hope) in hopes[index] {
                        let score = hypothesis.logProbability + sum[token]
                        hopeful.offer(.init(score: score, parent: index, token: token, hope: hope))
                    }
                }
            }
            return (best.entries, hopeful.entries)
        }
        // The candidates of every hypothesis, with the sums of the full scorers.
        var sums: [[Float]] = []
        let bases = running.map { _ in Float(0) }
        for (index, chosen) in try bestOfEach(running, capacity: max(2 * beamSize, 8), bases: bases).enumerated() {
            var tokens = chosen.entries.map(\.token)
            var scores = chosen.entries.map(\.score)
            // The end is always looked at: a scorer that has heard all must be able to say so.
            let end = self.tokens.end
            if self.tokens.mayEnd(length: length), !tokens.contains(end) {
                tokens.append(end)
                try withWeightedSum(of: index) { scores.append($0[end]) }
            }
            // Of the tokens that hope the best are looked at too.
            if !hopes[index].isEmpty {
                var hoping = BestExtensions(capacity: beamSize)
                try withWeightedSum(of: index) { sum in
                    for (token, hope) in hopes[index] {
                        hoping.offer(.init(score: sum[token], parent: index, token: token, hope: hope))
                    }
                }
                for entry in hoping.entries where !tokens.contains(entry.token) {
                    tokens.append(entry.token)
                    scores.append(entry.score)
                }
            }
            candidates.append(tokens)
            sums.append(scores)
        }

        for scorer in partial {
            let scores = try scorers[scorer].scorer.scores(of: candidates)
            partialScores.append(scores)
            for (index, scores) in scores.enumerated() {
                try check(scores, of: scorer)
                for place in scores.indices { sums[index][place] += scorers[scorer].weight * scores[place] }
            }
        }
        for (index, hypothesis) in running.enumerated() {
            let hopes = Dictionary(hopes[index].map { ($0.token, $0.value) }, uniquingKeysWith: max)
            for (token, sum) in zip(candidates[index], sums[index]) {
                var entry = BestExtensions.Entry(
                    score: hypothesis.logProbability + sum, parent: index, token: token)
                best.offer(entry)
                guard let hope = hopes[token] else { continue }
                entry.hope = hope
                hopeful.offer(entry)
            }
        }
        return (best.entries, hopeful.entries)
    }

    /// What the scorers hope for, weighted, of each hypothesis.
    private func hopes(of count: Int) -> [[(token: Int, value: Float)]] {
        var result = [[(token: Int, value: Float)]](repeating: [], count: count)
        for scorer in scorers where scorer.weight != 0 {
            for (index, hopes) in scorer.scorer.hopes().enumerated() {
                result[index] += hopes.map { ($0.token, scorer.weight * $0.value) }
            }
        }
        return result
    }

    /// The best extensions of each hypothesis by the full scorers, whose sums are added to `bases`; several hypotheses at a time.
    private func bestOfEach(_ running: [Hypothesis], capacity: Int, bases: [Float]) throws -> [BestExtensions] {
        var results = [Result<BestExtensions, any Error>](
            repeating: .success(BestExtensions(capacity: capacity)), count: running.count)
        results.withUnsafeMutableBufferPointer { results in
            let results = Unchecked(results: results)
            SharedWork.forEachPiece(count: running.count, size: 1) { hypotheses in
                for index in hypotheses {
                    results.results[index] = Result {
                        var best = BestExtensions(capacity: capacity)
                        try withWeightedSum(of: index) { offer($0, to: &best, parent: index, base: bases[index]) }
                        return best
                    }
                }
            }
        }
        return try results.map { try $0.get() }
    }

    /// Each element is written to by one thread.
    private struct Unchecked: @unchecked Sendable {
        let results: UnsafeMutableBufferPointer<Result<BestExtensions, any Error>>
    }

    /// What each scorer said about an extension, in nats, not weighted.
    func scores(of entry: BestExtensions.Entry) -> [Float] {
        var result = [Float](repeating: 0, count: scorers.count)
        for (scores, scorer) in zip(fullScores, full) {
            result[scorer] = scores.floats[entry.parent * scores.columnCount + entry.token]
        }
        for (scores, scorer) in zip(partialScores, partial) {
            let place = candidates[entry.parent].firstIndex(of: entry.token)!
            result[scorer] = scores[entry.parent][place]
        }
        return result
    }

    private func offer(
        _ sum: UnsafeBufferPointer<Float>, to best: inout BestExtensions, parent: Int, base: Float
    ) {
        if tokens.mayEnd(length: length) {
            best.offer(.init(score: base + sum[tokens.end], parent: parent, token: tokens.end))
        }
        best.offer(sum, tokens.text(length: length), parent: parent, base: base)
    }

    /// Calls `body` with the weighted sum of the full scorers for one hypothesis: [token].
    private func withWeightedSum(of hypothesis: Int, _ body: (UnsafeBufferPointer<Float>) throws -> Void) throws {
        let count = fullScores[0].columnCount
        if full.count == 1, scorers[full[0]].weight == 1 {
            let row = UnsafeBufferPointer(start: fullScores[0].floats + hypothesis * count, count: count)
            try check(row, of: full[0])
            return try body(row)
        }
        try withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { sum in
            sum.initialize(repeating: 0)
            for (scores, scorer) in zip(fullScores, full) {
                precondition(
                    scores.columnCount == count, "SearchStep: \(scores.columnCount) and \(count) tokens scored")
                let row = UnsafeBufferPointer(start: scores.floats + hypothesis * count, count: count)
                try check(row, of: scorer)
                let weight = scorers[scorer].weight
                if weight == 0 { continue }  // 0 times -infinity is NaN
                for token in 0..<count { sum[token] += weight * row[token] }
            }
            try body(UnsafeBufferPointer(sum))
        }
    }

    /// Refuses NaN and +infinity: weights that have overflowed would otherwise give an empty text.
    private func check(_ scores: some Sequence<Float>, of scorer: Int) throws {
        // Whole numbers, without a way out in between, so that the loop vectorises.
        var wrong: UInt32 = 0
        for score in scores { wrong |= score < .infinity ? 0 : 1 }
        if wrong != 0 { throw SearchError.notFinite("the \(scorers[scorer].name)") }
    }
}
