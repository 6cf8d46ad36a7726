import Glibc

/// log(e^a + e^b), stable; -infinity is log 0.
func logSum(_ a: Float, _ b: Float) -> Float {
    let (larger, smaller) = a > b ? (a, b) : (b, a)
    if smaller == -.infinity { return larger }
    return larger + log1pf(expf(smaller - larger))
}
