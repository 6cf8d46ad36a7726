// One step of additive attention (Bahdanau et al. 2015) for the rows of a batch: forward and backward as neighbours. Every sum is
// taken over one row alone, up to the length of its sequence, so that it depends neither on other rows nor on padding.

/// tanh with an absolute error of 1e-7, in fewer operations than `tanh_float`, which is as exact near 0 as elsewhere.
static inline __attribute__((always_inline)) float K(energy)(float x) { return 1.0f - 2.0f / (exp_float(2.0f * x) + 1.0f); }

/// Columns whose sums stay close: a cache line of bfloat16 twice over.
#define ATTENDED_BLOCK 64

static void K(additive_attention)(float *weights_, void *context_, const float *queries,
                                  const struct attended_memory *memory, int64_t rows) {
#pragma clang fp reassociate(on)
    int64_t width = memory->width, columns = memory->columns, stride = memory->stride;
    const float *restrict energy = memory->energy;
    for (int64_t row = 0; row < rows; row++) {
        int64_t sequence = memory->sequences == 1 ? 0 : row;
        int64_t count = memory->lengths[sequence], whole = (count + 15) & ~(int64_t)15;
        const float *restrict query = queries + row * width;
        const float *keys = memory->keys + sequence * memory->time * width;
        const ELEMENT *values = (const ELEMENT *)memory->values + sequence * memory->time * columns;
        float *restrict weights = weights_ + row * stride;
        ELEMENT *context = (ELEMENT *)context_ + row * columns;
        for (int64_t t = 0; t < count; t++) {
            const float *restrict key = keys + t * width;
            float score = 0.0f;
            for (int64_t i = 0; i < width; i++) score += energy[i] * K(energy)(query[i] + key[i]);
            weights[t] = score;
        }
        for (int64_t t = count; t < whole; t++) weights[t] = -INFINITY;
        float maximum = maximum_of(weights, whole), sum = 0.0f;
        for (int64_t t = 0; t < whole; t++) {
            weights[t] = exp_float(weights[t] - maximum);
            sum += weights[t];
        }
        float inverse = 1.0f / sum;
        for (int64_t t = 0; t < whole; t++) weights[t] *= inverse;
        memset(weights + whole, 0, (size_t)(stride - whole) * sizeof(float));
        for (int64_t c = 0; c < columns; c += ATTENDED_BLOCK) {
            int64_t size = columns - c < ATTENDED_BLOCK ? columns - c : ATTENDED_BLOCK;
            float sums[ATTENDED_BLOCK] = {0};
            for (int64_t t = 0; t < count; t++) {
                const ELEMENT *restrict value = values + t * columns + c;
                float weight = weights[t];
                for (int64_t i = 0; i < size; i++) sums[i] += weight * LOAD(value[i]);
            }
            for (int64_t i = 0; i < size; i++) context[c + i] = STORE(sums[i]);
        }
    }
}

static void K(additive_attention_backward)(void *dqueries_, float *dkeys_, float *denergy, float *dscores,
                                           const float *dcontexts, const float *weights_, const float *queries,
                                           const struct attended_memory *memory, int64_t rows) {
#pragma clang fp reassociate(on)
    int64_t width = memory->width, columns = memory->columns;
    for (int64_t row = 0; row < rows; row++) {
        int64_t sequence = memory->sequences == 1 ? 0 : row;
        int64_t count = memory->lengths[sequence];
        const float *keys = memory->keys + sequence * memory->time * width;
        float *dkeys = dkeys_ + sequence * memory->time * width;
        const ELEMENT *values = (const ELEMENT *)memory->values + sequence * memory->time * columns;
        const float *restrict dcontext = dcontexts + row * columns, *restrict weights = weights_ + row * memory->stride;
        // Through the softmax: dscore = weight * (dweight - sum(weight * dweight)), dweight = dcontext * value.
        float sum = 0.0f;
        for (int64_t t = 0; t < count; t++) {
            const ELEMENT *restrict value = values + t * columns;
            float dweight = 0.0f;
            for (int64_t i = 0; i < columns; i++) dweight += dcontext[i] * LOAD(value[i]);
            dscores[t] = dweight;
            sum += weights[t] * dweight;
        }
        for (int64_t t = 0; t < count; t++) dscores[t] = weights[t] * (dscores[t] - sum);
        // Through the hyperbolic tangent, which is computed again: it would be `width` times as large as the weights.
        for (int64_t c = 0; c < width; c += ATTENDED_BLOCK) {
            int64_t size = width - c < ATTENDED_BLOCK ? width - c : ATTENDED_BLOCK;
            const float *restrict query = queries + row * width + c, *restrict energy = memory->energy + c;
            float query_sums[ATTENDED_BLOCK] = {0}, energy_sums[ATTENDED_BLOCK] = {0};
            for (int64_t t = 0; t < count; t++) {
                const float *restrict key = keys + t * width + c;
                float *restrict dkey = dkeys + t * width + c;
                float dscore = dscores[t];
                for (int64_t i = 0; i < size; i++) {
                    float y = K(energy)(query[i] + key[i]);
                    float upstream = dscore * energy[i] * (1.0f - y * y);
                    energy_sums[i] += dscore * y;
                    query_sums[i] += upstream;
                    dkey[i] += upstream;
                }
            }
            ELEMENT *restrict dquery = (ELEMENT *)dqueries_ + row * width + c;
            for (int64_t i = 0; i < size; i++) dquery[i] = STORE(query_sums[i]);
            for (int64_t i = 0; i < size; i++) denergy[c + i] += energy_sums[i];
        }
    }
}
#undef ATTENDED_BLOCK
