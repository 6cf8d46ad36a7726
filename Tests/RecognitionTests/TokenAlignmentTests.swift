import FoundationEssentials
import Glibc
import Recognition
import Tensors
import TestSupport
import Testing

@Suite struct TokenAlignmentTests {
    /// The most probable of all ways of writing `tokens` in so many positions, by trying each: its labels.
    private func bestWay(_ logProbabilities: Tensor, tokens: [Int]) -> [Int] {
        let (time, classes) = (logProbabilities.rowCount, logProbabilities.columnCount)
        var best = (score: -Float.infinity, labels: [Int]())
        for number in 0..<Int(pow(Double(classes), Double(time))) {
            let labels = (0..<time).map { number / Int(pow(Double(classes), Double($0))) % classes }
            // Repeated labels are one, and blanks (0) none.
            let written = labels.enumerated().filter { $0 == 0 || labels[$0 - 1] != $1 }.map(\.element).filter {
                $0 != 0
            }
            guard written == tokens else { continue }
            let score = labels.enumerated().reduce(Float(0)) {
                $0 + logProbabilities.values[$1.offset * classes + $1.element]
            }
            if score > best.score { best = (score, labels) }
        }
        return best.labels
    }

    @Test(arguments: [[1], [1, 2], [1, 1], [2, 1, 2], [2, 2, 1]], 1...4)
    func theBestOfAllWays(tokens: [Int], seed: UInt64) throws {
        let scores = Tensor.random([6, 3], seed: seed)
        let labels = bestWay(scores, tokens: tokens)
        let alignment = try #require(TokenAlignment(scores, tokens: tokens, blank: 0))
        // What the alignment says each position writes.
        var written = [Int](repeating: 0, count: 6)
        for (token, positions) in zip(tokens, alignment.positions) {
            for position in positions { written[position] = token }
        }
        #expect(written == labels)
        for (index, positions) in alignment.positions.enumerated() {
            let sum = positions.reduce(0.0) { $0 + Double(scores.values[$1 * 3 + tokens[index]]) }
            #expect(abs(alignment.probabilities[index] - exp(sum / Double(positions.count))) < 1e-6)
        }
    }

    // Two equal tokens need a blank between them.
    @Test func tooFewPositions() {
        let scores = Tensor.random([2, 3], seed: 1)
        #expect(TokenAlignment(scores, tokens: [1, 1], blank: 0) == nil)
        #expect(TokenAlignment(scores, tokens: [1, 2], blank: 0)?.positions == [0..<1, 1..<2])
        #expect(TokenAlignment(scores, tokens: [1, 2, 1], blank: 0) == nil)
        #expect(TokenAlignment(scores, tokens: [], blank: 0) == nil)
    }
}

@Suite struct AttendedStartsTests {
    /// Each of three tokens, and the end, attends to ten positions of its own: that is where it begins. The other head of the layer looks
    /// elsewhere and is not asked.
    @Test func tokensBeginWhereTheyAreAttendedTo() {
        let (tokenCount, positionCount) = (2 + 3 + 1, 40)
        let weights = Tensor(zeros: [1, 2, tokenCount, positionCount])
        let own = weights.floats + tokenCount * positionCount
        for token in 0..<tokenCount {
            for position in 0..<positionCount {
                weights.floats[token * positionCount + position] = 1 / Float(positionCount)
                own[token * positionCount + position] = position / 10 == token - 1 ? 0.1 : 0
            }
        }
        let starts = attendedStarts(
            [weights], heads: [[0, 1]], startCount: 2, tokenCount: tokenCount, positionCount: positionCount)
        #expect(starts == [0, 10, 20, 30])
    }

    /// A model without CTC output gives words times inside the recording, one after the other.
    @Test func wordsHaveTimesWithoutCTC() async throws {
        let transcriber = try Transcriber(model: "english") { $0.addsWordTimes = true }
        #expect(!transcriber.model.configuration.hasCTCOutput)
        let root = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }
        var words: [Transcription.Word] = []
        for try await segment in transcriber.transcribe(URL(filePath: "\(root)/audio/people/cat-and-dog.opus")) {
            words += try #require(segment.words)
        }
        try #require(words.count > 5)
        for word in words { #expect(0 <= word.startInSeconds && word.startInSeconds <= word.endInSeconds) }
        for (one, two) in zip(words, words.dropFirst()) { #expect(one.endInSeconds <= two.startInSeconds + 1e-9) }
        #expect(words.last!.endInSeconds < 6)  // the clip lasts 5.7 s
    }

    /// What is not spoken: marks behind a word; but its first token always is, and bytes of a letter are.
    @Test(arguments: [(" habit,", 1), (" said.\"", 2), (" caf\u{E9}.", 1), (" 3.5", 0), (" \u{2013}", 0)])
    func marksBehindAWordAreNotSpoken(word: String, marks: Int) throws {
        let tokenizer = try Transcriber(model: "english").model.tokenizer
        let tokens = tokenizer.tokens(of: word)
        let spoken = tokenizer.spokenRange(of: tokens.indices, in: tokens)
        #expect(spoken.lowerBound == 0)
        let rest = tokens[spoken.upperBound...].map { tokenizer.text(of: [$0]) }.joined()
        #expect(rest.count == marks && rest.allSatisfy(\.isPunctuation))
    }
}
