/// What is written about a training run besides `metrics.jsonl` and `training.html`. It does not change what is learned.
public struct WatchConfiguration: Codable, Sendable, Equatable {
    /// Whether event files for TensorBoard are written, into the folder `tensorboard` of the output folder.
    public var tensorBoard = false

    private enum CodingKeys: String, CodingKey {
        case tensorBoard = "tensorboard"
    }

    public init() {}
}
