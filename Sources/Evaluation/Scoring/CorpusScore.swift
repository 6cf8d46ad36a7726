import Text

/// The errors of a corpus, utterance by utterance and in sum.
///
/// The one place where utterances are scored: `asr score` gives it texts from files, `asr evaluate` texts from a model.
public struct CorpusScore: Sendable {
    public let options: ScoringOptions
    /// The utterances as they were given.
    public let records: [ScoringRecord]
    /// For each record its errors.
    public let utterances: [UtteranceScore]
    /// The sum over all utterances.
    public let words: ErrorCounts
    public let characters: ErrorCounts
    /// How many utterances have at least one wrong word.
    public let wrongUtteranceCount: Int

    /// Scores every record. The result does not depend on `threadCount`.
    ///
    /// - Throws: `ScoringError` when the braces of a reference with alternatives do not fit together.
    public init(_ records: [ScoringRecord], options: ScoringOptions, threadCount: Int = 2) throws {
        self.options = options
        self.records = records
        utterances = try Self.scores(of: records, options: options, threadCount: threadCount)
        var words = ErrorCounts()
        var characters = ErrorCounts()
        var wrongUtteranceCount = 0
        for score in utterances {
            words += score.words
            characters += score.characters
            if score.words.errors > 0 { wrongUtteranceCount += 1 }
        }
        self.words = words
        self.characters = characters
        self.wrongUtteranceCount = wrongUtteranceCount
    }

    /// Utterances with at least one wrong word, as a fraction of all; 0 without utterances.
    public var sentenceErrorRate: Double {
        records.isEmpty ? 0 : Double(wrongUtteranceCount) / Double(records.count)
    }

    /// Calls `body` with the word alignment of every record whose index is in `indices`.
    public func forEachAlignment(
        of indices: some Sequence<Int>, _ body: (Int, Alignment) throws -> Void
    ) throws {
        var scorer = UtteranceScorer(options: options)
        for index in indices { try body(index, scorer.alignment(records[index])) }
    }

    private static func scores(
        of records: [ScoringRecord], options: ScoringOptions, threadCount: Int
    ) throws -> [UtteranceScore] {
        let chunkSize = 512
        let chunkCount = (records.count + chunkSize - 1) / chunkSize
        let workerCount = max(1, min(threadCount, chunkCount))
        var scores = [UtteranceScore](repeating: UtteranceScore(), count: records.count)
        let faults = scores.withUnsafeMutableBufferPointer { buffer in
            nonisolated(unsafe) let scores = buffer
            // Worker n takes chunks n, n + workers, n + 2 workers ...: no two write to the same place.
            return concurrently(workerCount) { worker -> ScoringError? in
                var scorer = UtteranceScorer(options: options)
                for chunk in stride(from: worker, to: chunkCount, by: workerCount) {
                    for index in chunk * chunkSize..<min((chunk + 1) * chunkSize, records.count) {
                        do throws(ScoringError) {
                            scores[index] = try scorer.score(records[index])
                        } catch {
                            return error
                        }
                    }
                }
                return nil
            }
        }
        if let fault = faults.lazy.compactMap({ $0 }).first { throw fault }
        return scores
    }
}
