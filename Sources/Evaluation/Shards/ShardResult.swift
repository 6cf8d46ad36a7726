import Files
import FoundationEssentials

/// What `asr evaluate --shard` leaves beside the scored utterances of a shard, as `shard.json`: enough to tell whether shards belong
/// together, and where each utterance stands in the whole list.
public struct ShardResult: Codable, Sendable, Equatable {
    public var schema = "asr-shard/1"
    /// Counted from 1.
    public var shard: Int
    /// How many there are.
    public var count: Int
    /// Of the test set.
    public var name: String
    /// Fingerprint of the ids and texts of the whole list.
    public var list: String
    /// Utterances of the whole list.
    public var utterances: Int
    /// What decides over the texts: the model and the search.
    public var settings: String
    /// The normaliser of the figures.
    public var normalizer: String
    /// For each line of `utterances.jsonl` its place in the whole list.
    public var places: [Int]
    /// One line for each utterance that could not be read.
    public var failures: [String]

    public init(
        shard: Int, count: Int, name: String, list: String, utterances: Int, settings: String, normalizer: String,
        places: [Int], failures: [String]
    ) {
        self.shard = shard
        self.count = count
        self.name = name
        self.list = list
        self.utterances = utterances
        self.settings = settings
        self.normalizer = normalizer
        self.places = places
        self.failures = failures
    }

    private static let fileName = "shard.json"

    /// The folder of a shard below that of all: `shard-3-of-16`.
    public static func folder(in parent: String, shard: Int, count: Int) -> String {
        joinedPath(parent, "shard-\(shard)-of-\(count)")
    }

    /// Writes it into the folder of the shard, as the last of its files.
    ///
    /// - Throws: `FileWriteError`.
    public func write(to folder: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try AtomicFile.write(encoder.encode(self) + [UInt8(ascii: "\n")], to: joinedPath(folder, Self.fileName))
    }

    /// Reads what a finished shard has left; nil where the folder has none.
    ///
    /// - Throws: `TranscriptError` for a file that is something else.
    static func read(folder: String) throws -> ShardResult? {
        let path = joinedPath(folder, fileName)
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        guard let result = try? JSONDecoder().decode(ShardResult.self, from: data), result.schema == "asr-shard/1",
            result.shard >= 1, result.shard <= result.count,
            result.places.allSatisfy({ (0..<result.utterances).contains($0) })
        else {
            throw TranscriptError(
                .malformed, path, "not written by this version of asr evaluate --shard; evaluate the shard again")
        }
        return result
    }
}
