/// What a checkpoint says of decoding, beside its weights. What it does not say is nil: the decoder then has its defaults, which follow
/// from the vocabulary.
public struct WhisperGeneration: Sendable, Equatable {
    /// A head of the decoder's cross-attention.
    public struct Head: Sendable, Hashable {
        public let layer: Int
        public let head: Int

        public init(layer: Int, head: Int) {
            self.layer = layer
            self.head = head
        }
    }

    /// The heads whose attention follows the sound, for the times of words.
    public var alignmentHeads: [Head]?
    /// Tokens that are never written.
    public var suppressedTokens: [Int]?
    /// Tokens that are not written first.
    public var suppressedFirstTokens: [Int]?
    /// The token of each language, such as `de`.
    public var languageTokens: [String: Int]?
    /// The highest first timestamp, in steps of 20 ms.
    public var largestFirstTimestamp: Int?

    public init() {}

    /// The heads of the lists `[layer, head]` that files have.
    ///
    /// - Throws: `ModelError` where one is no such pair, or the model has no such head.
    static func heads(_ pairs: [[Int]], of dimensions: WhisperDimensions, path: String) throws(ModelError) -> [Head] {
        var heads: [Head] = []
        for pair in pairs {
            guard pair.count == 2, (0..<dimensions.decoderLayerCount).contains(pair[0]),
                (0..<dimensions.headCount).contains(pair[1])
            else {
                throw ModelError(
                    "\(path): alignment_heads names \(pair), but the decoder has \(dimensions.decoderLayerCount) layers of "
                        + "\(dimensions.headCount) heads: remove it, or write [layer, head]")
            }
            heads.append(Head(layer: pair[0], head: pair[1]))
        }
        return heads
    }

    /// Refuses tokens that the vocabulary does not have.
    ///
    /// - Throws: `ModelError` naming the list.
    func validate(vocabularySize: Int, path: String) throws(ModelError) {
        let lists = [
            ("tokens to suppress", suppressedTokens ?? []),
            ("tokens to suppress at first", suppressedFirstTokens ?? []),
            ("tokens of languages", languageTokens.map { Array($0.values) } ?? []),
        ]
        for (name, tokens) in lists {
            // Older files have -1 for "those that are no speech", which the decoder knows itself.
            if let token = tokens.sorted().first(where: { $0 < -1 || $0 >= vocabularySize }) {
                throw ModelError(
                    "\(path): the \(name) hold \(token), but the vocabulary has \(vocabularySize): correct the list")
            }
        }
    }
}
