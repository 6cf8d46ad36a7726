// Rows of halves (IEEE 754 binary16) to float32 and back. A file that includes this and has F16C says so by USES_F16C.
#include "half_bits.h"

static void float_from_half(float *restrict y, const void *halves, int64_t count) {
    const char *x = halves;
    int64_t i = 0;
#ifdef USES_F16C
    for (; i + 8 <= count; i += 8) {
        _mm256_storeu_ps(y + i, _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(x + 2 * i))));
    }
#endif
    for (; i < count; i++) {
        uint16_t half;
        memcpy(&half, x + 2 * i, sizeof half);
        y[i] = float_from_half_bits(half);
    }
}

static bool half_from_float(uint16_t *restrict y, const float *restrict x, int64_t count) {
    uint32_t difference = 0;
    int64_t i = 0;
#ifdef USES_F16C
    __m256i differences = _mm256_setzero_si256();
    for (; i + 8 <= count; i += 8) {
        __m256 value = _mm256_loadu_ps(x + i);
        __m128i half = _mm256_cvtps_ph(value, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
        _mm_storeu_si128((__m128i *)(y + i), half);
        __m256i change = _mm256_castps_si256(_mm256_xor_ps(value, _mm256_cvtph_ps(half)));
        differences = _mm256_or_si256(differences, change);
    }
    difference = _mm256_testz_si256(differences, differences) ? 0u : 1u;
#endif
    for (; i < count; i++) {
        y[i] = half_bits_from_float(x[i]);
        difference |= bits_of_float(x[i]) ^ bits_of_float(float_from_half_bits(y[i]));
    }
    return difference == 0;
}
