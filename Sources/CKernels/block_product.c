#include "block_product.h"
#include "kernels.h"
#include <math.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define INLINE static inline __attribute__((always_inline))
#define UNROLLED _Pragma("clang loop unroll(full)")

enum { group_bytes = BLOCK_TERMS * BLOCK_OUTPUTS, row_block = 48, most_rows = 6 };

bool block_path_is_supported(enum block_path path) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (path == block_path_vnni) return __builtin_cpu_supports("x86-64-v4") && __builtin_cpu_supports("avx512vnni");
    if (path == block_path_avx2) return __builtin_cpu_supports("x86-64-v3");
#endif
    return path == block_path_plain;
}

enum block_path block_path_in_use(void) {
    const struct kernel_table *table = kernel_table_in_use();
    if (!table || strcmp(table->name, "plain") == 0) return block_path_plain;
    bool has_vnni = strcmp(table->name, "avx512") == 0 && block_path_is_supported(block_path_vnni);
    return has_vnni ? block_path_vnni : block_path_avx2;
}

void block_product_pack(const int8_t *numbers, const int8_t *exponents, int64_t outputs, int64_t terms, int8_t *packed,
                        int8_t *packed_exponents) {
    int64_t blocks = (terms + BLOCK_TERMS - 1) / BLOCK_TERMS;
    for (int64_t block = 0; block < blocks; block++) {
        for (int64_t output = 0; output < BLOCK_OUTPUTS; output++) {
            bool exists = output < outputs;
            packed_exponents[block * BLOCK_OUTPUTS + output] = exists ? exponents[output * blocks + block] : 0;
            for (int64_t i = 0; i < BLOCK_TERMS; i++) {
                int64_t term = block * BLOCK_TERMS + i;
                packed[block * group_bytes + i / 2 * 2 * BLOCK_OUTPUTS + output * 2 + i % 2] =
                    exists && term < terms ? numbers[output * terms + term] : 0;
            }
        }
    }
}

/// The same bits on every path: a maximum of whole numbers, one product and one rounding for each number.
INLINE void round_rows(const float *x, int64_t rows, int64_t terms, int16_t *numbers, float *scales) {
    int64_t blocks = (terms + BLOCK_TERMS - 1) / BLOCK_TERMS;
    for (int64_t row = 0; row < rows; row++) {
        for (int64_t block = 0; block < blocks; block++) {
            float values[BLOCK_TERMS] = {0};
            int64_t first = block * BLOCK_TERMS, count = terms - first < BLOCK_TERMS ? terms - first : BLOCK_TERMS;
            memcpy(values, x + row * terms + first, (size_t)count * sizeof *x);
            uint32_t largest_bits = 0, bits[BLOCK_TERMS];
            memcpy(bits, values, sizeof bits);
            for (int i = 0; i < BLOCK_TERMS; i++) {
                uint32_t magnitude = bits[i] & 0x7fffffffu;
                largest_bits = magnitude > largest_bits ? magnitude : largest_bits;
            }
            float largest;
            memcpy(&largest, &largest_bits, sizeof largest);
            bool is_finite = largest_bits < 0x7f800000u;
            // Below this the quotient would overflow; such a block is as good as zeros.
            float factor = is_finite && largest > 1e-30f ? 32767.0f / largest : 0.0f;
            int16_t *target = numbers + (row * blocks + block) * BLOCK_TERMS;
            for (int i = 0; i < BLOCK_TERMS; i++) {
#pragma clang fp contract(off)
                // The nearest whole number, the even one of two as near, stands in the last bits of this sum.
                float shifted = (is_finite ? values[i] * factor : 0.0f) + 12582912.0f;
                int32_t shifted_bits;
                memcpy(&shifted_bits, &shifted, sizeof shifted_bits);
                target[i] = (int16_t)(shifted_bits - 0x4b400000);
            }
            scales[row * blocks + block] = is_finite ? largest / 32767.0f : NAN;
        }
    }
}

/// Writes one output of a row.
INLINE void finish(const struct block_product *product, int64_t row, int64_t output, float value) {
    if (product->bias) value += product->bias[output];
    if (product->relu) value = value > 0.0f ? value : 0.0f;
    product->result[row * product->result_stride + output] = value;
}

