/// How well probabilities say which words are right.
package struct ConfidenceMeasure: Sendable {
    /// Words whose probabilities are in the same tenth.
    package struct Bin: Sendable {
        package var count = 0
        /// The mean of their probabilities.
        package var meanConfidence = 0.0
        /// The share of them that is right.
        package var rightShare = 0.0
    }

    package let wordCount: Int
    package let rightCount: Int
    /// The area under the receiver operating characteristic: how often a right word has a higher probability than a wrong one; equal ones
    /// count half. 0.5 where all words are right, or all are wrong.
    package let area: Double
    /// The mean distance of probability and share of right words over the bins, each by its words; Naeini et al. 2015.
    package let calibrationError: Double
    /// 0 to 0.1, 0.1 to 0.2, ...
    package let bins: [Bin]

    package init(_ words: [(confidence: Double, isRight: Bool)]) {
        wordCount = words.count
        rightCount = words.count { $0.isRight }
        var sums = [(count: Int, confidence: Double, right: Int)](repeating: (0, 0, 0), count: Self.binCount)
        for word in words {
            let bin = min(Self.binCount - 1, max(0, Int(word.confidence * Double(Self.binCount))))
            sums[bin].count += 1
            sums[bin].confidence += word.confidence
            sums[bin].right += word.isRight ? 1 : 0
        }
        bins = sums.map { sum in
            let count = Double(max(1, sum.count))
            return Bin(count: sum.count, meanConfidence: sum.confidence / count, rightShare: Double(sum.right) / count)
        }
        calibrationError =
            bins.reduce(0) { $0 + Double($1.count) * abs($1.meanConfidence - $1.rightShare) }
            / Double(max(1, words.count))

        // The sum of the ranks of the right words (Mann and Whitney 1947).
        let sorted = words.sorted { $0.confidence < $1.confidence }
        var (rankSum, first) = (0.0, 0)
        while first < sorted.count {
            var end = first
            while end < sorted.count, sorted[end].confidence == sorted[first].confidence { end += 1 }
            let rank = Double(first + end + 1) / 2  // of equals, the mean
            rankSum += rank * Double(sorted[first..<end].count { $0.isRight })
            first = end
        }
        let (right, wrong) = (Double(rightCount), Double(wordCount - rightCount))
        area = right * wrong == 0 ? 0.5 : (rankSum - right * (right + 1) / 2) / (right * wrong)
    }

    private static let binCount = 10
}
