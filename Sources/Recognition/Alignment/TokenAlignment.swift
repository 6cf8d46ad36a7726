/// When each token of a text was said, in positions of the encoder.
package struct TokenAlignment {
    /// The positions of each token, at least one.
    package let positions: [Range<Int>]
    /// How probable each token is; by CTC the geometric mean at its positions.
    package let probabilities: [Double]
}
