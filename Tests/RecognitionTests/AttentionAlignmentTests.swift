import Models
import Recognition
import TestSupport
import Testing

@Suite struct AttentionAlignmentTests {
    /// Every token attends to one position only.
    private static func alignment(_ positions: [Int], count: Int) -> AttentionAlignment {
        AttentionAlignment(
            weights: positions.flatMap { position in (0..<count).map { $0 == position ? 1 : 0 } },
            tokenCount: positions.count, positionCount: count)
    }

    // Weights [1/4 1/4 1/2] of positions 0, 1, 2: 1/4 + 2/2 = 1.25.
    @Test func centres() {
        let alignment = AttentionAlignment(weights: [0.25, 0.25, 0.5, 1, 0, 0], tokenCount: 2, positionCount: 3)
        #expect(alignment.centres == [1.25, 0])
    }

    // Token i at position 2 i of 8: the slope of positions over tokens is 2, times 4 tokens / 8 positions is 1. At position i,
    // half of it; backwards, its negative. [0 3 1 4]: sum (i - 1.5) c = -1.5 * 0 - 0.5 * 3 + 0.5 * 1 + 1.5 * 4 = 5,
    // sum (i - 1.5)^2 = 5, so 1, times 4 / 8 is 0.5.
    @Test(
        arguments: [
            ([0, 2, 4, 6], 1), ([0, 1, 2, 3], 0.5), ([6, 4, 2, 0], -1), ([5, 5, 5, 5], 0), ([0, 3, 1, 4], 0.5),
            ([3], 0),
        ] as [([Int], Double)])
    func slope(positions: [Int], expected: Double) {
        #expect(abs(Self.alignment(positions, count: 8).slope - expected) < 1e-12)
    }

    @Test func slopeOfEvenAttentionIsZero() {
        let even = AttentionAlignment(weights: Array(repeating: 0.25, count: 20), tokenCount: 5, positionCount: 4)
        #expect(abs(even.slope) < 1e-12)
    }

    // 30 frames give 8 positions (two strides of 2); four letters and the end are five tokens; two layers.
    @Test func alignmentsOfAModel() throws {
        let model = try TinyModel.model()
        let features = TinyModel.features(frameCounts: [30, 30])
        let label = TinyModel.vocabulary.tokens(of: "abca")
        let alignments = model.network.attentionAlignments(
            features: features[0], label: label, tokenizer: TinyModel.vocabulary)
        #expect(alignments.count == 2)
        for alignment in alignments {
            #expect(alignment.tokenCount == 5 && alignment.positionCount == 8)
            for token in 0..<5 {
                let sum = alignment.weights[token * 8..<token * 8 + 8].reduce(0, +)
                expectClose([sum], [1], relative: 1e-5, "row \(token)")
            }
        }
        #expect(alignments[0] != alignments[1])
        #expect(
            alignments
                == model.network.attentionAlignments(
                    features: features[0], label: label, tokenizer: TinyModel.vocabulary))
        // The first rows see the same text before them, the last do not; other speech changes all.
        let other = model.network.attentionAlignments(
            features: features[0], label: TinyModel.vocabulary.tokens(of: "abcb"),
            tokenizer: TinyModel.vocabulary)
        #expect(other[1].weights.prefix(4 * 8) == alignments[1].weights.prefix(4 * 8))
        #expect(other[1].weights.suffix(8) != alignments[1].weights.suffix(8))
        #expect(
            model.network.attentionAlignments(features: features[1], label: label, tokenizer: TinyModel.vocabulary)[
                0
            ].weights.prefix(8)
                != alignments[0].weights.prefix(8))
        let silence = TinyModel.features(frameCounts: [0])[0]
        #expect(
            model.network.attentionAlignments(features: silence, label: label, tokenizer: TinyModel.vocabulary)
                .isEmpty)
    }
}
