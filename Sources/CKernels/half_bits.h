// IEEE 754 binary16 ("half") to float32 and back, one number at a time: needs math_template.h.

/// The value of a half's bits: exact for each of them. NaN stays NaN and becomes quiet.
static inline float float_from_half_bits(uint16_t half) {
    uint32_t sign = (uint32_t)(half & 0x8000u) << 16, exponent = half >> 10 & 0x1fu, fraction = half & 0x3ffu;
    if (exponent == 31) {
        return float_from_bits(sign | 0x7f800000u | fraction << 13 | (fraction ? 0x400000u : 0u));
    }
    if (exponent == 0) return float_from_bits(sign | bits_of_float((float)fraction * 0x1p-24f));
    return float_from_bits(sign | (exponent + 112) << 23 | fraction << 13);
}

/// The half nearest to x, the even one of two as near. From 65,520 on it is infinity.
static inline uint16_t half_bits_from_float(float x) {
    uint32_t bits = bits_of_float(x), sign = bits >> 16 & 0x8000u, magnitude = bits & 0x7fffffffu;
    if (magnitude > 0x7f800000u) return (uint16_t)(sign | 0x7e00u | (magnitude >> 13 & 0x3ffu));
    if (magnitude >= 0x47800000u) return (uint16_t)(sign | 0x7c00u);  // 65,536 and more
    if (magnitude < 0x38800000u) {
        // Below 2^-14 a half is a multiple of 2^-24, which is the last place of 0.5: the addition rounds as it should.
        return (uint16_t)(sign | (bits_of_float(float_from_bits(magnitude) + 0.5f) - bits_of_float(0.5f)));
    }
    return (uint16_t)(sign | ((magnitude + 0xfffu + (magnitude >> 13 & 1u) - 0x38000000u) >> 13));
}
