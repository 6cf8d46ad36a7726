import Datasets
import Testing

/// Lengths from 50 to 2000 frames, the same on every run.
private let lengths = (0..<1_000).map { BatchSampler.Length(frameCount: 50 + ($0 * 7_919) % 1_951) }

private func sampler(
    _ lengths: [BatchSampler.Length] = lengths, seed: UInt64 = 7,
    _ change: (inout BatchConfiguration) -> Void = { _ in }
) -> BatchSampler {
    var configuration = BatchConfiguration()
    change(&configuration)
    return BatchSampler(lengths: lengths, configuration: configuration, seed: seed)
}

struct BatchSamplerTests {
    @Test(arguments: [0, 1, 5]) func everyUtteranceComesOnce(epoch: Int) {
        let indices = sampler().batches(epoch: epoch).flatMap { $0.flatMap { $0 } }
        #expect(indices.sorted() == Array(0..<1_000))
    }

    @Test func sameSeedSameOrderAndAnotherOneForEachEpochAndSeed() {
        #expect(sampler().batches(epoch: 3) == sampler().batches(epoch: 3))
        #expect(sampler().batches(epoch: 3) != sampler().batches(epoch: 4))
        #expect(sampler().batches(epoch: 3) != sampler(seed: 8).batches(epoch: 3))
    }

    @Test func budgetsHoldAndLittleIsPadded() {
        let sampler = sampler {
            $0.maximumFramesPerMicroBatch = 4_000
            $0.maximumFramesPerBatch = 24_000
        }
        let batches = sampler.batches(epoch: 0)
        var padded = 0
        for batch in batches {
            let frames = batch.map(sampler.paddedFrameCount)
            #expect(frames.allSatisfy { $0 <= 4_000 })
            #expect(frames.reduce(0, +) <= 24_000)
            padded += frames.reduce(0, +)
        }
        let real = lengths.map(\.frameCount).reduce(0, +)
        #expect(Double(padded) < 1.1 * Double(real))
        // No fewer batches than the frames need, and at most a third more: a micro-batch that does not fit leaves a gap.
        let fewest = (padded + 23_999) / 24_000
        #expect((fewest...fewest * 4 / 3).contains(batches.count))
    }

    @Test func lastTwoBatchesShareWhatIsLeft() {
        // Ten micro-batches of one utterance; eight fill a batch: 8 + 2 would be the greedy cut.
        let sampler = sampler(Array(repeating: .init(frameCount: 100), count: 10)) {
            $0.maximumFramesPerMicroBatch = 100
            $0.maximumFramesPerBatch = 800
        }
        #expect(sampler.batches(epoch: 0).map(\.count) == [5, 5])
    }

    @Test func utteranceBeyondTheBudgetIsAlone() {
        let sampler = sampler([.init(frameCount: 100), .init(frameCount: 900), .init(frameCount: 100)]) {
            $0.maximumFramesPerMicroBatch = 200
            $0.maximumFramesPerBatch = 500
        }
        let microBatches = sampler.batches(epoch: 0).flatMap { $0.map { $0.sorted() } }
        #expect(microBatches.contains([1]))
        #expect(microBatches.contains([0, 2]))
    }

    @Test(arguments: [1, 3]) func firstEpochsFromShortToLong(epochCount: Int) {
        let sampler = sampler {
            $0.epochsFromShortToLong = epochCount
            $0.bucketWidth = 1e-9  // Buckets of one length: a strict order.
        }
        for epoch in 0...epochCount {
            // From batch to batch.
            let order = sampler.batches(epoch: epoch).flatMap { batch in
                batch.flatMap { $0 }.map { lengths[$0].frameCount }.sorted()
            }
            #expect((order == order.sorted()) == (epoch < epochCount))
        }
    }

    /// Halves of a batch, and halves of those, are as large as each other but for less than one micro-batch, as lists are that get
    /// numbers of a falling sequence in turns; the largest micro-batch comes first.
    @Test func halvesOfABatchAreEquallyLarge() {
        let sampler = sampler {
            $0.maximumFramesPerMicroBatch = 500
            $0.maximumFramesPerBatch = 5_000
        }
        for batch in sampler.batches(epoch: 0) {
            let frameCounts = batch.map(sampler.paddedFrameCount)
            #expect(frameCounts.first == frameCounts.max())
            checkHalves(frameCounts[...])
        }
        func checkHalves(_ counts: ArraySlice<Int>) {
            guard counts.count > 1 else { return }
            let middle = counts.startIndex + (counts.count + 1) / 2
            let (left, right) = (counts[..<middle], counts[middle...])
            let difference = left.reduce(0, +) - right.reduce(0, +)
            #expect((0...counts.max()!).contains(difference), "\(counts)")
            checkHalves(left)
            checkHalves(right)
        }
    }

    @Test func whatIsLeftOutIsNamed() {
        let sampler = sampler([
            .init(frameCount: 0), .init(frameCount: 100), .init(frameCount: 3_001),
            .init(frameCount: 100, requiredFrameCount: 101), .init(frameCount: 100, requiredFrameCount: 100),
        ])
        #expect(
            sampler.exclusions == [
                .init(index: 0, reason: .tooShort), .init(index: 2, reason: .tooLong),
                .init(index: 3, reason: .textTooLong),
            ])
        #expect(sampler.batches(epoch: 0).flatMap { $0.flatMap { $0 } }.sorted() == [1, 4])
    }

    @Test func weightsAreExpectedCounts() {
        let weighted = [0, 1, 2, 2.5].map { BatchSampler.Length(frameCount: 100, weight: $0) }
        let epochCount = 1_000
        var counts = [0, 0, 0, 0]
        let sampler = sampler(weighted)
        for epoch in 0..<epochCount {
            for index in sampler.batches(epoch: epoch).flatMap({ $0.flatMap { $0 } }) { counts[index] += 1 }
        }
        #expect(counts[0] == 0)
        #expect(counts[1] == epochCount)
        #expect(counts[2] == 2 * epochCount)
        #expect((2_430...2_570).contains(counts[3]))  // 2500 and four standard deviations of sqrt(1000 / 4) = 16.
    }

    @Test func nothingToLearnFromIsNoBatch() { #expect(sampler([]).batches(epoch: 0).isEmpty) }
}
