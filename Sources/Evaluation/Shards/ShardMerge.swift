import Files
import FoundationEssentials

/// The scored utterances of all shards of a list, in the order of the list: as one evaluation would have given them.
public struct ShardMerge: Sendable {
    public let records: [ScoringRecord]
    /// Of the test set.
    public let name: String
    /// The normaliser that the shards were scored with.
    public let normalizer: String
    /// One line for each utterance that could not be read.
    public let failures: [String]

    /// Reads shards and checks that they are all there, each once, and made of one list by one model.
    ///
    /// - Parameter folders: folders of shards, or folders that hold such.
    /// - Throws: `TranscriptError` naming the shard and what to do.
    public init(folders: [String]) throws {
        // 1. Every shard once, all of one evaluation.
        var shards: [Int: (folder: String, result: ShardResult)] = [:]
        var first: (folder: String, result: ShardResult)?
        for folder in try folders.flatMap(Self.shardFolders) {
            guard let result = try ShardResult.read(folder: folder) else {
                throw TranscriptError(
                    .mismatch, folder,
                    "is not finished: call asr evaluate for this shard again, it goes on where it was")
            }
            if let first { try Self.check(result, folder, against: first.result, first.folder) }
            first = first ?? (folder, result)
            if let other = shards.updateValue((folder, result), forKey: result.shard) {
                throw TranscriptError(
                    .mismatch, folder,
                    "is shard \(result.shard) of \(result.count), as is \(other.folder); name only one of them")
            }
        }
        guard let result = first?.result else {
            throw TranscriptError(.mismatch, folders.joined(separator: ", "), "no shard is there")
        }
        let missing = (1...result.count).filter { shards[$0] == nil }
        guard missing.isEmpty else {
            throw TranscriptError(
                .mismatch, folders.joined(separator: ", "),
                "of \(result.count) shards \(missing.count) are missing: \(missing.prefix(10).map(String.init).joined(separator: ", "))"
                    + (missing.count > 10 ? " ..." : "")
                    + "; evaluate them with --shard \(missing[0])/\(result.count) and so on"
            )
        }

        // 2. Every utterance of the list once.
        var records = [ScoringRecord?](repeating: nil, count: result.utterances)
        var failures: [String] = []
        for number in 1...result.count {
            let (folder, shard) = shards[number]!
            failures += shard.failures
            let read = try Self.records(folder: folder)
            guard read.count == shard.places.count else {
                throw TranscriptError(
                    .mismatch, joinedPath(folder, "utterances.jsonl"),
                    "has \(read.count) utterances instead of \(shard.places.count); evaluate the shard again")
            }
            for (place, record) in zip(shard.places, read) {
                if let other = records[place] {
                    throw TranscriptError(
                        .mismatch, folder,
                        "has the utterance \(record.id), as another shard has (\(other.id)); evaluate it again")
                }
                records[place] = record
            }
        }
        self.records = records.compactMap(\.self)
        let lostCount = result.utterances - self.records.count - failures.count
        guard lostCount == 0 else {
            throw TranscriptError(
                .mismatch, folders.joined(separator: ", "),
                "of \(result.utterances) utterances \(lostCount) are in no shard; evaluate the shards again")
        }
        name = result.name
        normalizer = result.normalizer
        self.failures = failures
    }

    /// The folder itself where it is one of a shard, or those in it.
    private static func shardFolders(_ folder: String) throws -> [String] {
        if isShard(String(lastPathComponent(folder.hasSuffix("/") ? String(folder.dropLast()) : folder))) {
            return [folder]
        }
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            throw TranscriptError(.unreadable, folder, "there is no such folder, or it cannot be read")
        }
        let shards = names.filter(isShard).sorted()
        guard !shards.isEmpty else {
            throw TranscriptError(
                .mismatch, folder, "holds no shard; asr evaluate DATA --shard 1/16 --output \(folder) makes one")
        }
        return shards.map { joinedPath(folder, $0) }
    }

    /// `shard-3-of-16`
    private static func isShard(_ name: String) -> Bool {
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "shard" && parts[2] == "of" && Int(parts[1]) != nil
            && Int(parts[3]) != nil
    }

    private static func check(
        _ result: ShardResult, _ folder: String, against first: ShardResult, _ firstFolder: String
    ) throws {
        func differ(_ what: String) -> TranscriptError {
            TranscriptError(
                .mismatch, folder,
                "\(what) than \(firstFolder); evaluate all shards with the same data, model and options")
        }
        if result.count != first.count { throw differ("is one of \(result.count) shards, not of \(first.count),") }
        if result.list != first.list { throw differ("was made of another list of utterances") }
        if result.settings != first.settings { throw differ("was made by another model or search") }
        if result.normalizer != first.normalizer { throw differ("was scored with another normaliser") }
    }

    /// What a line of `utterances.jsonl` says about an utterance.
    private struct Line: Decodable {
        let id: String
        let reference: String
        let hypothesis: String
        let speaker: String?
        let duration: Double?
        let audio: String?
    }

    private static func records(folder: String) throws -> [ScoringRecord] {
        let reader = JSONLines()
        var records: [ScoringRecord] = []
        try TranscriptLines.forEach(of: joinedPath(folder, "utterances.jsonl")) { line in
            let object = try reader.object(Line.self, of: line)
            records.append(
                ScoringRecord(
                    id: object.id, reference: object.reference, hypothesis: object.hypothesis, speaker: object.speaker,
                    durationInSeconds: object.duration, audioPath: object.audio))
        }
        return records
    }
}
