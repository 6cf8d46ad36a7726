// Products whose rows do not depend on each other: docs/decisions/0011.
#include "avx2_product.h"
#include "edge_product.h"
#include "instruction_set.h"
#include <stdlib.h>
#include <string.h>

#define CHECK(call)                                                                                                    \
    do {                                                                                                               \
        int status_ = (call);                                                                                          \
        if (status_ != dnnl_success) return status_;                                                                   \
    } while (0)

/// Rows that oneDNN's kernels for processors before AVX2 take as whole blocks, however they cut them.
enum { block_rows = 12 };
/// Rows of one call: with more, oneDNN may choose a kernel that adds up in another order. A multiple of block_rows.
enum { call_rows = 240 };

/// `count` rows from `first` on, by oneDNN.
static int run_rows(const struct matrix_product *product, int64_t first, int64_t count, const float *a, const void *b,
                    const float *bias, float *c) {
    struct matrix_product part = *product;
    part.m = count;
    return matrix_product_run(&part, a + first * product->a.row_stride, b, bias, c + first * product->c.row_stride);
}

static size_t element_size(int64_t element) { return element == matrix_bfloat16 ? 2 : 4; }

/// Fewer than `rows` rows, with zeros behind them.
static int run_padded(const struct matrix_product *product, int64_t rows, const void *a, const void *b, const float *bias,
                      void *c) {
    struct matrix_product padded = *product;
    padded.m = rows;
    // The strides stay: oneDNN chooses its kernel by them too.
    size_t a_size = element_size(product->a.element), c_size = element_size(product->c.element);
    size_t a_stride = (size_t)product->a.row_stride * a_size, c_stride = (size_t)product->c.row_stride * c_size;
    char *operand = calloc((size_t)rows, a_stride), *result = calloc((size_t)rows, c_stride);
    int status = operand && result ? dnnl_success : dnnl_out_of_memory;
    for (size_t row = 0; row < (size_t)product->m && status == dnnl_success; row++) {
        memcpy(operand + row * a_stride, (const char *)a + row * a_stride, (size_t)product->k * a_size);
        if (!product->accumulate) continue;
        memcpy(result + row * c_stride, (const char *)c + row * c_stride, (size_t)product->n * c_size);
    }
    if (status == dnnl_success) status = matrix_product_run(&padded, operand, b, bias, result);
    for (size_t row = 0; row < (size_t)product->m && status == dnnl_success; row++) {
        memcpy((char *)c + row * c_stride, result + row * c_stride, (size_t)product->n * c_size);
    }
    free(operand);
    free(result);
    return status;
}

#if defined(__x86_64__)
/// Whether rows and columns lie without gaps.
static bool is_dense(const struct matrix_product *product) {
    int64_t b_stride = product->b.column_stride == 1 ? product->b.row_stride : product->b.column_stride;
    return product->a.row_stride == product->k && product->c.row_stride == product->n
           && b_stride == (product->b.column_stride == 1 ? product->n : product->k);
}

/// AVX-512: only few rows of matrices with gaps, or one column, are added up in another order.
static int run_avx512(const struct matrix_product *product, const float *a, const float *b, const float *bias, float *c) {
    bool is_transposed = product->b.column_stride != 1;
    if (product->n > 1 && (product->m >= 16 || is_dense(product) || (!is_transposed && product->m > 1))) {
        return matrix_product_run(product, a, b, bias, c);
    }
    edge_product_run(product, (struct edge){0, product->m, 0, product->n}, a, b, bias, c);
    return dnnl_success;
}
#endif

/// Before AVX2 oneDNN takes the last rows of a product in a way of their own.
static int run_blocks(const struct matrix_product *product, const float *a, const float *b, const float *bias, float *c) {
    int64_t rows = product->m / block_rows * block_rows, rest = product->m - rows;
    struct matrix_product body = *product;
    if (body.n == 1) {
        // One column: each row by itself.
        for (int64_t row = 0; row < rows + rest; row++) CHECK(run_rows(&body, row, 1, a, b, bias, c));
        return dnnl_success;
    }
    for (int64_t row = 0; row < rows; row += call_rows) {
        CHECK(run_rows(&body, row, rows - row < call_rows ? rows - row : call_rows, a, b, bias, c));
    }
    if (rest == 0) return dnnl_success;
    body.m = rest;
    return run_padded(&body, block_rows, a + rows * product->a.row_stride, b, bias, c + rows * product->c.row_stride);
}

static int run_independent_rows(const struct matrix_product *product, const void *a, const void *b, const float *bias,
                                void *c) {
    if (product->k == 0) return matrix_product_run(product, a, b, bias, c);
    if (product->a.element == matrix_bfloat16) {
        return product->m == 1 ? run_padded(product, 2, a, b, bias, c) : matrix_product_run(product, a, b, bias, c);
    }
#if defined(__x86_64__)
    if (instruction_set() >= dnnl_cpu_isa_avx512_core) return run_avx512(product, a, b, bias, c);
#endif
    return run_blocks(product, a, b, bias, c);
}

int matrix_product_run_independent_rows(const struct matrix_product *product, const void *a, const void *b,
                                        const float *bias, void *c) {
    if (avx2_product_fits(product)) return matrix_product_run(product, a, b, bias, c);
    // Several threads would share a sum in parts that depend on the number of rows.
    int threads = matrix_product_threads();
    if (threads == 1) return run_independent_rows(product, a, b, bias, c);
    matrix_product_set_threads(1);
    int status = run_independent_rows(product, a, b, bias, c);
    matrix_product_set_threads(threads);
    return status;
}
