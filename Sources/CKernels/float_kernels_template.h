// Kernels that are float32 only: parameters, optimiser, embedding, output distribution.

static void add_scaled(float *restrict y, const float *restrict x, int64_t count, float factor) {
    for (int64_t i = 0; i < count; i++) y[i] += factor * x[i];
}

static void move_towards(float *restrict y, const float *restrict x, int64_t count, float factor) {
    for (int64_t i = 0; i < count; i++) y[i] += factor * (x[i] - y[i]);
}

static double sum_of_squares(const float *x, int64_t count) {
    double total = 0.0;
    for (int64_t start = 0; start < count; start += 4096) {
#pragma clang fp reassociate(on)
        int64_t end = start + 4096 < count ? start + 4096 : count;
        float block = 0.0f;
        for (int64_t i = start; i < end; i++) block += x[i] * x[i];
        total += (double)block;
    }
    return total;
}

static void embedding(float *out, const float *table, const float *positions, const int32_t *tokens, int64_t rows,
                      int64_t period, int64_t columns, float factor) {
    for (int64_t row = 0; row < rows; row++) {
        float *restrict y = out + row * columns;
        const float *restrict x = table + (int64_t)tokens[row] * columns;
        for (int64_t i = 0; i < columns; i++) y[i] = factor * x[i];
        if (!positions) continue;
        const float *restrict position = positions + (row % period) * columns;
        for (int64_t i = 0; i < columns; i++) y[i] += position[i];
    }
}

static void embedding_backward(float *dtable, const float *dout, const int32_t *tokens, int64_t rows, int64_t columns,
                               float factor) {
    for (int64_t row = 0; row < rows; row++) {
        add_scaled(dtable + (int64_t)tokens[row] * columns, dout + row * columns, columns, factor);
    }
}

/// log(sum(exp(x - maximum))), with the maximum, and its place in `best`. The two are not added: what is subtracted
/// from x one after the other keeps the digits that their sum would lose.
static float log_sum_exp(const float *restrict x, int64_t count, float *maximum_, int64_t *best) {
#pragma clang fp reassociate(on)
    float maximum = maximum_of(x, count), sum = 0.0f;
    for (int64_t i = 0; i < count; i++) sum += exp_float(x[i] - maximum);
    if (best) {
        *best = 0;
        while (*best < count - 1 && x[*best] != maximum) (*best)++;
    }
    *maximum_ = maximum;
    return logf(sum);
}

static void log_softmax(float *y_, const float *x_, int64_t rows, int64_t columns) {
    for (int64_t row = 0; row < rows; row++) {
        const float *x = x_ + row * columns;
        float *y = y_ + row * columns;
        float maximum, log_sum = log_sum_exp(x, columns, &maximum, NULL);
        for (int64_t i = 0; i < columns; i++) y[i] = (x[i] - maximum) - log_sum;
    }
}

static void log_softmax_backward(float *dx_, const float *dy_, const float *y_, int64_t rows, int64_t columns) {
#pragma clang fp reassociate(on)
    for (int64_t row = 0; row < rows; row++) {
        const float *dy = dy_ + row * columns, *y = y_ + row * columns;
        float *dx = dx_ + row * columns;
        float sum = 0.0f;
        for (int64_t i = 0; i < columns; i++) sum += dy[i];
        for (int64_t i = 0; i < columns; i++) dx[i] = dy[i] - exp_float(y[i]) * sum;
    }
}

/// The sum of (maximum - x).
static float sum_below(const float *restrict x, int64_t count, float maximum) {
#pragma clang fp reassociate(on)
    float sum = 0.0f;
    for (int64_t i = 0; i < count; i++) sum += maximum - x[i];
    return sum;
}

static double cross_entropy(float *dlogits, const float *logits, const int32_t *targets, int64_t rows, int64_t classes,
                            float smoothing, float gradient_factor, int64_t *correct) {
    double total = 0.0;
    float share = smoothing / (float)classes;
    for (int64_t row = 0; row < rows; row++) {
        const float *x = logits + row * classes;
        float *restrict dx = dlogits ? dlogits + row * classes : NULL;
        if (targets[row] < 0) {
            if (dx) memset(dx, 0, (size_t)classes * sizeof(float));
            continue;
        }
        int64_t best;
        float maximum, log_sum = log_sum_exp(x, classes, &maximum, &best);
        total += (double)((1.0f - smoothing) * (log_sum + (maximum - x[targets[row]])));
        // Without smoothing a class that is ruled out (logit -infinity) must not count: 0 * infinity is NaN.
        if (smoothing > 0.0f) {
            total += (double)(share * (sum_below(x, classes, maximum) + (float)classes * log_sum));
        }
        *correct += best == targets[row];
        if (!dx) continue;
        for (int64_t i = 0; i < classes; i++) dx[i] = gradient_factor * (exp_float((x[i] - maximum) - log_sum) - share);
        dx[targets[row]] -= gradient_factor * (1.0f - smoothing);
    }
    return total;
}

static void adamw(float *restrict parameters, const float *restrict gradients, float *restrict first_moment,
                  float *restrict second_moment, int64_t count, float gradient_factor, float learning_rate, float beta1,
                  float beta2, float epsilon, float weight_decay, float bias_correction1, float bias_correction2) {
    float step = learning_rate / bias_correction1, keep = 1.0f - learning_rate * weight_decay;
    float inverse_root = 1.0f / sqrtf(bias_correction2);
    for (int64_t i = 0; i < count; i++) {
        float gradient = gradient_factor * gradients[i];
        float m = beta1 * first_moment[i] + (1.0f - beta1) * gradient;
        float v = beta2 * second_moment[i] + (1.0f - beta2) * gradient * gradient;
        first_moment[i] = m;
        second_moment[i] = v;
        parameters[i] = parameters[i] * keep - step * m / (__builtin_elementwise_sqrt(v) * inverse_root + epsilon);
    }
}
