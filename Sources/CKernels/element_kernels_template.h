// Kernels over activations stored as ELEMENT (float32 or bfloat16): forward and backward as neighbours.

/// Before a loop over elements whose result may be its operand: each element is read before it is written, and nothing else.
#undef IN_PLACE
#define IN_PLACE _Pragma("clang loop vectorize(assume_safety)")

static void K(to_float)(float *restrict y, const void *x_, int64_t count) {
    const ELEMENT *restrict x = x_;
    for (int64_t i = 0; i < count; i++) y[i] = LOAD(x[i]);
}

static void K(from_float)(void *y_, const float *restrict x, int64_t count) {
    ELEMENT *restrict y = y_;
    for (int64_t i = 0; i < count; i++) y[i] = STORE(x[i]);
}

static void K(add)(void *x_, const void *y_, int64_t count) {
    ELEMENT *restrict x = x_;
    const ELEMENT *restrict y = y_;
    for (int64_t i = 0; i < count; i++) x[i] = STORE(LOAD(x[i]) + LOAD(y[i]));
}

static void K(copy_matrix)(void *to_, int64_t to_stride, const void *from_, int64_t from_stride, int64_t rows,
                           int64_t columns, bool accumulate) {
    for (int64_t row = 0; row < rows; row++) {
        ELEMENT *restrict to = (ELEMENT *)to_ + row * to_stride;
        const ELEMENT *restrict from = (const ELEMENT *)from_ + row * from_stride;
        if (accumulate) {
            K(add)(to, from, columns);
        } else {
            memcpy(to, from, (size_t)columns * sizeof(ELEMENT));
        }
    }
}

static void K(relu_backward)(void *dx_, const void *dy_, const void *y_, int64_t count, float factor) {
    ELEMENT *dx = dx_;
    const ELEMENT *dy = dy_, *y = y_;
    IN_PLACE for (int64_t i = 0; i < count; i++) dx[i] = LOAD(y[i]) > 0.0f ? STORE(factor * LOAD(dy[i])) : 0;
}

