import Audio
import Tensors

/// The micro-batches of an epoch, whose utterances threads of its own read, change and turn into features ahead of the step.
package final class BatchReader: Sendable {
    private let loader: DataLoader
    /// The micro-batches that are left of the epoch, one after the other.
    private let microBatches: [[Int]]
    /// The place in `microBatches` at which each batch begins.
    private let starts: [Int]
    private let firstBatch: Int
    private let ahead: WorkAhead<Result<[Spectrogram], any Error>>

    /// - Parameters:
    ///   - batches: those of the whole epoch.
    ///   - firstBatch: the first one that is taken.
    ///   - epoch: counted from 0.
    ///   - trainingThreadCount: threads that compute. For two of them one reads, and a few micro-batches wait for each.
    package init(
        _ loader: DataLoader, _ batches: [BatchSampler.Batch], from firstBatch: Int, epoch: Int,
        trainingThreadCount: Int
    ) {
        self.loader = loader
        self.firstBatch = firstBatch
        var microBatches: [[Int]] = []
        var starts: [Int] = []
        for batch in batches.dropFirst(firstBatch) {
            starts.append(microBatches.count)
            microBatches += batch
        }
        self.microBatches = microBatches
        self.starts = starts
        let all = microBatches
        ahead = WorkAhead(
            count: all.count, window: 4 * trainingThreadCount, threadCount: max(1, trainingThreadCount / 2)
        ) { index in Result { try loader.spectrograms(all[index], epoch: epoch) } }
    }

    /// A micro-batch of a batch; each is taken once, and batches in their order.
    ///
    /// - Throws: what `DataLoader.spectrograms` throws.
    package func microBatch(_ index: Int, ofBatch batch: Int) throws -> TrainingBatch {
        let place = starts[batch - firstBatch] + index
        return loader.batch(microBatches[place], of: try ahead.take(place).get())
    }
}
