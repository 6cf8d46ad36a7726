// Products of whole numbers: weights of 8 bits in blocks that share a power of two (MXINT8), activations of 16 bits in blocks that share a scale.
#ifndef BLOCK_PRODUCT_H
#define BLOCK_PRODUCT_H

#include <stdbool.h>
#include <stdint.h>

enum {
    /// Terms that share a scale.
    BLOCK_TERMS = 32,
    /// Outputs whose weights lie side by side.
    BLOCK_OUTPUTS = 16
};

/// Ways of computing; each gives the same bits.
enum block_path {
    block_path_plain,
    block_path_avx2,
    /// With AVX-512's products that are added up in one instruction (VNNI).
    block_path_vnni
};

/// Whether this processor has it.
bool block_path_is_supported(enum block_path path);
/// The fastest one of the instruction set in use (`ASR_KERNELS`).
enum block_path block_path_in_use(void);

/// Packs weights of one group of outputs, zeros where there are fewer than BLOCK_OUTPUTS.
///
/// numbers [outputs, terms] and exponents [outputs, blocks] as they are stored -> packed [blocks, BLOCK_TERMS / 2, BLOCK_OUTPUTS, 2],
/// packed_exponents [blocks, BLOCK_OUTPUTS]
void block_product_pack(const int8_t *numbers, const int8_t *exponents, int64_t outputs, int64_t terms, int8_t *packed,
                        int8_t *packed_exponents);

/// Rounds rows of activations: in each block the largest magnitude becomes 32767. Blocks with NaN or infinity get the scale NaN.
///
/// x [rows, terms] -> numbers [rows, blocks * BLOCK_TERMS], scales [rows, blocks]
void block_product_round(enum block_path path, const float *x, int64_t rows, int64_t terms, int16_t *numbers, float *scales);

struct block_product {
    enum block_path path;
    int64_t rows, outputs, terms;
    const int16_t *numbers;
    const float *scales;
    const int8_t *weights;
    const int8_t *exponents;
    /// [outputs], or NULL
    const float *bias;
    /// [rows, result_stride]
    float *result;
    int64_t result_stride;
    bool relu;
};

/// Some groups of outputs of some rows of the product.
void block_product_run(const struct block_product *product, int64_t first_row, int64_t row_count, int64_t first_group,
                       int64_t group_count);

#endif
