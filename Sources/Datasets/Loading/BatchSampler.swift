import Files
import Numerics
import Tensors

/// Which utterances are learned from together, in which order: a pure function of the lengths, the seed and the epoch.
///
/// Utterances of similar length share a micro-batch, so that little is padded; which ones do is drawn anew in each epoch. A
/// batch (one step of the optimiser) is made of micro-batches of any length.
public struct BatchSampler: Sendable {
    /// One step of the optimiser: micro-batches, each a list of indices of utterances.
    public typealias Batch = [[Int]]

    /// How long an utterance is, in frames of the spectrogram.
    public struct Length: Sendable, Equatable {
        public var frameCount: Int
        /// The frames that its text needs at least: with CTC, the subsampling factor times its tokens and repeated tokens.
        public var requiredFrameCount: Int
        /// How often it comes in an epoch on average; 2.5: twice, and a third time in about every other epoch.
        public var weight: Double

        public init(frameCount: Int, requiredFrameCount: Int = 1, weight: Double = 1) {
            self.frameCount = frameCount
            self.requiredFrameCount = requiredFrameCount
            self.weight = weight
        }
    }

    /// An utterance that is not learned from.
    public struct Exclusion: Sendable, Equatable {
        public enum Reason: String, Sendable {
            case tooShort = "too short"
            case tooLong = "too long"
            case textTooLong = "too short for its text"
        }
        public var index: Int
        public var reason: Reason

        public init(index: Int, reason: Reason) {
            self.index = index
            self.reason = reason
        }
    }

    public let configuration: BatchConfiguration
    /// What is left out of every epoch, to be reported.
    public let exclusions: [Exclusion]
    private let lengths: [Length]
    private let leastFrameCount: Int
    /// The others.
    package let included: [Int]
    private let key: RandomKey

    /// - Parameter leastFrameCount: what each utterance is padded to at least.
    public init(
        lengths: [Length], configuration: BatchConfiguration, leastFrameCount: Int = 0, seed: UInt64
    ) {
        precondition(
            configuration.maximumFramesPerMicroBatch > 0 && configuration.maximumFramesPerBatch > 0
                && configuration.bucketWidth > 0, "BatchSampler: budgets and bucket width must be above zero")
        precondition(lengths.allSatisfy { $0.weight >= 0 }, "BatchSampler: weights must not be negative")
        self.lengths = lengths
        self.configuration = configuration
        self.leastFrameCount = leastFrameCount
        key = RandomKey(seed: seed).derived("batches")
        var exclusions: [Exclusion] = []
        var included: [Int] = []
        for (index, length) in lengths.enumerated() {
            if let reason = configuration.reasonToExclude(length) {
                exclusions.append(Exclusion(index: index, reason: reason))
            } else {
                included.append(index)
            }
        }
        self.exclusions = exclusions
        self.included = included
    }

    /// The batches of an epoch (from 0). Every utterance that is not excluded comes once, or as often as its weight says.
    public func batches(epoch: Int) -> [Batch] {
        var generator = key.derived(epoch).generator
        var indices = drawnIndices(using: &generator)
        generator.shuffle(&indices)

        // By length; within a bucket the order is the shuffled one.
        var buckets: [[Int]] = []
        for index in indices {
            let bucket = bucket(of: frameCount(index))
            while buckets.count <= bucket { buckets.append([]) }
            buckets[bucket].append(index)
        }
        let ordered = buckets.flatMap { $0 }
        var microBatches = microBatches(of: ordered)
        if epoch >= configuration.epochsFromShortToLong { generator.shuffle(&microBatches) }
        return grouped(microBatches)
    }

    /// The frames of a micro-batch, padding included.
    public func paddedFrameCount(_ microBatch: [Int]) -> Int {
        microBatch.count * microBatch.reduce(0) { max($0, frameCount($1)) }
    }

    /// The frames of an utterance that has a micro-batch to itself.
    private func frameCount(_ index: Int) -> Int { max(leastFrameCount, lengths[index].frameCount) }

