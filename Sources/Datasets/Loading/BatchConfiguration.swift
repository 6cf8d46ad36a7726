/// How utterances are cut into batches. Frames are those of the spectrogram: 100 a second.
public struct BatchConfiguration: Codable, Sendable, Equatable {
    /// The budget of one step of the optimiser, padding included; the gradients of its micro-batches are added up (gradient
    /// accumulation), so memory does not limit it. 8,000 frames are 80 seconds, so that an hour of speech has
    /// enough steps.
    public var maximumFramesPerBatch = 8_000
    /// The budget of one micro-batch, padding included: what one thread holds in memory at a time. A longer utterance is alone.
    public var maximumFramesPerMicroBatch = 2_000
    /// How much longer than the shortest the longest utterance of a bucket is: 0.1 is a tenth.
    public var bucketWidth = 0.1
    /// The first epochs that go from short to long utterances (curriculum); later ones are mixed. 0: none.
    public var epochsFromShortToLong = 0
    /// Shorter utterances are left out, and reported.
    public var minimumFrameCount = 10
    /// Longer utterances are left out, and reported: 3,000 frames are 30 seconds.
    public var maximumFrameCount = 3_000
    /// The share of the epochs in which an utterance comes joined with those beside it, as many as `maximumFrameCount` holds: a model
    /// that hears long recordings has to have learned from long ones.
    public var joinedShare = 0.0

    public init() {}

    /// Why an utterance of this length cannot be learned from; nil when it can.
    package func reasonToExclude(_ length: BatchSampler.Length) -> BatchSampler.Exclusion.Reason? {
        if length.frameCount < max(1, minimumFrameCount) { return .tooShort }
        if length.frameCount > maximumFrameCount { return .tooLong }
        if length.frameCount < length.requiredFrameCount { return .textTooLong }
        return nil
    }
}
