// Elementary functions in float32 that vectorise, bfloat16 conversion, and the random bits of dropout.
//
// Reductions reassociate inside the functions that say so (`#pragma clang fp reassociate(on)`); nothing here may be
// inlined into another order of rounding that matters, so no function below relies on exact cancellation.

static inline __attribute__((always_inline)) float float_from_bits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline __attribute__((always_inline)) uint32_t bits_of_float(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline __attribute__((always_inline)) float float_from_bfloat16(uint16_t value) { return float_from_bits((uint32_t)value << 16); }

/// Round to nearest, ties to even; a NaN stays a (quiet) NaN.
static inline __attribute__((always_inline)) uint16_t bfloat16_from_float(float value) {
    uint32_t bits = bits_of_float(value);
    uint32_t rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
    uint32_t quiet = (bits >> 16) | 0x40u;
    return (uint16_t)((bits & 0x7fffffffu) > 0x7f800000u ? quiet : rounded);
}

/// e^x to 2 ulp: 2^n e^r with |r| <= ln 2 / 2, e^r by a polynomial (Cephes expf). 0 below -87.3, NaN stays NaN.
static inline __attribute__((always_inline)) float exp_float(float x) {
    float clamped = x < -87.3f ? -87.3f : (x > 88.3f ? 88.3f : x);
    // Beside 1.5 * 2^23 a float has no digits after the point: the sum is rounded, and its last bits are n.
    float shifted = clamped * 1.44269504088896341f + 12582912.0f;
    float n = shifted - 12582912.0f;
    float r = clamped - n * 0.693359375f;
    r = r - n * -2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    float result = p * float_from_bits((bits_of_float(shifted) << 23) + 0x3f800000u);
    return x < -87.3f ? 0.0f : result;
}

/// ln x to 2 ulp for normal positive x (Cephes logf); -infinity at 0, NaN for NaN and below 0.
static inline __attribute__((always_inline)) float log_float(float x) {
    uint32_t bits = bits_of_float(x);
    int32_t exponent = (int32_t)(bits >> 23) - 126;
    float m = float_from_bits((bits & 0x007fffffu) | 0x3f000000u);
    int small = m < 0.707106781186547524f;
    exponent -= small;
    float f = small ? m + m - 1.0f : m - 1.0f;
    float z = f * f;
    float p = 7.0376836292e-2f;
    p = p * f - 1.1514610310e-1f;
    p = p * f + 1.1676998740e-1f;
    p = p * f - 1.2420140846e-1f;
    p = p * f + 1.4249322787e-1f;
    p = p * f - 1.6668057665e-1f;
    p = p * f + 2.0000714765e-1f;
    p = p * f - 2.4999993993e-1f;
    p = p * f + 3.3333331174e-1f;
    float e = (float)exponent;
    float y = p * f * z + e * -2.12194440e-4f - 0.5f * z;
    float result = f + y + e * 0.693359375f;
    return x > 0.0f ? result : (x == 0.0f ? -INFINITY : NAN);
}

/// The error function to 2e-7 (Abramowitz and Stegun 7.1.26).
static inline __attribute__((always_inline)) float erf_float(float x) {
    float magnitude = x < 0.0f ? -x : x;
    float t = 1.0f / (1.0f + 0.3275911f * magnitude);
    float p = 1.061405429f;
    p = p * t - 1.453152027f;
    p = p * t + 1.421413741f;
    p = p * t - 0.284496736f;
    p = p * t + 0.254829592f;
    float result = 1.0f - p * t * exp_float(-magnitude * magnitude);
    return x < 0.0f ? -result : result;
}

/// 1 / (1 + e^-x).
static inline __attribute__((always_inline)) float sigmoid_float(float x) { return 1.0f / (1.0f + exp_float(-x)); }

/// The hyperbolic tangent to 2 ulp: an odd polynomial near 0, 1 - 2 / (e^2x + 1) further away (Cephes tanhf). NaN stays NaN.
static inline __attribute__((always_inline)) float tanh_float(float x) {
    float magnitude = x < 0.0f ? -x : x;
    float z = x * x;
    float p = -5.70498872745e-3f;
    p = p * z + 2.06390887954e-2f;
    p = p * z - 5.37397155531e-2f;
    p = p * z + 1.33314422036e-1f;
    p = p * z - 3.33332819422e-1f;
    float far = 1.0f - 2.0f / (exp_float(2.0f * magnitude) + 1.0f);
    return magnitude < 0.625f ? p * z * x + x : (x < 0.0f ? -far : far);
}

static inline __attribute__((always_inline)) float swish_float(float x) { return x * sigmoid_float(x); }

static inline __attribute__((always_inline)) float swish_slope(float x) {
    float gate = sigmoid_float(x);
    return gate * (1.0f + x * (1.0f - gate));
}

static inline __attribute__((always_inline)) float gelu_float(float x) {
    return 0.5f * x * (1.0f + erf_float(x * 0.70710678118654752f));
}

static inline __attribute__((always_inline)) float gelu_slope(float x) {
    float cumulative = 0.5f * (1.0f + erf_float(x * 0.70710678118654752f));
    return cumulative + x * 0.39894228040143268f * exp_float(-0.5f * x * x);
}

/// 32 random bits for one counter under one key (two rounds of a multiply-xorshift hash, Wellons' lowbias32).
static inline __attribute__((always_inline)) uint32_t random_bits(uint64_t key, uint64_t counter) {
    uint32_t x = (uint32_t)counter * 0x9e3779b9u + (uint32_t)key;
    x ^= x >> 16;
    x *= 0x7feb352du;
    x ^= (x >> 15) ^ (uint32_t)(key >> 32);
    x *= 0x846ca68bu;
    return x ^ (x >> 16);
}

/// Dropout keeps an element whose random bits are at least this.
static inline __attribute__((always_inline)) uint32_t dropout_threshold(float rate) { return (uint32_t)((double)rate * 4294967296.0); }

/// The largest of x[count], -infinity if there is none; sixteen running maxima, so that it vectorises.
static inline __attribute__((always_inline)) float maximum_of(const float *restrict x, int64_t count) {
    float lanes[16];
    for (int j = 0; j < 16; j++) lanes[j] = -INFINITY;
    int64_t i = 0;
    for (; i + 16 <= count; i += 16) {
        for (int j = 0; j < 16; j++) lanes[j] = x[i + j] > lanes[j] ? x[i + j] : lanes[j];
    }
    for (; i < count; i++) lanes[0] = x[i] > lanes[0] ? x[i] : lanes[0];
    for (int j = 1; j < 16; j++) lanes[0] = lanes[j] > lanes[0] ? lanes[j] : lanes[0];
    return lanes[0];
}
