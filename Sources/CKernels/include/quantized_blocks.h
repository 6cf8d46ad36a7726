// Numbers as ggml stores them: blocks of 32 that share a scale (and an offset), little-endian.
#pragma once
#include <stdint.h>

/// The kinds of block, with the bytes of each: scale d and offset m are halves; q are integers of 4, 5 or 8 bits.
/// In a block of 4 or 5 bits, byte i holds the low bits of numbers i and i + 16; the fifth bits stand before, one for each number.
enum block_kind {
    block_q4_0, ///< 18 bytes: d, q; (q - 8) d
    block_q4_1, ///< 20 bytes: d, m, q; q d + m
    block_q5_0, ///< 22 bytes: d, fifth bits, q; (q - 16) d
    block_q5_1, ///< 24 bytes: d, m, fifth bits, q; q d + m
    block_q8_0, ///< 34 bytes: d, q; q d
};

/// Bytes of a block.
int64_t kernel_block_byte_count(enum block_kind kind);

/// The values of `block_count` blocks, 32 of each, as ggml computes them (ggml-quants.c, dequantize_row_*). The products of q and d are
/// exact in float32, so the sum with m is rounded once, whether fused or not.
void kernel_values_of_blocks(enum block_kind kind, float *values, const void *blocks, int64_t block_count);
