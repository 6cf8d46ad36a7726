import Evaluation
import TestSupport
import Testing

/// Utterances whose matrix would take gigabytes or minutes.
@Suite struct LongUtteranceTests {
    /// Numbers from a linear congruential generator, as in `LongPair`.
    private static func letters(_ count: Int, of alphabet: UInt32, seed: UInt32) -> [Character] {
        var state = seed
        return (0..<count).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return Character(Unicode.Scalar(0x4E00 + (state >> 8) % alphabet)!)
        }
    }

    private static func score(
        _ reference: String, _ hypothesis: String, weights: AlignmentWeights = .levenshtein
    ) throws -> UtteranceScore {
        let record = ScoringRecord(id: "u1", reference: reference, hypothesis: hypothesis)
        return try CorpusScore([record], options: ScoringOptions(weights: weights)).utterances[0]
    }

    /// The path of sclite by the whole matrix, cell by cell: a pairing before an insertion before a deletion.
    private static func plainSteps(_ reference: [Character], _ hypothesis: [Character]) -> [EditOperation] {
        let width = reference.count + 1
        var distances = (0..<width).map { 3 * $0 }
        var steps = [EditOperation](repeating: .deletion, count: width * (hypothesis.count + 1))
        for row in 1...hypothesis.count {
            var above = distances
            swap(&above, &distances)
            distances[0] = 3 * row
            steps[row * width] = .insertion
            for column in 1..<width {
                let isEqual = reference[column - 1] == hypothesis[row - 1]
                let choices = [
                    (above[column - 1] + (isEqual ? 0 : 4), isEqual ? EditOperation.hit : .substitution),
                    (above[column] + 3, .insertion), (distances[column - 1] + 3, .deletion),
                ]
                let best = choices.min { $0.0 < $1.0 }!
                distances[column] = best.0
                steps[row * width + column] = best.1
            }
        }
        var (row, column, path) = (hypothesis.count, reference.count, [EditOperation]())
        while row > 0 || column > 0 {
            let step = steps[row * width + column]
            path.append(step)
            if step != .insertion { column -= 1 }
            if step != .deletion { row -= 1 }
        }
        return path.reversed()
    }

    /// 4,200 x 4,100 cells are more than are kept whole, 40 x 30 are not.
    @Test(arguments: [(40, 30), (1, 40), (40, 1), (4200, 4100)])
    func scliteInBandsIsScliteAtOnce(_ referenceCount: Int, _ hypothesisCount: Int) {
        let reference = Self.letters(referenceCount, of: 4, seed: 1)
        let hypothesis = Self.letters(hypothesisCount, of: 4, seed: 2)
        let alignment = Alignment(
            reference: String(reference), hypothesis: String(hypothesis), unit: .characters, weights: .sclite)
        #expect(alignment.steps.map(\.operation) == Self.plainSteps(reference, hypothesis))
    }

    /// Every thousandth letter is replaced, or left out, or doubled by one that is nowhere else: so many errors, and no
    /// way to have fewer.
    @Test func alikeTextsOfAnyLengthAreScored() throws {
        let letters = Self.letters(300_000, of: 2000, seed: 1)
        var hypothesis: [Character] = []
        var expected = ErrorCounts()
        for (index, letter) in letters.enumerated() {
            switch index % 3000 {
            case 500:
                hypothesis.append("x")
                expected.substitutions += 1
            case 1500:
                hypothesis += [letter, "y"]
                expected.insertions += 1
                expected.hits += 1
            default:
                hypothesis.append(letter)
                expected.hits += 1
            }
        }
        #expect(try Self.score(String(letters), String(hypothesis)).characters == expected)
        #expect(expected.errors == 200)
    }

    @Test(arguments: AlignmentWeights.allCases) func whatWouldTakeMinutesIsRefused(_ weights: AlignmentWeights) {
        let error = #expect(throws: ScoringError.self) {
            try Self.score(
                String(repeating: "a", count: 300_000), String(repeating: "b", count: 300_000), weights: weights)
        }
        #expect(
            error?.description == "utterance 'u1': 300000 and 300000 characters that differ too much to be aligned; "
                + "cut reference and hypothesis into utterances")
    }

    /// Each of the second 10,000 alternatives can follow each of the first: 100,000,000 ways.
    @Test func tooManyAlternativesAreRefused() {
        let alternatives = "{ " + (0..<10_000).map(String.init).joined(separator: " / ") + " }"
        let record = ScoringRecord(
            id: "u1", reference: "\(alternatives) \(alternatives)", hypothesis: "a b", hasAlternatives: true)
        let error = #expect(throws: ScoringError.self) { try CorpusScore([record], options: ScoringOptions()) }
        #expect(error?.description.contains("words (with all alternatives)") == true)
    }

    /// As deep as this, the stack of a thread has come to its end.
    @Test func bracesHaveALimit() {
        let nested = String(repeating: "{ ", count: 100_000) + "a" + String(repeating: " }", count: 100_000)
        let record = ScoringRecord(id: "u1", reference: nested, hypothesis: "a", hasAlternatives: true)
        let error = #expect(throws: ScoringError.self) { try CorpusScore([record], options: ScoringOptions()) }
        #expect(error?.description.contains("more than 100 deep") == true)
    }
}
