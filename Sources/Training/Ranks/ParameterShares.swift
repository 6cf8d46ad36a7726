import Autograd

/// Which rank adds up the gradients of which parameters and moves them: chunks of the flat memory, dealt out so that all have about as many
/// elements, of each layer too. Only that rank needs the moments of the optimiser there (the first stage of ZeRO; Rajbhandari et al. 2020).
package struct ParameterShares: Sendable {
    /// Consecutive pieces of one owner that are sent together.
    package struct Chunk: Sendable {
        /// Elements of the flat memory, with the padding between the pieces.
        package let range: Range<Int>
        package let pieces: [Range<Int>]
    }

    private let rankCount: Int
    private let chunkSize: Int
    /// The rank of each piece, by its first element.
    private let owners: [Int: Int]
    private let learned: [Range<Int>]

    /// Elements of a chunk: at most 1 MB, of which the latency of a network is a small part; where there are many ranks less, so that all have about
    /// as many and what they all send at once takes little memory, but a piece at least.
    private static let chunkSizes = 65_536...262_144
    /// Chunks that a rank has, at least, where they are not of the smallest size.
    private static let chunksOfRank = 8
    /// Parameters begin at multiples of this many elements.
    private static let alignment = 16

    /// - Parameter pieces: of all parameters that learn at any time.
    package init(_ pieces: ParameterPieces, rankCount: Int) {
        self.rankCount = rankCount
        learned = pieces.pieces.map(\.range)
        let total = learned.reduce(0) { $0 + $1.count }
        chunkSize = min(
            max(total / (Self.chunksOfRank * rankCount), Self.chunkSizes.lowerBound), Self.chunkSizes.upperBound)
        var owners: [Int: Int] = [:]
        var counts = [Int](repeating: 0, count: rankCount)
        for chunk in Self.chunks(of: learned, size: chunkSize, owner: { _ in 0 }) {
            let owner = counts.indices.min { counts[$0] < counts[$1] }!
            for piece in chunk.pieces {
                owners[piece.lowerBound] = owner
                counts[owner] += piece.count
            }
        }
        self.owners = owners
    }

    /// Whether a piece is this rank's.
    package func isOwned(_ piece: Range<Int>, by rank: Int) -> Bool { owners[piece.lowerBound] == rank }

    /// The chunks of every rank, of all parameters that learn at any time.
    package func chunks() -> [[Chunk]] { chunks(of: learned) }

    /// The chunks of every rank.
    ///
    /// - Parameter pieces: some of all, in their order.
    func chunks(of pieces: [Range<Int>]) -> [[Chunk]] {
        let owners = owners
        func owner(_ piece: Range<Int>) -> Int { owners[piece.lowerBound]! }
        var result = [[Chunk]](repeating: [], count: rankCount)
        for chunk in Self.chunks(of: pieces, size: chunkSize, owner: owner) {
            result[owner(chunk.pieces[0])].append(chunk)
        }
        return result
    }

    private static func chunks(of pieces: [Range<Int>], size: Int, owner: (Range<Int>) -> Int) -> [Chunk] {
        var chunks: [[Range<Int>]] = []
        for piece in pieces {
            if let first = chunks.last?.first, let last = chunks.last?.last, owner(first) == owner(piece),
                piece.lowerBound - last.upperBound < alignment, piece.upperBound - first.lowerBound <= size
            {
                chunks[chunks.count - 1].append(piece)
            } else {
                chunks.append([piece])
            }
        }
        return chunks.map { Chunk(range: $0[0].lowerBound..<$0[$0.count - 1].upperBound, pieces: $0) }
    }
}
