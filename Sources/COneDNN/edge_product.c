// Products of few rows, without copies, for AVX2: elements are added up in the order of k, in parts of 256 terms, as avx2_product.c does it.
// With AVX-512, where parts have 384 terms, for what oneDNN adds up in another way than the inside of a matrix: docs/decisions/0011.
#include "edge_product.h"
#include <string.h>

#if defined(__x86_64__)
#include "avx2_sums.h"

#define AVX2 __attribute__((target("avx2,fma"))) static inline __attribute__((always_inline))

typedef float lanes __attribute__((vector_size(32)));

/// Rows that are worked on at a time.
enum { most_rows = 6 };

/// b[k .. k + 8, column .. column + 8] as eight rows; what lies outside of k_count and column_count is 0.
AVX2 void load_tile(lanes tile[8], const float *b, int64_t k_stride, int64_t column_stride, int64_t k_count,
                    int64_t column_count) {
    if (k_count < 8 || column_count < 8) {
        float values[8][8] = {{0}};
        for (int64_t k = 0; k < 8 && k < k_count; k++) {
            for (int64_t column = 0; column < 8 && column < column_count; column++) {
                values[k][column] = b[k * k_stride + column * column_stride];
            }
        }
        UNROLLED for (int k = 0; k < 8; k++) tile[k] = (lanes)_mm256_loadu_ps(values[k]);
    } else if (column_stride == 1) {
        UNROLLED for (int k = 0; k < 8; k++) tile[k] = (lanes)_mm256_loadu_ps(b + k * k_stride);
    } else {
        // Eight columns of eight numbers, transposed.
        __m256 x[8];
        UNROLLED for (int i = 0; i < 8; i++) x[i] = _mm256_loadu_ps(b + i * column_stride);
        transpose(x);
        UNROLLED for (int i = 0; i < 8; i++) tile[i] = (lanes)x[i];
    }
}

AVX2 void multiply_add(lanes *sum, const float *a, lanes b) {
    *sum = (lanes)_mm256_fmadd_ps(_mm256_broadcast_ss(a), (__m256)b, (__m256)*sum);
}

/// A part of a product: where its operands begin, and its columns.
struct part {
    const float *a, *b, *bias;
    float *c;
    int64_t columns;
};

/// The part from a column on.
static inline struct part columns_from(const struct matrix_product *product, struct part part, int64_t column,
                                       int64_t columns) {
    part.b += column * product->b.column_stride;
    part.c += column;
    if (part.bias) part.bias += column;
    part.columns = columns;
    return part;
}

/// Writes a row of sums: adds the bias and applies the rectifier, as the product says.
static inline void write_row(const struct matrix_product *product, const float *sums, const float *bias, float *c,
                             int64_t columns) {
    // The questions stand outside of the loops: inside, a bias that is not there becomes a masked load from no address, which takes
    // hundreds of cycles.
    if (bias) {
        for (int64_t column = 0; column < columns; column++) c[column] = sums[column] + bias[column];
    } else {
        for (int64_t column = 0; column < columns; column++) c[column] = sums[column];
    }
    if (product->activation == matrix_relu) {
        for (int64_t column = 0; column < columns; column++) c[column] = c[column] > 0.0f ? c[column] : 0.0f;
    }
}

