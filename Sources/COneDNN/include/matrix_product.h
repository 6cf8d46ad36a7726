// Matrix products by oneDNN: the only place that knows its interface (2.x and 3.x).
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum matrix_element { matrix_float32 = 0, matrix_bfloat16 = 1 };
enum matrix_activation { matrix_no_activation = 0, matrix_relu = 1 };

/// Where the elements of one operand lie: element (batch, row, column) at batch * batch_stride + row * row_stride +
/// column * column_stride; one of row_stride and column_stride is 1 (the other one transposes).
struct matrix_layout {
    int64_t batch_stride, row_stride, column_stride;
    int64_t element;
};

/// c[batch, m, n] = activation(a[batch, m, k] b[batch, k, n] + bias[n], + c where `accumulate`). With k = 0 the product is
/// 0; a batch stride of 0 uses one matrix for the whole batch.
struct matrix_product {
    int64_t batch, m, n, k;
    struct matrix_layout a, b, c;
    int64_t has_bias, activation, accumulate;
};

/// Computes one product on the calling thread (bias float32 [n] or NULL). The prepared product is kept in this
/// thread's table by shape. Returns 0, or oneDNN's status.
int matrix_product_run(const struct matrix_product *product, const void *a, const void *b, const float *bias, void *c);

/// As `matrix_product_run`, each row having the same bits whatever the number of rows and what stands in the others. For one
/// matrix (batch = 1) that is not transposed (a.column_stride = 1), into float32 if `a` is float32; `accumulate` without bias
/// and activation.
int matrix_product_run_independent_rows(const struct matrix_product *product, const void *a, const void *b,
                                        const float *bias, void *c);

/// How many terms of a sum over k are added up in one go: behind them zeros change nothing.
int matrix_product_terms_in_one_go(void);

/// How many threads one product called from this thread may use (OpenMP); workers set 1.
void matrix_product_set_threads(int count);
int matrix_product_threads(void);

/// Whether this processor multiplies bfloat16 matrices natively (AVX-512 BF16 or AMX).
bool matrix_product_has_bfloat16(void);

/// oneDNN's version, for example 2 * 10000 + 6 * 100 + 3, and the instruction set it has chosen.
int matrix_product_library_version(void);
const char *matrix_product_instruction_set(void);
