// Float32 products on a processor with AVX2 but without AVX-512: see avx2_product.c.
#pragma once
#include "matrix_product.h"
#include <stddef.h>

/// Bytes of scratch memory that a thread needs, aligned to 64.
size_t avx2_product_scratch_size(void);

/// Whether this processor, as far as oneDNN may use it, is one with AVX2 and FMA but without AVX-512, and the product one of float32
/// matrices into one whose columns lie together.
bool avx2_product_fits(const struct matrix_product *product);

/// Computes a product that fits, with k > 0.
void avx2_product_run(const struct matrix_product *product, const float *a, const float *b, const float *bias, float *c,
                      float *scratch);