/// `rows` rows of up to 8 * `vectors` columns.
AVX2 void run_block(const int rows, const int vectors, const struct matrix_product *product, struct part part) {
    int64_t largest = matrix_product_terms_in_one_go();
    int64_t a_stride = product->a.row_stride, k_stride = product->b.row_stride;
    int64_t column_stride = product->b.column_stride;
    lanes totals[most_rows][4];
    for (int r = 0; product->accumulate && r < rows; r++) {
        for (int v = 0; v < vectors; v++) {
            float values[8] = {0};
            int64_t count = part.columns - 8 * v < 8 ? part.columns - 8 * v : 8;
            memcpy(values, part.c + r * product->c.row_stride + 8 * v, (size_t)count * sizeof *values);
            memcpy(&totals[r][v], values, sizeof values);
        }
    }
    for (int64_t start = 0, size; start < product->k; start += size) {
        size = terms_of_part(product->k - start, largest);
        lanes sums[most_rows][4];
        UNROLLED for (int r = 0; r < rows; r++) {
            UNROLLED for (int v = 0; v < vectors; v++) sums[r][v] = (lanes){0};
        }
        int64_t k = start;
        for (; k + 8 <= start + size; k += 8) {
            UNROLLED for (int v = 0; v < vectors; v++) {
                lanes tile[8];
                load_tile(tile, part.b + k * k_stride + 8 * v * column_stride, k_stride, column_stride, 8,
                          part.columns - 8 * v);
                UNROLLED for (int t = 0; t < 8; t++) {
                    UNROLLED for (int r = 0; r < rows; r++) multiply_add(&sums[r][v], part.a + r * a_stride + k + t, tile[t]);
                }
            }
        }
        for (int v = 0; v < vectors && k < start + size; v++) {
            lanes tile[8];
            load_tile(tile, part.b + k * k_stride + 8 * v * column_stride, k_stride, column_stride, start + size - k,
                      part.columns - 8 * v);
            for (int t = 0; k + t < start + size; t++) {
                UNROLLED for (int r = 0; r < rows; r++) multiply_add(&sums[r][v], part.a + r * a_stride + k + t, tile[t]);
            }
        }
        UNROLLED for (int r = 0; r < rows; r++) {
            UNROLLED for (int v = 0; v < vectors; v++) {
                totals[r][v] = start == 0 && !product->accumulate ? sums[r][v] : totals[r][v] + sums[r][v];
            }
        }
    }
    for (int r = 0; r < rows; r++) {
        for (int v = 0; v < vectors; v++) {
            float values[8];
            memcpy(values, &totals[r][v], sizeof values);
            write_row(product, values, part.bias ? part.bias + 8 * v : NULL, part.c + r * product->c.row_stride + 8 * v,
                      part.columns - 8 * v < 8 ? part.columns - 8 * v : 8);
        }
    }
}

#define ROWS(rows, wide)                                                                                               \
    __attribute__((target("avx2,fma"))) static void run_##rows(const struct matrix_product *product,                   \
                                                               struct part part) {                                     \
        int64_t column = 0;                                                                                            \
        /* Columns that lie a multiple of 4 kB apart have the same place in the cache: fewer at a time. */             \
        int64_t together = product->b.column_stride % 1024 == 0 ? 8 : 8 * wide;                                        \
        for (; together > 8 && column + together <= part.columns; column += together) {                                \
            run_block(rows, wide, product, columns_from(product, part, column, together));                             \
        }                                                                                                              \
        for (; column < part.columns; column += 8) {                                                                   \
            int64_t rest = part.columns - column;                                                                      \
            run_block(rows, 1, product, columns_from(product, part, column, rest < 8 ? rest : 8));                     \
        }                                                                                                              \
    }
ROWS(1, 4)
ROWS(2, 4)
ROWS(3, 2)
ROWS(4, 2)
ROWS(5, 2)
ROWS(6, 2)
#undef ROWS

void edge_product_run(const struct matrix_product *product, struct edge edge, const float *a, const float *b,
                      const float *bias, float *c) {
    static void (*const run[])(const struct matrix_product *, struct part) = {run_1, run_2, run_3,
                                                                              run_4, run_5, run_6};
    struct part part = {a + edge.first_row * product->a.row_stride, b, bias, c + edge.first_row * product->c.row_stride, 0};
    part = columns_from(product, part, edge.first_column, edge.column_count);
    for (int64_t row = 0, rows; row < edge.row_count; row += rows) {
        rows = edge.row_count - row < most_rows ? edge.row_count - row : most_rows;
        run[rows - 1](product, part);
        part.a += rows * product->a.row_stride;
        part.c += rows * product->c.row_stride;
    }
}

#endif
