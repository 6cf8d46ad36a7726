import Autograd

extension TrainingLoss {
    private static let wordCount = 12

    /// The numbers, bit for bit, for other ranks.
    var bytes: [UInt8] {
        [crossEntropy, ctc, intermediateCTC].flatMap { sums -> [UInt64] in
            [sums.loss.bitPattern] + [sums.count, sums.correct, sums.impossible].map { UInt64(bitPattern: Int64($0)) }
        }.withUnsafeBytes { Array($0) }
    }

    fileprivate init(words: ArraySlice<UInt64>) {
        func sums(_ index: Int) -> LossSums {
            let words = words.dropFirst(4 * index).prefix(4).map(\.self)
            var sums = LossSums()
            sums.loss = Double(bitPattern: words[0])
            (sums.count, sums.correct, sums.impossible) = (
                Int(Int64(bitPattern: words[1])), Int(Int64(bitPattern: words[2])), Int(Int64(bitPattern: words[3]))
            )
            return sums
        }
        self.init()
        (crossEntropy, ctc, intermediateCTC) = (sums(0), sums(1), sums(2))
    }

    /// The losses whose bytes these are.
    static func all(bytes: [UInt8]) -> [TrainingLoss] {
        let words = bytes.withUnsafeBytes { Array($0.bindMemory(to: UInt64.self)) }
        return stride(from: 0, to: words.count, by: wordCount).map { TrainingLoss(words: words[$0..<$0 + wordCount]) }
    }
}
