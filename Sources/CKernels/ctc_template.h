// CTC loss of one utterance: the recursions of Graves et al. 2006, section 4.1, in log space, all states of one frame
// at a time so that they vectorise. The states are blank, label 0, blank, label 1, ... blank.

/// log(0). Finite, so that differences of two of them are defined; anything below half of it counts as impossible.
#define CTC_ZERO (-1e30f)

/// A log probability with log(0) as CTC_ZERO; NaN stays NaN.
static inline __attribute__((always_inline)) float ctc_emission(float x) { return x < CTC_ZERO ? CTC_ZERO : x; }

static inline __attribute__((always_inline)) float log_add3(float a, float b, float c) {
    float maximum = a > b ? a : b;
    maximum = maximum > c ? maximum : c;
    return maximum + log_float(exp_float(a - maximum) + exp_float(b - maximum) + exp_float(c - maximum));
}

/// out[s] = log(e^stay[s] + e^move[s] + e^(jump[s] + skip[s])): the three ways into (or out of) a state.
static void log_add_ways(float *restrict out, const float *stay, const float *move, const float *jump,
                         const float *skip, int64_t states) {
    for (int64_t s = 0; s < states; s++) out[s] = log_add3(stay[s], move[s], jump[s] + skip[s]);
}

static double ctc(float *dlog_probabilities, const float *log_probabilities, const int32_t *labels,
                  int64_t label_count, int64_t time, int64_t classes, int32_t blank, float gradient_factor,
                  float *work) {
    if (time == 0) return label_count == 0 ? 0.0 : (double)INFINITY;
    int64_t states = 2 * label_count + 1;
    int64_t stride = states + 4;  // two impossible states before the first and two after the last
    float *alpha = work + 2;      // [time, stride]
    float *skip = alpha + time * stride;
    float *beta = skip + stride, *next = beta + stride, *posterior = next + stride;
    int32_t *restrict state_label = (int32_t *)(posterior + stride);
    for (float *entry = work; entry < posterior + stride - 2; entry++) *entry = CTC_ZERO;

    // 1. A state may be entered from two states before if it is a label that differs from the previous label.
    for (int64_t s = 0; s < states; s++) {
        state_label[s] = s % 2 ? labels[s / 2] : blank;
        if (s % 2 && s >= 3 && labels[s / 2] != labels[s / 2 - 1]) skip[s] = 0.0f;
    }

    // 2. alpha[t][s]: log probability of all beginnings that end in state s at frame t, its emission included.
    alpha[0] = ctc_emission(log_probabilities[blank]);
    if (states > 1) alpha[1] = ctc_emission(log_probabilities[labels[0]]);
    for (int64_t t = 1; t < time; t++) {
        const float *before = alpha + (t - 1) * stride;
        float *now = alpha + t * stride;
        const float *restrict frame = log_probabilities + t * classes;
        log_add_ways(now, before, before - 1, before - 2, skip, states);
        for (int64_t s = 0; s < states; s++) now[s] += ctc_emission(frame[state_label[s]]);
    }
    const float *last = alpha + (time - 1) * stride;
    float total = log_add3(last[states - 1], last[states - 2], CTC_ZERO);
    if (!(total > 0.5f * CTC_ZERO)) return total != total ? (double)NAN : (double)INFINITY;
    if (!dlog_probabilities) return -(double)total;

    // 3. beta[t][s]: log probability of all endings from state s after frame t; with alpha, the posterior of s at t,
    //    which is minus the gradient of the loss.
    for (int64_t s = 0; s < states; s++) beta[s] = s >= states - 2 ? 0.0f : CTC_ZERO;
    for (int64_t t = time - 1; t >= 0; t--) {
        const float *now = alpha + t * stride;
        float *restrict gradient = dlog_probabilities + t * classes;
        for (int64_t s = 0; s < states; s++) posterior[s] = exp_float(now[s] + beta[s] - total);
        for (int64_t s = 0; s < states; s++) gradient[state_label[s]] -= gradient_factor * posterior[s];
        if (t == 0) break;
        const float *restrict frame = log_probabilities + t * classes;
        for (int64_t s = 0; s < states; s++) next[s] = beta[s] + ctc_emission(frame[state_label[s]]);
        log_add_ways(beta, next, next + 1, next + 2, skip + 2, states);
    }
    return -(double)total;
}
