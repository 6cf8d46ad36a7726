/// Merges the bytes of one piece of text into tokens: again and again the pair of neighbours whose joined bytes have the lowest number,
/// of equal pairs the leftmost, until no neighbours join to a token.
///
/// Parts are a linked list over the bytes, and pairs wait in a heap, so that n bytes take a time of n log n: one word of 100,000 letters
/// is no trouble.
struct BytePairMerging {
    private let vocabulary: BytePairVocabulary
    private let bytes: ArraySlice<UInt8>
    /// Where the part that begins at a byte ends; both relative to the piece. Only of bytes at which a part begins.
    private var ends: [Int32]
    /// Where the part before the one that begins at a byte begins; -1 for the first.
    private var befores: [Int32]
    /// The number to which the part that begins at a byte joins with the next one; `none` where that is no token.
    private var ranks: [Int32]
    private var heap = MinimumHeap()

    private static let none = Int32.max

    /// Appends the tokens of the bytes to `tokens`.
    static func append(_ bytes: ArraySlice<UInt8>, of vocabulary: BytePairVocabulary, to tokens: inout [Int]) {
        if let token = vocabulary.token(of: bytes) {
            tokens.append(token)
            return
        }
        var merging = BytePairMerging(bytes, vocabulary)
        merging.mergePairs(below: none)
        for part in merging.parts { tokens.append(vocabulary.token(of: part)!) }
    }

    /// The two parts into which the bytes of a token merge by pairs of lower rank; nil where those leave more than two, so that no merge
    /// makes the token.
    static func pair(of token: Int, in vocabulary: BytePairVocabulary) -> (ArraySlice<UInt8>, ArraySlice<UInt8>)? {
        var merging = BytePairMerging(vocabulary.bytes(of: token), vocabulary)
        merging.mergePairs(below: Int32(token))
        let parts = merging.parts
        return parts.count == 2 ? (parts[0], parts[1]) : nil
    }

    private init(_ bytes: ArraySlice<UInt8>, _ vocabulary: BytePairVocabulary) {
        self.bytes = bytes
        self.vocabulary = vocabulary
        precondition(bytes.count < Int32.max, "BytePairMerging: a piece of \(bytes.count) bytes")
        let count = Int32(bytes.count)
        ends = Array(0..<count).map { $0 + 1 }
        befores = Array(0..<count).map { $0 - 1 }
        ranks = [Int32](repeating: Self.none, count: bytes.count)
        for start in 0..<Int(count) { updateRank(at: start) }
    }

    /// The parts as they are now.
    private var parts: [ArraySlice<UInt8>] {
        var parts: [ArraySlice<UInt8>] = []
        var start = 0
        while start < bytes.count {
            parts.append(bytes[(bytes.startIndex + start)..<(bytes.startIndex + Int(ends[start]))])
            start = Int(ends[start])
        }
        return parts
    }

    private mutating func mergePairs(below limit: Int32) {
        while let (rank, start) = heap.removeMinimum() {
            // A pair of which one part has been merged since waits in vain.
            guard ranks[start] == rank, rank < limit else { continue }
            let middle = Int(ends[start])
            let end = ends[middle]
            ends[start] = end
            ranks[middle] = Self.none
            if end < bytes.count { befores[Int(end)] = Int32(start) }
            updateRank(at: start)
            if befores[start] >= 0 { updateRank(at: Int(befores[start])) }
        }
    }

    /// Looks up the pair that begins at `start`, and lets it wait if it joins to a token.
    private mutating func updateRank(at start: Int) {
        let middle = Int(ends[start])
        ranks[start] = Self.none
        guard middle < bytes.count else { return }
        let joined = bytes[(bytes.startIndex + start)..<(bytes.startIndex + Int(ends[middle]))]
        guard let token = vocabulary.token(of: joined) else { return }
        ranks[start] = Int32(token)
        heap.insert(rank: Int32(token), start: start)
    }
}

/// Pairs by rank, and of equal rank by place: the least comes first.
private struct MinimumHeap {
    /// Rank in the upper half, place in the lower; no element is less than the one at half its index.
    private var elements: [UInt64] = []

    mutating func insert(rank: Int32, start: Int) {
        var child = elements.count
        let element = UInt64(rank) << 32 | UInt64(start)
        elements.append(element)
        while child > 0 {
            let parent = (child - 1) / 2
            if elements[parent] <= element { break }
            elements[child] = elements[parent]
            child = parent
        }
        elements[child] = element
    }

    mutating func removeMinimum() -> (rank: Int32, start: Int)? {
        guard let minimum = elements.first, let element = elements.popLast() else { return nil }
        var parent = 0
        while 2 * parent + 1 < elements.count {
            var child = 2 * parent + 1
            if child + 1 < elements.count && elements[child + 1] < elements[child] { child += 1 }
            if element <= elements[child] { break }
            elements[parent] = elements[child]
            parent = child
        }
        if !elements.isEmpty { elements[parent] = element }
        return (Int32(minimum >> 32), Int(minimum & 0xFFFF_FFFF))
    }
}
