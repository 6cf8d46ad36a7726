// What the products for AVX2 share: how a sum is cut, and eight rows of eight numbers transposed.
#pragma once
#include <immintrin.h>
#include <stdint.h>

/// How many of the terms that are left are added up in one go, at most `largest`: the last two parts are of equal size, as in oneDNN.
static inline int64_t terms_of_part(int64_t rest, int64_t largest) {
    return rest >= 2 * largest ? largest : rest > largest ? (rest + 1) / 2 : rest;
}

#define UNROLLED _Pragma("clang loop unroll(full)")

__attribute__((target("avx2,fma"), always_inline)) static inline void transpose(__m256 x[8]) {
    __m256 y[8];
    UNROLLED for (int i = 0; i < 8; i += 2) {
        y[i] = _mm256_unpacklo_ps(x[i], x[i + 1]);
        y[i + 1] = _mm256_unpackhi_ps(x[i], x[i + 1]);
    }
    UNROLLED for (int i = 0; i < 8; i += 4) {
        x[i] = _mm256_shuffle_ps(y[i], y[i + 2], 0x44);
        x[i + 1] = _mm256_shuffle_ps(y[i], y[i + 2], 0xee);
        x[i + 2] = _mm256_shuffle_ps(y[i + 1], y[i + 3], 0x44);
        x[i + 3] = _mm256_shuffle_ps(y[i + 1], y[i + 3], 0xee);
    }
    UNROLLED for (int i = 0; i < 4; i++) {
        y[i] = _mm256_permute2f128_ps(x[i], x[i + 4], 0x20);
        y[i + 4] = _mm256_permute2f128_ps(x[i], x[i + 4], 0x31);
    }
    UNROLLED for (int i = 0; i < 8; i++) x[i] = y[i];
}