static void run_plain(const struct block_product *product, int64_t row, int64_t end_row, int64_t group, int64_t end_group) {
    int64_t blocks = (product->terms + BLOCK_TERMS - 1) / BLOCK_TERMS;
    for (; group < end_group; group++) {
        for (int64_t r = row; r < end_row; r++) {
            const int16_t *numbers = product->numbers + r * blocks * BLOCK_TERMS;
            float totals[BLOCK_OUTPUTS] = {0};
            for (int64_t block = 0; block < blocks; block++) {
                const int8_t *weights = product->weights + (group * blocks + block) * group_bytes;
                const int8_t *exponents = product->exponents + (group * blocks + block) * BLOCK_OUTPUTS;
                float scale = product->scales[r * blocks + block];
                for (int output = 0; output < BLOCK_OUTPUTS; output++) {
                    int32_t sum = 0;
                    for (int i = 0; i < BLOCK_TERMS; i++) {
                        sum += numbers[block * BLOCK_TERMS + i]
                               * weights[i / 2 * 2 * BLOCK_OUTPUTS + output * 2 + i % 2];
                    }
                    totals[output] = fmaf(ldexpf((float)sum, exponents[output]), scale, totals[output]);
                }
            }
            int64_t first = group * BLOCK_OUTPUTS, rest = product->outputs - first;
            for (int64_t i = 0; i < BLOCK_OUTPUTS && i < rest; i++) finish(product, r, first + i, totals[i]);
        }
    }
}

#if defined(__x86_64__)
#define AVX2 __attribute__((target("avx2,fma")))
#define VNNI __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni"), min_vector_width(512)))

AVX2 static void round_avx2(const float *x, int64_t rows, int64_t terms, int16_t *numbers, float *scales) {
    round_rows(x, rows, terms, numbers, scales);
}

VNNI static void round_vnni(const float *x, int64_t rows, int64_t terms, int16_t *numbers, float *scales) {
    round_rows(x, rows, terms, numbers, scales);
}

/// Writes eight outputs of a row, or as many as there are from `first` on.
AVX2 INLINE void finish_avx2(const struct block_product *product, int64_t row, int64_t first, __m256 total) {
    int64_t rest = product->outputs - first;
    if (rest < 8) {
        float values[8];
        _mm256_storeu_ps(values, total);
        for (int64_t i = 0; i < rest; i++) finish(product, row, first + i, values[i]);
        return;
    }
    if (product->bias) total = _mm256_add_ps(total, _mm256_loadu_ps(product->bias + first));
    // What is no number becomes 0, as in `finish`.
    if (product->relu) total = _mm256_max_ps(total, _mm256_setzero_ps());
    _mm256_storeu_ps(product->result + row * product->result_stride + first, total);
}

/// `rows` rows of one group: both halves of its outputs, so that a number of an activation is read once.
AVX2 INLINE void run_avx2_rows(const int rows, const struct block_product *product, int64_t row, int64_t group) {
    int64_t blocks = (product->terms + BLOCK_TERMS - 1) / BLOCK_TERMS;
    const int16_t *numbers = product->numbers + row * blocks * BLOCK_TERMS;
    const float *scales = product->scales + row * blocks;
    const int8_t *weights = product->weights + group * blocks * group_bytes;
    const int8_t *exponents = product->exponents + group * blocks * BLOCK_OUTPUTS;
    __m256 totals[most_rows][2];
    UNROLLED for (int r = 0; r < rows; r++) totals[r][0] = totals[r][1] = _mm256_setzero_ps();
    for (int64_t block = 0; block < blocks; block++) {
        __m256i sums[most_rows][2];
        UNROLLED for (int r = 0; r < rows; r++) sums[r][0] = sums[r][1] = _mm256_setzero_si256();
        for (int pair = 0; pair < BLOCK_TERMS / 2; pair++) {
            const int8_t *bytes = weights + block * group_bytes + pair * 2 * BLOCK_OUTPUTS;
            if ((pair & 1) == 0) _mm_prefetch((const char *)(bytes + blocks * group_bytes), _MM_HINT_T0);
            __m256i w[2];
            UNROLLED for (int half = 0; half < 2; half++) {
                w[half] = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(bytes + half * 16)));
            }
            UNROLLED for (int r = 0; r < rows; r++) {
                int32_t two;
                memcpy(&two, numbers + (r * blocks + block) * BLOCK_TERMS + 2 * pair, sizeof two);
                __m256i a = _mm256_set1_epi32(two);
                UNROLLED for (int half = 0; half < 2; half++) {
                    sums[r][half] = _mm256_add_epi32(sums[r][half], _mm256_madd_epi16(w[half], a));
                }
            }
        }
        UNROLLED for (int half = 0; half < 2; half++) {
            __m256i exponent = _mm256_cvtepi8_epi32(
                _mm_loadl_epi64((const __m128i *)(exponents + block * BLOCK_OUTPUTS + half * 8)));
            __m256 power = _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(exponent, _mm256_set1_epi32(127)), 23));
            UNROLLED for (int r = 0; r < rows; r++) {
                totals[r][half] = _mm256_fmadd_ps(_mm256_mul_ps(_mm256_cvtepi32_ps(sums[r][half]), power),
                                                  _mm256_broadcast_ss(scales + r * blocks + block), totals[r][half]);
            }
        }
    }
    UNROLLED for (int r = 0; r < rows; r++) {
        UNROLLED for (int half = 0; half < 2; half++) {
            finish_avx2(product, row + r, group * BLOCK_OUTPUTS + half * 8, totals[r][half]);
        }
    }
}

