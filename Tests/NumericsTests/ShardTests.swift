import Numerics
import Testing

@Suite struct ShardTests {
    private static func all(_ count: Int) -> [Shard] { (1...count).map { Shard("\($0)/\(count)")! } }

    /// Names as they are found: numbered, at several depths, with one digit that differs.
    @Test(arguments: ["", "clips/part-07/common_voice_en_", "speaker/chapter/speaker-chapter-0"])
    func aMillionNamesAreSharedEqually(beginning: String) {
        let shards = Self.all(16)
        var counts = [Int](repeating: 0, count: 16)
        for index in 0..<1_000_000 {
            let name = "\(beginning)\(index)"
            // The first test that holds is the only one: checked below for fewer names.
            counts[shards.firstIndex { $0.contains(name) }!] += 1
        }
        for count in counts { #expect(abs(Double(count) - 62_500) < 0.02 * 62_500, "\(counts)") }
    }

    @Test(arguments: [1, 2, 3, 7, 16, 1_000]) func eachNameIsInOnePart(count: Int) {
        let shards = Self.all(count)
        for index in 0..<200 { #expect(shards.count { $0.contains("name \(index)") } == 1) }
    }

    // Printed by scripts/golden/shards.py, which has the same hash in Python.
    @Test func theHashStaysTheSame() {
        let shards = Self.all(16)
        let numbers = ["a.wav", "b.wav", "clips/1", "clips/2", "ünïcode", ""].map { name in
            shards.first { $0.contains(name) }!.number
        }
        #expect(numbers == [11, 14, 11, 1, 5, 10])
    }

    @Test(arguments: ["", "3", "0/4", "5/4", "-1/4", "1/0", "1/2/3", "a/b", "1/", " 1/2", "1.5/2"])
    func refuses(text: String) { #expect(Shard(text) == nil) }

    @Test func reads() {
        #expect(Shard("3/16").map { [$0.number, $0.count] } == [3, 16])
        #expect(Shard("3/16")?.description == "3/16")
    }
}
