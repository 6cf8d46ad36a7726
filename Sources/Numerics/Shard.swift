/// A fixed part of a list of names, as several machines share it: `3/16` is the third of sixteen.
///
/// Which part a name belongs to depends on the name and the number of parts alone: it stays when other names are added. The parts
/// are about equally large, as those of a random choice.
public struct Shard: Sendable, Equatable, CustomStringConvertible {
    /// Counted from 1.
    public let number: Int
    /// How many parts there are.
    public let count: Int

    /// Reads `NUMBER/COUNT`; nil where that is no part: numbers are counted from 1.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let number = parts[0], let count = parts[1], number >= 1, number <= count else {
            return nil
        }
        self.number = number
        self.count = count
    }

    /// Whether a name belongs to this part.
    public func contains(_ name: String) -> Bool {
        // The mixed hash times the count, as a 128-bit number: its upper half is uniform in 0..<count (Lemire 2019).
        let hash = Self.key.derived(name).bits
        return hash.multipliedFullWidth(by: UInt64(count)).high == UInt64(number - 1)
    }

    public var description: String { "\(number)/\(count)" }

    private static let key = RandomKey(seed: 0).derived("shard")
}
