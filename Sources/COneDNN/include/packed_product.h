// Products of few rows with a matrix whose columns lie in groups of eight, in half precision: a step of a decoder, whose time is that of
// reading the weights. The same bits as matrix_product_run_independent_rows on the same values: docs/decisions/0020.
#pragma once
#include <stdbool.h>
#include <stdint.h>

/// Columns of a group. The last group is filled up with zeros.
enum { packed_columns = 8 };

/// c[rows, columns] = activation(a[rows, k] b[k, columns] + bias), of some of the groups.
struct packed_product {
    int64_t rows, columns, k;
    const float *a;
    int64_t a_stride;
    /// [group, k, 8] halves (IEEE 754 binary16)
    const uint16_t *b;
    /// [columns], or NULL
    const float *bias;
    float *c;
    int64_t c_stride;
    bool relu;
};

/// Whether this processor, as far as oneDNN may use it, has what these products need: AVX2, FMA and F16C.
bool packed_product_is_supported(void);

/// Packs weight[columns, k] into `b`. Returns false where a value is not exactly a half.
bool packed_product_pack(const float *weight, int64_t columns, int64_t k, uint16_t *b);

/// Computes the columns of `group_count` groups from `first_group` on. Any number of rows.
void packed_product_run(const struct packed_product *product, int64_t first_group, int64_t group_count);
