// Products of few rows, and with AVX-512 the edges of others: see edge_product.c.
#pragma once
#include "matrix_product.h"

/// The rows and columns of a product that are computed here.
struct edge {
    int64_t first_row, row_count, first_column, column_count;
};

/// Computes a part of one float32 product (no batch) on a processor with AVX2 and FMA.
void edge_product_run(const struct matrix_product *product, struct edge edge, const float *a, const float *b,
                      const float *bias, float *c);
