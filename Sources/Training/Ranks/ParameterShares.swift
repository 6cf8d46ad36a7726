import Autograd

/// Which rank adds up the gradients of which parameters and moves them: consecutive pieces of the flat memory, about as many elements
/// for each. Only that rank needs the moments of the optimiser there (the first stage of ZeRO; Rajbhandari et al. 2020).
package struct ParameterShares: Sendable {
    /// Consecutive pieces of one owner that are sent together.
    package struct Chunk: Sendable {
        /// Elements of the flat memory, with the padding between the pieces.
        package let range: Range<Int>
        package let pieces: [Range<Int>]
    }

    private let rankCount: Int
    /// The element at which the part of each rank begins.
    private let starts: [Int]
    private let learned: [Range<Int>]

    /// Elements of a chunk, at most: 1 MB, of which the latency of a network is a small part; a piece of 256 KB where there are so many ranks
    /// that what they all send at once would take much memory.
    private var chunkSize: Int { rankCount <= 16 ? 262_144 : 65_536 }
    /// Parameters begin at multiples of this many elements.
    private static let alignment = 16

    /// - Parameter pieces: of all parameters that learn at any time.
    package init(_ pieces: ParameterPieces, rankCount: Int) {
        self.rankCount = rankCount
        learned = pieces.pieces.map(\.range)
        let total = learned.reduce(0) { $0 + $1.count }
        var starts: [Int] = []
        var sum = 0
        for range in learned {
            // Its middle decides whose it is.
            let owner = (2 * sum + range.count) * rankCount / (2 * total)
            while starts.count <= owner { starts.append(range.lowerBound) }
            sum += range.count
        }
        while starts.count < rankCount { starts.append(.max) }
        self.starts = starts
    }

    /// Whether a piece is this rank's.
    package func isOwned(_ piece: Range<Int>, by rank: Int) -> Bool {
        starts[rank] <= piece.lowerBound && (rank + 1 == rankCount || piece.lowerBound < starts[rank + 1])
    }

    /// The chunks of every rank, of all parameters that learn at any time.
    package func chunks() -> [[Chunk]] { chunks(of: learned) }

    /// The chunks of every rank.
    ///
    /// - Parameter pieces: some of all, in their order.
    func chunks(of pieces: [Range<Int>]) -> [[Chunk]] {
        (0..<rankCount).map { rank in
            var chunks: [[Range<Int>]] = []
            for piece in pieces where isOwned(piece, by: rank) {
                if let first = chunks.last?.first, let last = chunks.last?.last,
                    piece.lowerBound - last.upperBound < Self.alignment,
                    piece.upperBound - first.lowerBound <= chunkSize
                {
                    chunks[chunks.count - 1].append(piece)
                } else {
                    chunks.append([piece])
                }
            }
            return chunks.map { Chunk(range: $0[0].lowerBound..<$0[$0.count - 1].upperBound, pieces: $0) }
        }
    }
}