/// sum + w a. Written down as one instruction, because clang makes two of it.
VNNI INLINE __m512i multiply_add(__m512i sum, __m512i w, __m512i a) {
    __asm__("vpdpwssd %2, %1, %0" : "+v"(sum) : "v"(w), "v"(a));
    return sum;
}

/// Writes the outputs of one group of a row.
VNNI INLINE void finish_vnni(const struct block_product *product, int64_t row, int64_t group, __m512 total) {
    int64_t first = group * BLOCK_OUTPUTS, rest = product->outputs - first;
    __mmask16 exist = rest < BLOCK_OUTPUTS ? (__mmask16)((1u << rest) - 1) : 0xffff;
    if (product->bias) total = _mm512_add_ps(total, _mm512_maskz_loadu_ps(exist, product->bias + first));
    // What is no number becomes 0, as in `finish`.
    if (product->relu) total = _mm512_max_ps(total, _mm512_setzero_ps());
    _mm512_mask_storeu_ps(product->result + row * product->result_stride + first, exist, total);
}

/// `rows` rows of `groups` groups.
VNNI INLINE void run_vnni_rows(const int rows, const int groups, const struct block_product *product, int64_t row,
                               int64_t group) {
    int64_t blocks = (product->terms + BLOCK_TERMS - 1) / BLOCK_TERMS;
    const int16_t *numbers = product->numbers + row * blocks * BLOCK_TERMS;
    const float *scales = product->scales + row * blocks;
    const int8_t *weights = product->weights + group * blocks * group_bytes;
    const int8_t *exponents = product->exponents + group * blocks * BLOCK_OUTPUTS;
    __m512 totals[most_rows][8];
    UNROLLED for (int r = 0; r < rows; r++) {
        UNROLLED for (int g = 0; g < groups; g++) totals[r][g] = _mm512_setzero_ps();
    }
    for (int64_t block = 0; block < blocks; block++) {
        __m512i sums[most_rows][8];
        UNROLLED for (int r = 0; r < rows; r++) {
            UNROLLED for (int g = 0; g < groups; g++) sums[r][g] = _mm512_setzero_si512();
        }
        UNROLLED for (int pair = 0; pair < BLOCK_TERMS / 2; pair++) {
            __m512i w[8];
            UNROLLED for (int g = 0; g < groups; g++) {
                const int8_t *bytes = weights + (g * blocks + block) * group_bytes + pair * 2 * BLOCK_OUTPUTS;
                if ((pair & 1) == 0) _mm_prefetch((const char *)(bytes + groups * blocks * group_bytes), _MM_HINT_T0);
                w[g] = _mm512_cvtepi8_epi16(_mm256_loadu_si256((const __m256i *)bytes));
            }
            UNROLLED for (int r = 0; r < rows; r++) {
                int32_t two;
                memcpy(&two, numbers + (r * blocks + block) * BLOCK_TERMS + 2 * pair, sizeof two);
                __m512i a = _mm512_set1_epi32(two);
                UNROLLED for (int g = 0; g < groups; g++) sums[r][g] = multiply_add(sums[r][g], w[g], a);
            }
        }
        UNROLLED for (int g = 0; g < groups; g++) {
            __m512i exponent = _mm512_cvtepi8_epi32(
                _mm_loadu_si128((const __m128i *)(exponents + (g * blocks + block) * BLOCK_OUTPUTS)));
            __m512 power =
                _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_add_epi32(exponent, _mm512_set1_epi32(127)), 23));
            UNROLLED for (int r = 0; r < rows; r++) {
                totals[r][g] = _mm512_fmadd_ps(_mm512_mul_ps(_mm512_cvtepi32_ps(sums[r][g]), power),
                                               _mm512_set1_ps(scales[r * blocks + block]), totals[r][g]);
            }
        }
    }
    UNROLLED for (int r = 0; r < rows; r++) {
        UNROLLED for (int g = 0; g < groups; g++) finish_vnni(product, row + r, group + g, totals[r][g]);
    }
}

