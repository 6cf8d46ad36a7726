// The two products of attention with cached keys and values, for the few queries of a step of decoding. Keys lie in blocks of
// CACHED_KEYS, values in rows, both of one head: what is read lies one after the other in memory, and nothing is transposed.
// Every element is added up in the order of its terms, so it does not depend on how many queries there are.

// Keys ahead of which values are fetched: as many as are worked on while memory answers.
enum { CACHED_PREFETCH = 48 };

typedef float cached_lanes __attribute__((vector_size(4 * CACHED_KEYS), aligned(4)));

/// scores[row, key] for `rows` rows and `blocks` blocks of keys.
__attribute__((always_inline)) static inline void cached_scores_part(
    const int rows, const int blocks, float *scores, int64_t scores_stride, const float *queries,
    int64_t queries_stride, const float *keys, int64_t dimension) {
    cached_lanes sums[6][4];
    for (int r = 0; r < rows; r++) {
        for (int b = 0; b < blocks; b++) sums[r][b] = (cached_lanes){0};
    }
    for (int64_t d = 0; d < dimension; d++) {
        cached_lanes k[4];
        for (int b = 0; b < blocks; b++) {
            k[b] = *(const cached_lanes *)(keys + ((int64_t)b * dimension + d) * CACHED_KEYS);
        }
        for (int r = 0; r < rows; r++) {
            float q = queries[r * queries_stride + d];
            for (int b = 0; b < blocks; b++) sums[r][b] += q * k[b];
        }
    }
    for (int r = 0; r < rows; r++) {
        for (int b = 0; b < blocks; b++) {
            *(cached_lanes *)(scores + r * scores_stride + b * CACHED_KEYS) = sums[r][b];
        }
    }
}

/// context[row, CACHED_KEYS * vectors] of `count` keys, added to what is there unless `is_first`.
__attribute__((always_inline)) static inline void cached_context_part(
    const int rows, const int vectors, float *context, int64_t context_stride, const float *weights,
    int64_t weights_stride, const float *values, int64_t values_stride, int64_t count, bool is_first) {
    cached_lanes sums[6][4];
    for (int r = 0; r < rows; r++) {
        for (int v = 0; v < vectors; v++) sums[r][v] = (cached_lanes){0};
    }
    for (int64_t key = 0; key < count; key++) {
        cached_lanes x[4];
        for (int v = 0; v < vectors; v++) {
            const float *from = values + key * values_stride + v * CACHED_KEYS;
            x[v] = *(const cached_lanes *)from;
            // A part of each row is read, which the processor does not foresee; behind the values nothing is read.
            if (vectors < 4) __builtin_prefetch(from + CACHED_PREFETCH * values_stride);
        }
        for (int r = 0; r < rows; r++) {
            float weight = weights[r * weights_stride + key];
            for (int v = 0; v < vectors; v++) sums[r][v] += weight * x[v];
        }
    }
    for (int r = 0; r < rows; r++) {
        for (int v = 0; v < vectors; v++) {
            cached_lanes *to = (cached_lanes *)(context + r * context_stride + v * CACHED_KEYS);
            *to = is_first ? sums[r][v] : *to + sums[r][v];
        }
    }
}

// As many sums at a time as there are registers for: 32 of 16 numbers with AVX-512, otherwise at most 16 of 8.
#ifdef HAS_WIDE_REGISTERS
#define CACHED_WIDE(otherwise) 4
#else
#define CACHED_WIDE(otherwise) otherwise
#endif
#define CACHED_ROWS(rows, wide)                                                                                        \
    static void cached_scores_##rows(float *scores, int64_t scores_stride, const float *queries,                      \
                                     int64_t queries_stride, const float *keys, int64_t dimension, int64_t blocks) {  \
        int64_t block = 0;                                                                                             \
        for (; block + wide <= blocks; block += wide) {                                                                \
            cached_scores_part(rows, wide, scores + block * CACHED_KEYS, scores_stride, queries, queries_stride,       \
                               keys + block * dimension * CACHED_KEYS, dimension);                                     \
        }                                                                                                              \
        for (; block < blocks; block++) {                                                                              \
            cached_scores_part(rows, 1, scores + block * CACHED_KEYS, scores_stride, queries, queries_stride,          \
                               keys + block * dimension * CACHED_KEYS, dimension);                                     \
        }                                                                                                              \
    }                                                                                                                  \
    static void cached_context_##rows(float *context, int64_t context_stride, const float *weights,                   \
                                      int64_t weights_stride, const float *values, int64_t vectors, int64_t count,    \
                                      bool is_first) {                                                                 \
        int64_t vector = 0;                                                                                            \
        for (; vector + wide <= vectors; vector += wide) {                                                             \
            cached_context_part(rows, wide, context + vector * CACHED_KEYS, context_stride, weights, weights_stride,   \
                                values + vector * CACHED_KEYS, vectors * CACHED_KEYS, count, is_first);                \
        }                                                                                                              \
        for (; vector < vectors; vector++) {                                                                           \
            cached_context_part(rows, 1, context + vector * CACHED_KEYS, context_stride, weights, weights_stride,      \
                                values + vector * CACHED_KEYS, vectors * CACHED_KEYS, count, is_first);                \
        }                                                                                                              \
    }
CACHED_ROWS(1, CACHED_WIDE(4))
CACHED_ROWS(2, CACHED_WIDE(2))
CACHED_ROWS(3, CACHED_WIDE(2))
CACHED_ROWS(4, CACHED_WIDE(1))
CACHED_ROWS(5, CACHED_WIDE(1))
CACHED_ROWS(6, CACHED_WIDE(1))
#undef CACHED_ROWS
#undef CACHED_WIDE

static void cached_scores(float *scores, int64_t scores_stride, const float *queries, int64_t queries_stride,
                          int64_t rows, const float *keys, int64_t dimension, int64_t blocks) {
    static void (*const run[])(float *, int64_t, const float *, int64_t, const float *, int64_t, int64_t) = {
        cached_scores_1, cached_scores_2, cached_scores_3, cached_scores_4, cached_scores_5, cached_scores_6};
    for (int64_t row = 0, count; row < rows; row += count) {
        count = rows - row < 6 ? rows - row : 6;
        run[count - 1](scores + row * scores_stride, scores_stride, queries + row * queries_stride, queries_stride,
                       keys, dimension, blocks);
    }
}

static void cached_context(float *context, int64_t context_stride, const float *weights, int64_t weights_stride,
                           int64_t rows, const float *values, int64_t vectors, int64_t count, bool accumulate) {
    static void (*const run[])(float *, int64_t, const float *, int64_t, const float *, int64_t, int64_t, bool) = {
        cached_context_1, cached_context_2, cached_context_3, cached_context_4, cached_context_5, cached_context_6};
    for (int64_t row = 0; count == 0 && !accumulate && row < rows; row++) {
        memset(context + row * context_stride, 0, (size_t)(vectors * CACHED_KEYS) * sizeof(float));
    }
    // Some keys at a time, whose values stay in the cache: 64 KB of a head of 64.
    for (int64_t key = 0; key < count; key += 256) {
        int64_t keys = count - key < 256 ? count - key : 256;
        for (int64_t row = 0, together; row < rows; row += together) {
            together = rows - row < 6 ? rows - row : 6;
            run[together - 1](context + row * context_stride, context_stride, weights + row * weights_stride + key,
                              weights_stride, values + key * vectors * CACHED_KEYS, vectors, keys, key == 0 && !accumulate);
        }
    }
}
