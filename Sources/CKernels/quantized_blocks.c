#include "quantized_blocks.h"
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>
#include "math_template.h"
#include "half_bits.h"

enum { block_size = 32 };

int64_t kernel_block_byte_count(enum block_kind kind) {
    switch (kind) {
    case block_q4_0: return 18;
    case block_q4_1: return 20;
    case block_q5_0: return 22;
    case block_q5_1: return 24;
    case block_q8_0: return 34;
    }
    return 0;
}

/// The half at `bytes`, which may have any address.
static float half_at(const uint8_t *bytes) { return float_from_half_bits((uint16_t)(bytes[0] | bytes[1] << 8)); }

/// The numbers of a block of 4 or 5 bits; `fifth` holds the fifth bits.
static void unpack(int32_t *numbers, const uint8_t *nibbles, uint32_t fifth) {
    for (int i = 0; i < block_size / 2; i++) {
        numbers[i] = (int32_t)((nibbles[i] & 15u) | (fifth >> i & 1u) << 4);
        numbers[i + 16] = (int32_t)((uint32_t)(nibbles[i] >> 4) | (fifth >> (i + 16) & 1u) << 4);
    }
}

void kernel_values_of_blocks(enum block_kind kind, float *values, const void *blocks, int64_t block_count) {
    int64_t byte_count = kernel_block_byte_count(kind);
    bool has_offset = kind == block_q4_1 || kind == block_q5_1, has_fifth = kind == block_q5_0 || kind == block_q5_1;
    int32_t center = kind == block_q4_0 ? 8 : kind == block_q5_0 ? 16 : 0;
    for (int64_t block = 0; block < block_count; block++, values += block_size) {
        const uint8_t *bytes = (const uint8_t *)blocks + block * byte_count;
        float scale = half_at(bytes);
        bytes += 2;
        if (kind == block_q8_0) {
            for (int i = 0; i < block_size; i++) values[i] = (float)(int8_t)bytes[i] * scale;
            continue;
        }
        float offset = 0.0f;
        if (has_offset) {
            offset = half_at(bytes);
            bytes += 2;
        }
        uint32_t fifth = 0;
        if (has_fifth) {
            for (int i = 0; i < 4; i++) fifth |= (uint32_t)bytes[i] << (8 * i);
            bytes += 4;
        }
        int32_t numbers[block_size];
        unpack(numbers, bytes, fifth);
        if (has_offset) {
            for (int i = 0; i < block_size; i++) values[i] = (float)numbers[i] * scale + offset;
        } else {
            for (int i = 0; i < block_size; i++) values[i] = (float)(numbers[i] - center) * scale;
        }
    }
}