// As many sums at a time as there are registers for.
#define ROWS(rows, wide)                                                                                               \
    AVX2 static void run_avx2_##rows(const struct block_product *product, int64_t row, int64_t group, int64_t end) {   \
        for (; group < end; group++) run_avx2_rows(rows, product, row, group);                                         \
    }                                                                                                                  \
    VNNI static void run_vnni_##rows(const struct block_product *product, int64_t row, int64_t group, int64_t end) {   \
        for (; group + wide <= end; group += wide) run_vnni_rows(rows, wide, product, row, group);                     \
        for (; group < end; group++) run_vnni_rows(rows, 1, product, row, group);                                      \
    }
ROWS(1, 8)
ROWS(2, 4)
ROWS(3, 3)
ROWS(4, 2)
ROWS(5, 2)
ROWS(6, 2)
#undef ROWS

/// Groups that are worked on for all rows of a block before the next ones: their weights stay in the first-level cache.
enum { groups_together = 2 };

static void run_vector(const struct block_product *product, int64_t row, int64_t end_row, int64_t group, int64_t end_group) {
    static void (*const avx2[])(const struct block_product *, int64_t, int64_t, int64_t) = {
        run_avx2_1, run_avx2_2, run_avx2_3, run_avx2_4, run_avx2_5, run_avx2_6};
    static void (*const vnni[])(const struct block_product *, int64_t, int64_t, int64_t) = {
        run_vnni_1, run_vnni_2, run_vnni_3, run_vnni_4, run_vnni_5, run_vnni_6};
    void (*const *run)(const struct block_product *, int64_t, int64_t, int64_t) =
        product->path == block_path_vnni ? vnni : avx2;
    for (int64_t end; row < end_row; row = end) {
        end = row + row_block < end_row ? row + row_block : end_row;
        int64_t step = end - row <= most_rows ? end_group - group : groups_together;
        for (int64_t first = group, last; first < end_group; first = last) {
            last = first + step < end_group ? first + step : end_group;
            for (int64_t r = row, rows; r < end; r += rows) {
                rows = end - r < most_rows ? end - r : most_rows;
                run[rows - 1](product, r, first, last);
            }
        }
    }
}
#endif

void block_product_round(enum block_path path, const float *x, int64_t rows, int64_t terms, int16_t *numbers, float *scales) {
#if defined(__x86_64__)
    if (path == block_path_vnni) return round_vnni(x, rows, terms, numbers, scales);
    if (path == block_path_avx2) return round_avx2(x, rows, terms, numbers, scales);
#endif
    (void)path;
    round_rows(x, rows, terms, numbers, scales);
}

void block_product_run(const struct block_product *product, int64_t first_row, int64_t row_count, int64_t first_group,
                       int64_t group_count) {
    int64_t end_row = first_row + row_count, end_group = first_group + group_count;
#if defined(__x86_64__)
    if (product->path != block_path_plain) return run_vector(product, first_row, end_row, first_group, end_group);
#endif
    run_plain(product, first_row, end_row, first_group, end_group);
}
