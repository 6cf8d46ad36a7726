// CTC prefix scores: Watanabe et al. 2017, section 4.2 (Graves 2012, prefix search), in log space. Many prefixes, each
// made of a known one and a new token, are worked on side by side ("lanes"), one frame after the other, so that they
// vectorise; log(0) is CTC_ZERO.

enum { prefix_block = 64 };  // lanes whose running values stay in registers or the nearest cache

/// log(e^a + e^b). What 1 + e^x loses by rounding is put back, so that a sum near log(1) = 0 keeps its digits.
static inline __attribute__((always_inline)) float log_add2(float a, float b) {
    float larger = a > b ? a : b, smaller = a > b ? b : a;
    float x = exp_float(smaller - larger), sum = 1.0f + x;
    return larger + (log_float(sum) + (x - (sum - 1.0f)) * (1.0f - 0.5f * x));
}

static void ctc_prefix(float *ending, float *blank, float *scores, const float *history, const int32_t *rows,
                       const int32_t *tokens, int64_t lanes, const float *log_probabilities, int64_t time,
                       int64_t classes, int32_t blank_token) {
    for (int64_t first = 0; first < lanes; first += prefix_block) {
        int64_t count = lanes - first < prefix_block ? lanes - first : prefix_block;
        float before[prefix_block] = {0}, emission[prefix_block] = {0};
        float score[prefix_block], now_ending[prefix_block], now_blank[prefix_block];
        for (int64_t i = 0; i < prefix_block; i++) score[i] = now_ending[i] = now_blank[i] = CTC_ZERO;
        for (int64_t t = 0; t < time; t++) {
            const float *frame = log_probabilities + t * classes;
            float blank_emission = ctc_emission(frame[blank_token]);
            for (int64_t i = 0; i < count; i++) {
                before[i] = history[rows[first + i] * (time + 1) + t];
                emission[i] = ctc_emission(frame[tokens[first + i]]);
            }
            for (int64_t i = 0; i < prefix_block; i++) {
                float started = before[i] + emission[i], old_ending = now_ending[i];
                score[i] = log_add2(score[i], started);
                now_ending[i] = log_add2(started, old_ending + emission[i]);
                now_blank[i] = log_add2(old_ending, now_blank[i]) + blank_emission;
            }
            memcpy(ending + t * lanes + first, now_ending, (size_t)count * sizeof(float));
            memcpy(blank + t * lanes + first, now_blank, (size_t)count * sizeof(float));
        }
        memcpy(scores + first, score, (size_t)count * sizeof(float));
    }
}

static void ctc_prefix_history(float *history, const float *ending, const float *blank, int64_t lane, int64_t lanes,
                               int64_t time) {
    float *restrict complete = history, *restrict after_blank = history + time + 1;
    complete[0] = after_blank[0] = CTC_ZERO;
    for (int64_t t = 0; t < time; t++) {
        complete[t + 1] = log_add2(ending[t * lanes + lane], blank[t * lanes + lane]);
        after_blank[t + 1] = blank[t * lanes + lane];
    }
}
