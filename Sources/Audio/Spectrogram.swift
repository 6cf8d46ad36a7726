/// Features over time: one row per frame, one column per mel bin.
public struct Spectrogram: Sendable, Equatable {
    /// `[frame, melBin]`.
    public var values: [Float]
    public let frameCount: Int
    public let melBinCount: Int

    public init(values: [Float], frameCount: Int, melBinCount: Int) {
        precondition(
            values.count == frameCount * melBinCount,
            "Spectrogram: \(values.count) values for [\(frameCount), \(melBinCount)]")
        self.values = values
        self.frameCount = frameCount
        self.melBinCount = melBinCount
    }
}
