#include "packed_product.h"
#include "instruction_set.h"
#include "matrix_product.h"
#include <string.h>

#if defined(__x86_64__)
#include "avx2_sums.h"

#define TARGET __attribute__((target("avx2,fma,f16c")))

/// Rows that are worked on at a time.
enum { most_rows = 6 };

bool packed_product_is_supported(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c")
           && instruction_set() >= dnnl_cpu_isa_avx2;
}

TARGET bool packed_product_pack(const float *weight, int64_t columns, int64_t k, uint16_t *b) {
    for (int64_t group = 0; group < columns; group += packed_columns) {
        for (int64_t i = 0; i < k; i++, b += packed_columns) {
            float values[packed_columns] = {0};
            for (int64_t column = 0; column < packed_columns && group + column < columns; column++) {
                values[column] = weight[(group + column) * k + i];
            }
            __m256 value = _mm256_loadu_ps(values);
            __m128i half = _mm256_cvtps_ph(value, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
            __m256i change = _mm256_castps_si256(_mm256_xor_ps(value, _mm256_cvtph_ps(half)));
            if (!_mm256_testz_si256(change, change)) return false;
            _mm_storeu_si128((__m128i *)b, half);
        }
    }
    return true;
}

/// How many of the terms that are left are added up in one go, of `k` in all; as oneDNN and edge_product.c do it. With AVX-512, where rows of
/// operands have no gaps, the products that come here are oneDNN's brgemm, which cuts sums of more than 512 terms at multiples of 512 or 1024,
/// whatever the other sizes are (tried for 1 to 100 rows, 8 to 2000 columns and up to 5120 terms).
static int64_t terms_in_one_go(int64_t rest, int64_t k) {
    if (instruction_set() >= dnnl_cpu_isa_avx512_core) {
        int64_t largest = k > 1024 ? 1024 : 512;
        return rest > largest ? largest : rest;
    }
    return terms_of_part(rest, matrix_product_terms_in_one_go());
}

/// `rows` rows of `groups` groups. Terms are added up one after the other in parts, as oneDNN and edge_product.c do it.
TARGET static inline __attribute__((always_inline)) void run_groups(const int rows, const int groups,
                                                                    const struct packed_product *product,
                                                                    const float *a, float *c, int64_t first_group) {
    int64_t k_count = product->k;
    const uint16_t *b = product->b + first_group * k_count * packed_columns;
    __m256 totals[most_rows][8];
    for (int64_t start = 0, size; start < k_count; start += size) {
        size = terms_in_one_go(k_count - start, k_count);
        __m256 sums[most_rows][8];
        UNROLLED for (int r = 0; r < rows; r++) {
            UNROLLED for (int g = 0; g < groups; g++) sums[r][g] = _mm256_setzero_ps();
        }
        for (int64_t k = start; k < start + size; k++) {
            __m256 values[8];
            UNROLLED for (int g = 0; g < groups; g++) {
                const uint16_t *halves = b + (g * k_count + k) * packed_columns;
                // What the next groups need at this place: a line of the cache holds four of these.
                if ((k & 3) == 0) _mm_prefetch((const char *)(halves + groups * k_count * packed_columns), _MM_HINT_T0);
                values[g] = _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)halves));
            }
            UNROLLED for (int r = 0; r < rows; r++) {
                __m256 factor = _mm256_broadcast_ss(a + r * product->a_stride + k);
                UNROLLED for (int g = 0; g < groups; g++) sums[r][g] = _mm256_fmadd_ps(factor, values[g], sums[r][g]);
            }
        }
        UNROLLED for (int r = 0; r < rows; r++) {
            UNROLLED for (int g = 0; g < groups; g++) {
                totals[r][g] = start == 0 ? sums[r][g] : _mm256_add_ps(totals[r][g], sums[r][g]);
            }
        }
    }
    for (int g = 0; g < groups; g++) {
        int64_t column = (first_group + g) * packed_columns;
        int64_t count = product->columns - column < packed_columns ? product->columns - column : packed_columns;
        // A bias that is not there must not become a masked load from no address, which takes hundreds of cycles.
        float bias[packed_columns] = {0};
        if (product->bias) memcpy(bias, product->bias + column, (size_t)count * sizeof *bias);
        for (int r = 0; r < rows; r++) {
            __m256 value = totals[r][g];
            if (product->bias) value = _mm256_add_ps(value, _mm256_loadu_ps(bias));
            if (product->relu) value = _mm256_max_ps(value, _mm256_setzero_ps());  // 0 for NaN
            float values[packed_columns];
            _mm256_storeu_ps(values, value);
            memcpy(c + r * product->c_stride + column, values, (size_t)count * sizeof *values);
        }
    }
}

// As many sums at a time as there are registers for, so that a processor has work while a sum waits for itself.
#define ROWS(rows, wide)                                                                                               \
    TARGET static void run_##rows(const struct packed_product *product, const float *a, float *c, int64_t group,       \
                                  int64_t end) {                                                                       \
        for (; group + wide <= end; group += wide) run_groups(rows, wide, product, a, c, group);                       \
        for (; group < end; group++) run_groups(rows, 1, product, a, c, group);                                        \
    }
ROWS(1, 8)
ROWS(2, 4)
ROWS(3, 3)
ROWS(4, 2)
ROWS(5, 2)
ROWS(6, 2)
#undef ROWS

void packed_product_run(const struct packed_product *product, int64_t first_group, int64_t group_count) {
    static void (*const run[])(const struct packed_product *, const float *, float *, int64_t, int64_t) = {
        run_1, run_2, run_3, run_4, run_5, run_6};
    for (int64_t row = 0, rows; row < product->rows; row += rows) {
        rows = product->rows - row < most_rows ? product->rows - row : most_rows;
        run[rows - 1](product, product->a + row * product->a_stride, product->c + row * product->c_stride, first_group,
                      first_group + group_count);
    }
}

#else

bool packed_product_is_supported(void) { return false; }

bool packed_product_pack(const float *weight, int64_t columns, int64_t k, uint16_t *b) {
    (void)weight, (void)columns, (void)k, (void)b;
    return false;
}

void packed_product_run(const struct packed_product *product, int64_t first_group, int64_t group_count) {
    (void)product, (void)first_group, (void)group_count;
}

#endif