    /// The frames that the text of an utterance needs at least.
    package func requiredFrameCount(_ index: Int) -> Int { lengths[index].requiredFrameCount }

    /// Each included utterance as often as its weight says; the part behind the point is a chance.
    private func drawnIndices(using generator: inout SplitMix64) -> [Int] {
        var indices: [Int] = []
        indices.reserveCapacity(included.count)
        for index in included {
            let weight = lengths[index].weight
            let whole = Int(weight)
            let more = weight > Double(whole) && Double(generator.uniform()) < weight - Double(whole)
            for _ in 0..<whole + (more ? 1 : 0) { indices.append(index) }
        }
        return indices
    }

    /// Lengths within `bucketWidth` of each other share a bucket: its boundaries are powers of 1 + bucketWidth, at least one
    /// frame apart.
    private func bucket(of frameCount: Int) -> Int {
        var bucket = 0
        var boundary = 1.0
        while boundary < Double(frameCount) {
            boundary = max(boundary * (1 + configuration.bucketWidth), boundary + 1)
            bucket += 1
        }
        return bucket
    }

    /// Consecutive utterances, as many as the budget holds when all are padded to the longest; at least one.
    private func microBatches(of ordered: [Int]) -> [[Int]] {
        var result: [[Int]] = []
        var current: [Int] = []
        var longest = 0
        for index in ordered {
            longest = max(longest, frameCount(index))
            if !current.isEmpty && longest * (current.count + 1) > configuration.maximumFramesPerMicroBatch {
                result.append(current)
                current = []
                longest = frameCount(index)
            }
            current.append(index)
        }
        return current.isEmpty ? result : result + [current]
    }

    /// Consecutive micro-batches, as many as the budget of a batch holds, at least one.
    private func grouped(_ microBatches: [[Int]]) -> [Batch] {
        var result: [Batch] = []
        var frameCount = 0
        for microBatch in microBatches {
            let more = paddedFrameCount(microBatch)
            if result.isEmpty || frameCount + more > configuration.maximumFramesPerBatch {
                result.append([])
                frameCount = 0
            }
            result[result.count - 1].append(microBatch)
            frameCount += more
        }
        balanceEnd(of: &result)
        return result.map(balanced)
    }

    /// A batch in an order in which its halves, their halves and so on have about the same frames: machines that share it take
    /// consecutive micro-batches. The largest comes first, and the end of a batch has small ones, so that threads which take one after
    /// the other end at nearly the same time.
    private func balanced(_ batch: Batch) -> Batch {
        let largestFirst = batch.enumerated().map {
            (frames: paddedFrameCount($0.element), place: $0.offset, microBatch: $0.element)
        }
        .sorted { ($1.frames, $0.place) < ($0.frames, $1.place) }
        .map(\.microBatch)
        return Self.dealt(largestFirst[...])
    }

    /// Dealt out in turns to both halves, and in each half again.
    private static func dealt(_ microBatches: ArraySlice<[Int]>) -> Batch {
        if microBatches.count < 3 { return Array(microBatches) }
        let halves = [0, 1].map { first in
            dealt(
                stride(from: microBatches.startIndex + first, to: microBatches.endIndex, by: 2).map {
                    microBatches[$0]
                }[...])
        }
        return halves[0] + halves[1]
    }

    /// Moves micro-batches from the second last batch to the front of the last one while that brings their frames closer: a
    /// step on the few utterances that happen to be left would be a noisy one.
    private func balanceEnd(of batches: inout [Batch]) {
        guard batches.count >= 2 else { return }
        let (first, second) = (batches.count - 2, batches.count - 1)
        func frameCount(_ batch: Batch) -> Int { batch.map(paddedFrameCount).reduce(0, +) }
        var surplus = frameCount(batches[first]) - frameCount(batches[second])
        while batches[first].count > 1, let last = batches[first].last, surplus >= 2 * paddedFrameCount(last) {
            surplus -= 2 * paddedFrameCount(last)
            batches[second].insert(batches[first].removeLast(), at: 0)
        }
    }
}
