import Glibc

func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

/// The key of the masks in these tests.
let dropoutKey: UInt64 = 0x0123_4567_89ab_cdef

/// Whether dropout with that key keeps an element: the hash of math_template.h, in 64-bit arithmetic.
func isKept(_ index: UInt64, rate: Float) -> Bool {
    let mask: UInt64 = 0xffff_ffff
    var x = ((index & mask) * 0x9e37_79b9 + (dropoutKey & mask)) & mask
    x ^= x >> 16
    x = x * 0x7feb_352d & mask
    x ^= (x >> 15) ^ (dropoutKey >> 32)
    x = x * 0x846c_a68b & mask
    x ^= x >> 16
    return Double(x) >= (Double(rate) * 0x1p32).rounded(.down)
}
