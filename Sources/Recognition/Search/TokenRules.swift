/// What may be written next, beyond what a tokenizer says of single tokens: it depends on what has been written.
public protocol TokenRules: Sendable {
    /// Sets the logits of tokens that may not be next to -infinity.
    ///
    /// - Parameters:
    ///   - logits: [token]; at least one stays above -infinity.
    ///   - tokens: what has been written, without the start sequence.
    func apply(to logits: UnsafeMutableBufferPointer<Float>, after tokens: [Int])
}