/// An activation with dropout behind it, and its backward pass, from what it is and its slope.
#define ACTIVATION(name)                                                                                              \
    static void K(name)(void *y_, const void *x_, int64_t count, uint64_t key, float rate) {                          \
        ELEMENT *y = y_;                                                                                              \
        const ELEMENT *x = x_;                                                                                        \
        uint32_t threshold = dropout_threshold(rate);                                                                 \
        float factor = 1.0f / (1.0f - rate);                                                                          \
        if (rate == 0.0f) {                                                                                           \
            IN_PLACE for (int64_t i = 0; i < count; i++) y[i] = STORE(name##_float(LOAD(x[i])));                               \
            return;                                                                                                   \
        }                                                                                                             \
        IN_PLACE for (int64_t i = 0; i < count; i++) {                                                                         \
            float value = factor * name##_float(LOAD(x[i]));                                                          \
            y[i] = STORE(random_bits(key, (uint64_t)i) >= threshold ? value : 0.0f);                                  \
        }                                                                                                             \
    }                                                                                                                 \
                                                                                                                      \
    static void K(name##_backward)(void *dx_, const void *dy_, const void *x_, int64_t count, uint64_t key,           \
                                   float rate) {                                                                      \
        ELEMENT *dx = dx_;                                                                                            \
        const ELEMENT *dy = dy_, *x = x_;                                                                             \
        uint32_t threshold = dropout_threshold(rate);                                                                 \
        float factor = 1.0f / (1.0f - rate);                                                                          \
        if (rate == 0.0f) {                                                                                           \
            IN_PLACE for (int64_t i = 0; i < count; i++) dx[i] = STORE(LOAD(dy[i]) * name##_slope(LOAD(x[i])));                \
            return;                                                                                                   \
        }                                                                                                             \
        IN_PLACE for (int64_t i = 0; i < count; i++) {                                                                         \
            float value = factor * LOAD(dy[i]) * name##_slope(LOAD(x[i]));                                            \
            dx[i] = STORE(random_bits(key, (uint64_t)i) >= threshold ? value : 0.0f);                                 \
        }                                                                                                             \
    }

ACTIVATION(gelu)
ACTIVATION(swish)
#undef ACTIVATION

static void K(gated_linear)(void *y_, const void *x_, int64_t rows, int64_t columns) {
    for (int64_t row = 0; row < rows; row++) {
        ELEMENT *restrict y = (ELEMENT *)y_ + row * columns;
        const ELEMENT *restrict a = (const ELEMENT *)x_ + row * 2 * columns, *restrict b = a + columns;
        for (int64_t i = 0; i < columns; i++) y[i] = STORE(LOAD(a[i]) * sigmoid_float(LOAD(b[i])));
    }
}

static void K(gated_linear_backward)(void *dx_, const void *dy_, const void *x_, int64_t rows, int64_t columns) {
    for (int64_t row = 0; row < rows; row++) {
        const ELEMENT *restrict dy = (const ELEMENT *)dy_ + row * columns;
        const ELEMENT *restrict a = (const ELEMENT *)x_ + row * 2 * columns, *restrict b = a + columns;
        ELEMENT *restrict da = (ELEMENT *)dx_ + row * 2 * columns, *restrict db = da + columns;
        for (int64_t i = 0; i < columns; i++) {
            float upstream = LOAD(dy[i]), gate = sigmoid_float(LOAD(b[i]));
            da[i] = STORE(upstream * gate);
            db[i] = STORE(upstream * LOAD(a[i]) * gate * (1.0f - gate));
        }
    }
}

/// The last elements go through the same instructions as the others, not one by one: each costs as much as a whole vector.
#undef WITH_MASKS
#define WITH_MASKS _Pragma("clang loop vectorize(assume_safety) vectorize_predicate(enable)")

static void K(lstm)(float *gates, float *cell, void *hidden_, const float *previous_cell, const void *previous_hidden_,
                    const int32_t *lengths, int64_t step, int64_t rows, int64_t units) {
    for (int64_t row = 0; row < rows; row++) {
        float *restrict in = gates + row * 4 * units, *restrict forget = in + units;
        float *restrict candidate = forget + units, *restrict out = candidate + units;
        float *restrict c = cell + row * units;
        const float *restrict before = previous_cell + row * units;
        ELEMENT *restrict hidden = (ELEMENT *)hidden_ + row * units;
        if (step >= lengths[row]) {
            memcpy(c, before, (size_t)units * sizeof(float));
            memcpy(hidden, (const ELEMENT *)previous_hidden_ + row * units, (size_t)units * sizeof(ELEMENT));
            continue;
        }
        WITH_MASKS for (int64_t i = 0; i < units; i++) {
            in[i] = sigmoid_float(in[i]);
            forget[i] = sigmoid_float(forget[i]);
            candidate[i] = tanh_float(candidate[i]);
            out[i] = sigmoid_float(out[i]);
            c[i] = forget[i] * before[i] + in[i] * candidate[i];
            hidden[i] = STORE(out[i] * tanh_float(c[i]));
        }
    }
}

static void K(lstm_backward)(void *dgates_, float *dhidden, float *dcell, const void *dy_, const float *gates,
                             const float *cell, const float *previous_cell, const int32_t *lengths, int64_t step,
                             int64_t rows, int64_t units) {
    for (int64_t row = 0; row < rows; row++) {
        ELEMENT *din = (ELEMENT *)dgates_ + row * 4 * units;
        if (step >= lengths[row]) {
            memset(din, 0, (size_t)(4 * units) * sizeof(ELEMENT));
            continue;
        }
        ELEMENT *dforget = din + units, *dcandidate = dforget + units, *dout = dcandidate + units;
        const float *in = gates + row * 4 * units, *forget = in + units, *candidate = forget + units;
        const float *out = candidate + units, *c = cell + row * units, *before = previous_cell + row * units;
        const ELEMENT *dy = (const ELEMENT *)dy_ + row * units;
        float *dh = dhidden + row * units, *dc = dcell + row * units;
        IN_PLACE for (int64_t i = 0; i < units; i++) {
            float a = in[i], f = forget[i], g = candidate[i], o = out[i];
            float t = tanh_float(c[i]);
            float upstream = dh[i] + LOAD(dy[i]);
            float state = dc[i] + upstream * o * (1.0f - t * t);
            din[i] = STORE(state * g * a * (1.0f - a));
            dforget[i] = STORE(state * before[i] * f * (1.0f - f));
            dcandidate[i] = STORE(state * a * (1.0f - g * g));
            dout[i] = STORE(upstream * t * o * (1.0f - o));
            dc[i] = state * f;
            dh[i] = 0.0f;
        }
    }
}

static void K(dropout)(void *y_, const void *x_, int64_t count, uint64_t key, uint64_t first, float rate) {
    ELEMENT *y = y_;
    const ELEMENT *x = x_;
    uint32_t threshold = dropout_threshold(rate);
    float factor = 1.0f / (1.0f - rate);
    IN_PLACE for (int64_t i = 0; i < count; i++) {
        y[i] = random_bits(key, first + (uint64_t)i) >= threshold ? STORE(LOAD(x[i]) * factor) : 0;
    }
}

static void K(dropout_add)(float *sum, const float *x, const void *y_, int64_t count, float scale, uint64_t key,
                           float rate) {
    const ELEMENT *restrict y = y_;
    if (rate == 0.0f) {
        for (int64_t i = 0; i < count; i++) sum[i] = x[i] + scale * LOAD(y[i]);
        return;
    }
    uint32_t threshold = dropout_threshold(rate);
    float factor = scale / (1.0f - rate);
    for (int64_t i = 0; i < count; i++) {
        sum[i] = x[i] + (random_bits(key, (uint64_t)i) >= threshold ? factor * LOAD(y[i]) : 0.0f);
    }
}

static void K(dropout_add_backward)(void *dy_, const float *restrict dsum, int64_t count, float scale, uint64_t key,
                                    float rate) {
    ELEMENT *restrict dy = dy_;
    if (rate == 0.0f) {
        for (int64_t i = 0; i < count; i++) dy[i] = STORE(scale * dsum[i]);
        return;
    }
    uint32_t threshold = dropout_threshold(rate);
    float factor = scale / (1.0f - rate);
    for (int64_t i = 0; i < count; i++) {
        dy[i] = random_bits(key, (uint64_t)i) >= threshold ? STORE(factor * dsum[i]) : 0;
    }
}

static void K(column_sums)(float *restrict sums, const void *x_, int64_t rows, int64_t columns) {
    const ELEMENT *restrict x = x_;
    int64_t row = 0;
    for (; row + 4 <= rows; row += 4) {
        const ELEMENT *restrict a = x + row * columns, *restrict b = a + columns, *restrict c = b + columns,
                               *restrict d = c + columns;
        for (int64_t i = 0; i < columns; i++) sums[i] += (LOAD(a[i]) + LOAD(b[i])) + (LOAD(c[i]) + LOAD(d[i]));
    }
    for (; row < rows; row++) {
        for (int64_t i = 0; i < columns; i++) sums[i] += LOAD(x[row * columns + i]);
    }
}

static void K(layer_norm)(void *y_, float *restrict mean, float *restrict inverse_deviation, const float *x_,
                          const float *restrict scale, const float *restrict shift, int64_t rows, int64_t columns,
                          float epsilon) {
#pragma clang fp reassociate(on)
    for (int64_t row = 0; row < rows; row++) {
        const float *restrict x = x_ + row * columns;
        ELEMENT *restrict y = (ELEMENT *)y_ + row * columns;
        float sum = 0.0f, squares = 0.0f;
        for (int64_t i = 0; i < columns; i++) sum += x[i];
        float average = sum / (float)columns;
        for (int64_t i = 0; i < columns; i++) squares += (x[i] - average) * (x[i] - average);
        // An infinite variance would give 0 for every element and hide the overflow: it is NaN from here on.
        float variance = squares / (float)columns;
        float inverse = isinf(variance) ? NAN : 1.0f / sqrtf(variance + epsilon);
        for (int64_t i = 0; i < columns; i++) y[i] = STORE((x[i] - average) * inverse * scale[i] + shift[i]);
        mean[row] = average;
        inverse_deviation[row] = inverse;
    }
}

static void K(layer_norm_backward)(float *dx_, float *restrict dscale, float *restrict dshift, const void *dy_,
                                   const float *x_, const float *mean, const float *inverse_deviation,
                                   const float *restrict scale, int64_t rows, int64_t columns, bool accumulate) {
#pragma clang fp reassociate(on)
    for (int64_t row = 0; row < rows; row++) {
        const float *restrict x = x_ + row * columns;
        const ELEMENT *restrict dy = (const ELEMENT *)dy_ + row * columns;
        float *restrict dx = dx_ + row * columns;
        float average = mean[row], inverse = inverse_deviation[row];
        // With n = (x - mean) * inverse and g = dy * scale: dx = inverse * (g - mean(g) - n * mean(g * n)).
        float sum = 0.0f, product = 0.0f;
        for (int64_t i = 0; i < columns; i++) {
            float normal = (x[i] - average) * inverse, upstream = LOAD(dy[i]);
            float g = upstream * scale[i];
            sum += g;
            product += g * normal;
            dscale[i] += upstream * normal;
            dshift[i] += upstream;
        }
        float mean_g = sum / (float)columns, mean_gn = product / (float)columns;
        for (int64_t i = 0; i < columns; i++) {
            float normal = (x[i] - average) * inverse;
            float value = inverse * (LOAD(dy[i]) * scale[i] - mean_g - normal * mean_gn);
            dx[i] = accumulate ? dx[i] + value : value;
        }
    }
}

/// Loops over rows of attention run over whole vectors of 16.
#undef WHOLE_VECTORS
#define WHOLE_VECTORS _Pragma("clang loop vectorize_width(16) interleave_count(1)")

static void K(attention_dropped)(void *dropped_, const void *probabilities, int64_t count, float rate) {
    ELEMENT *restrict dropped = dropped_;
    const ELEMENT *restrict p = probabilities;
    float factor = 1.0f / (1.0f - rate);
    WHOLE_VECTORS for (int64_t i = 0; i < count; i++) dropped[i] = HAS_SIGN(p[i]) ? 0 : STORE(factor * LOAD(p[i]));
}

static void K(attention_softmax)(void *probabilities, void *dropped, float *scores, int64_t rows, int64_t columns,
                                 int64_t stride, float scale, int64_t visible, int64_t causal_offset, uint64_t key,
                                 uint64_t first, float rate) {
#pragma clang fp reassociate(on)
    uint32_t threshold = dropout_threshold(rate);
    for (int64_t row = 0; row < rows; row++) {
        float *restrict s = scores + row * stride;
        ELEMENT *restrict p = (ELEMENT *)probabilities + row * stride;
        int64_t count = visible < columns ? visible : columns;
        if (causal_offset >= 0 && row + causal_offset + 1 < count) count = row + causal_offset + 1;
        // What a row may not see has the score -infinity, up to a whole vector; the rest of the row is 0.
        int64_t whole = (count + 15) & ~(int64_t)15;
        for (int64_t i = count; i < whole; i++) s[i] = -INFINITY;
        float maximum = maximum_of(s, whole), sum = 0.0f;
        WHOLE_VECTORS for (int64_t i = 0; i < whole; i++) {
            s[i] = exp_float(scale * (s[i] - maximum));
            sum += s[i];
        }
        float inverse = 1.0f / sum;
        if (rate == 0.0f) {
            WHOLE_VECTORS for (int64_t i = 0; i < whole; i++) p[i] = STORE(s[i] * inverse);
        } else {
            uint64_t counter = first + (uint64_t)(row * stride);
            WHOLE_VECTORS for (int64_t i = 0; i < whole; i++) {
                ELEMENT value = STORE(s[i] * inverse);
                p[i] = random_bits(key, counter + (uint64_t)i) >= threshold ? value : WITH_SIGN(value);
            }
        }
        memset(p + whole, 0, (size_t)(stride - whole) * sizeof(ELEMENT));
        if (rate > 0.0f) K(attention_dropped)((ELEMENT *)dropped + row * stride, p, stride, rate);
    }
}

static void K(attention_softmax_backward)(void *dscores, float *dprobabilities, const void *probabilities,
                                          int64_t rows, int64_t columns, int64_t stride, float scale, float rate) {
#pragma clang fp reassociate(on)
    float factor = 1.0f / (1.0f - rate);
    int64_t whole = (columns + 15) & ~(int64_t)15;
    for (int64_t row = 0; row < rows; row++) {
        float *restrict dp = dprobabilities + row * stride;
        const ELEMENT *restrict p = (const ELEMENT *)probabilities + row * stride;
        ELEMENT *restrict ds = (ELEMENT *)dscores + row * stride;
        for (int64_t i = columns; i < whole; i++) dp[i] = 0.0f;
        float sum = 0.0f;
        WHOLE_VECTORS for (int64_t i = 0; i < whole; i++) {
            dp[i] = HAS_SIGN(p[i]) ? 0.0f : factor * dp[i];
            sum += LOAD(p[i]) * dp[i];
        }
        WHOLE_VECTORS for (int64_t i = 0; i < whole; i++) {
            ds[i] = STORE(scale * MAGNITUDE(p[i]) * (dp[i] - sum));
        }
    }
}

static void K(unfold)(void *columns_, const void *x_, const int32_t *lengths, int64_t batch, int64_t time,
                      int64_t channels, int64_t width, int64_t stride, int64_t padding, int64_t out_time) {
    ELEMENT *columns = columns_;
    for (int64_t b = 0; b < batch; b++) {
        const ELEMENT *x = (const ELEMENT *)x_ + b * time * channels;
        int64_t length = lengths ? lengths[b] : time;
        for (int64_t out = 0; out < out_time; out++) {
            for (int64_t k = 0; k < width; k++, columns += channels) {
                int64_t t = out * stride - padding + k;
                if (t >= 0 && t < length) {
                    memcpy(columns, x + t * channels, (size_t)channels * sizeof(ELEMENT));
                } else {
                    memset(columns, 0, (size_t)channels * sizeof(ELEMENT));
                }
            }
        }
    }
}

static void K(fold)(void *dx_, const void *dcolumns_, const int32_t *lengths, int64_t batch, int64_t time,
                    int64_t channels, int64_t width, int64_t stride, int64_t padding, int64_t out_time) {
    const ELEMENT *dcolumns = dcolumns_;
    memset(dx_, 0, (size_t)(batch * time * channels) * sizeof(ELEMENT));
    for (int64_t b = 0; b < batch; b++) {
        ELEMENT *dx = (ELEMENT *)dx_ + b * time * channels;
        int64_t length = lengths ? lengths[b] : time;
        for (int64_t out = 0; out < out_time; out++) {
            for (int64_t k = 0; k < width; k++, dcolumns += channels) {
                int64_t t = out * stride - padding + k;
                if (t >= 0 && t < length) K(add)(dx + t * channels, dcolumns, channels);
            }
        }
    }
}

/// Channels that a depthwise convolution works on at a time: their sums stay in registers.
#define DEPTHWISE_BLOCK 64

static void K(depthwise)(void *y_, const void *x_, const float *weight, const float *bias, const int32_t *lengths,
                         int64_t batch, int64_t time, int64_t channels, int64_t width) {
    for (int64_t b = 0; b < batch; b++) {
        const ELEMENT *x = (const ELEMENT *)x_ + b * time * channels;
        ELEMENT *y = (ELEMENT *)y_ + b * time * channels;
        for (int64_t t = 0; t < lengths[b]; t++) {
            int64_t first = t < width / 2 ? width / 2 - t : 0, last = lengths[b] - t + width / 2;
            last = last < width ? last : width;
            for (int64_t c = 0; c < channels; c += DEPTHWISE_BLOCK) {
                int64_t count = channels - c < DEPTHWISE_BLOCK ? channels - c : DEPTHWISE_BLOCK;
                float sums[DEPTHWISE_BLOCK];
                for (int64_t i = 0; i < count; i++) sums[i] = bias[c + i];
                for (int64_t k = first; k < last; k++) {
                    const ELEMENT *restrict input = x + (t + k - width / 2) * channels + c;
                    const float *restrict factor = weight + k * channels + c;
                    for (int64_t i = 0; i < count; i++) sums[i] += factor[i] * LOAD(input[i]);
                }
                for (int64_t i = 0; i < count; i++) y[t * channels + c + i] = STORE(sums[i]);
            }
        }
        memset(y + lengths[b] * channels, 0, (size_t)((time - lengths[b]) * channels) * sizeof(ELEMENT));
    }
}

static void K(depthwise_backward)(void *dx_, float *dweight, float *dbias, const void *dy_, const void *x_,
                                  const float *weight, const int32_t *lengths, int64_t batch, int64_t time,
                                  int64_t channels, int64_t width) {
    for (int64_t b = 0; b < batch; b++) {
        const ELEMENT *x = (const ELEMENT *)x_ + b * time * channels;
        const ELEMENT *dy = (const ELEMENT *)dy_ + b * time * channels;
        ELEMENT *dx = (ELEMENT *)dx_ + b * time * channels;
        for (int64_t t = 0; t < lengths[b]; t++) {
            // The outputs t - (k - width / 2) that this input had a share in.
            int64_t first = t - lengths[b] + 1 + width / 2, last = t + width / 2 + 1;
            first = first > 0 ? first : 0;
            last = last < width ? last : width;
            for (int64_t c = 0; c < channels; c += DEPTHWISE_BLOCK) {
                int64_t count = channels - c < DEPTHWISE_BLOCK ? channels - c : DEPTHWISE_BLOCK;
                float sums[DEPTHWISE_BLOCK], input[DEPTHWISE_BLOCK];
                for (int64_t i = 0; i < count; i++) {
                    sums[i] = 0.0f;
                    input[i] = LOAD(x[t * channels + c + i]);
                    dbias[c + i] += LOAD(dy[t * channels + c + i]);
                }
                for (int64_t k = first; k < last; k++) {
                    const ELEMENT *restrict upstream = dy + (t - k + width / 2) * channels + c;
                    const float *restrict factor = weight + k * channels + c;
                    float *restrict dfactor = dweight + k * channels + c;
                    for (int64_t i = 0; i < count; i++) {
                        sums[i] += factor[i] * LOAD(upstream[i]);
                        dfactor[i] += input[i] * LOAD(upstream[i]);
                    }
                }
                for (int64_t i = 0; i < count; i++) dx[t * channels + c + i] = STORE(sums[i]);
            }
        }
        memset(dx + lengths[b] * channels, 0, (size_t)((time - lengths[b]) * channels) * sizeof(ELEMENT));
    }
}
#undef DEPTHWISE_BLOCK

static void K(rotate)(void *y_, const void *x_, const float *cosines, const float *sines, int64_t batch, int64_t time,
                      int64_t columns, int64_t rotated, int64_t head, float direction) {
    int64_t half = head / 2;
    for (int64_t row = 0; row < batch * time; row++) {
        const ELEMENT *x = (const ELEMENT *)x_ + row * columns;
        ELEMENT *y = (ELEMENT *)y_ + row * columns;
        const float *restrict cosine = cosines + row % time * half, *restrict sine = sines + row % time * half;
        for (int64_t c = 0; c < rotated; c += head) {
            const ELEMENT *restrict a = x + c, *restrict b = a + half;
            ELEMENT *restrict rotated_a = y + c, *restrict rotated_b = rotated_a + half;
            for (int64_t i = 0; i < half; i++) {
                float s = direction * sine[i];
                rotated_a[i] = STORE(LOAD(a[i]) * cosine[i] - LOAD(b[i]) * s);
                rotated_b[i] = STORE(LOAD(b[i]) * cosine[i] + LOAD(a[i]) * s);
            }
        }
        memcpy(y + rotated, x + rotated, (size_t)(columns - rotated) * sizeof(ELEMENT));
    }
}

#undef ELEMENT_KERNELS
#define ELEMENT_KERNELS                                                                                               \
    {                                                                                                                 \
        .to_float = K(to_float), .from_float = K(from_float), .add = K(add), .copy_matrix = K(copy_matrix), .relu_backward = K(relu_backward),       \
        .gelu = K(gelu), .gelu_backward = K(gelu_backward), .swish = K(swish), .swish_backward = K(swish_backward),   \
        .gated_linear = K(gated_linear), .gated_linear_backward = K(gated_linear_backward), .lstm = K(lstm), .lstm_backward = K(lstm_backward),     \
        .additive_attention = K(additive_attention), .additive_attention_backward = K(additive_attention_backward),   \
        .dropout = K(dropout), .dropout_add = K(dropout_add),                                                         \
        .dropout_add_backward = K(dropout_add_backward), .column_sums = K(column_sums), .layer_norm = K(layer_norm),  \
        .layer_norm_backward = K(layer_norm_backward), .attention_softmax = K(attention_softmax),                     \
        .attention_dropped = K(attention_dropped), .attention_softmax_backward = K(attention_softmax_backward), .unfold = K(unfold), .fold = K(fold),            \
        .depthwise = K(depthwise), .depthwise_backward = K(depthwise_backward), .rotate = K(rotate),                  \
    }
