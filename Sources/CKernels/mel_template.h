// The steps of mel.h: a part of kernels_template.h. Sums run in 8 lanes in every copy, so that their order does not depend on the
// width of the registers.

typedef float lanes8 __attribute__((vector_size(32)));
typedef float unaligned8 __attribute__((vector_size(32), aligned(4)));

static void mel_window(
    const float *restrict samples, const float *restrict window, size_t count, float *restrict frame) {
    for (size_t i = 0; i < count; i++) frame[i] = samples[i] * window[i];
}

static void mel_window_preemphasised(
    const float *restrict samples, const float *restrict window, size_t count, float preemphasis,
    float *restrict frame) {
    float lanes[8] = {0};
    size_t i = 0;
    for (; i + 8 <= count; i += 8)
        for (size_t lane = 0; lane < 8; lane++) lanes[lane] += samples[i + lane];
    for (size_t lane = 0; i < count; i++, lane++) lanes[lane] += samples[i];
    const float sum = ((lanes[0] + lanes[4]) + (lanes[1] + lanes[5])) + ((lanes[2] + lanes[6]) + (lanes[3] + lanes[7]));
    const float mean = sum / (float)count;
    for (i = 1; i < count; i++)
        frame[i] = ((samples[i] - mean) - preemphasis * (samples[i - 1] - mean)) * window[i];
    frame[0] = (samples[0] - mean) * (1 - preemphasis) * window[0];
}

static void mel_power(const float *restrict spectrum, size_t bin_count, float *restrict power) {
    for (size_t k = 0; k < bin_count; k++) {
        const float re = spectrum[2 * k], im = spectrum[2 * k + 1];
        power[k] = re * re + im * im;
    }
}

static void mel_filter(
    const float *restrict power, const float *restrict weights, const int *restrict first_bins,
    const int *restrict offsets, size_t filter_count, float *restrict energies) {
    for (size_t m = 0; m < filter_count; m++) {
        const float *bins = power + first_bins[m];
        const float *weight = weights + offsets[m];
        const int count = offsets[m + 1] - offsets[m];
        lanes8 sum = {0};
        for (int i = 0; i < count; i += 8) sum += *(const unaligned8 *)(bins + i) * *(const unaligned8 *)(weight + i);
        energies[m] = ((sum[0] + sum[4]) + (sum[1] + sum[5])) + ((sum[2] + sum[6]) + (sum[3] + sum[7]));
    }
}

// ln(x) of a normal positive x = 2^e * m with m in [sqrt(1/2), sqrt(2)): e ln 2 + ln(m), the polynomial of the Cephes
// library's logf. ln 2 is split in two so that e * high is exact.
static inline float mel_natural_log(float x) {
    unsigned bits;
    memcpy(&bits, &x, 4);
    const unsigned shifted = bits - 0x3F3504F3u;  // bits of sqrt(1/2)
    const float e = (float)((int)shifted >> 23);
    bits = (shifted & 0x007FFFFFu) + 0x3F3504F3u;
    float m;
    memcpy(&m, &bits, 4);
    const float z = m - 1;
    const float z2 = z * z;
    float p = 7.0376836292e-2f;
    p = p * z - 1.1514610310e-1f;
    p = p * z + 1.1676998740e-1f;
    p = p * z - 1.2420140846e-1f;
    p = p * z + 1.4249322787e-1f;
    p = p * z - 1.6668057665e-1f;
    p = p * z + 2.0000714765e-1f;
    p = p * z - 2.4999993993e-1f;
    p = p * z + 3.3333331174e-1f;
    return (z + (p * z * z2 + (e * -2.12194440e-4f - 0.5f * z2))) + e * 0.693359375f;
}

static float mel_log(float *restrict values, size_t count, float floor, float scale) {
    float largest[16];
    for (size_t lane = 0; lane < 16; lane++) largest[lane] = -FLT_MAX;
    size_t i = 0;
    for (; i + 16 <= count; i += 16)
        for (size_t lane = 0; lane < 16; lane++) {
            const float x = values[i + lane] > floor ? values[i + lane] : floor;
            const float result = scale * mel_natural_log(x);
            values[i + lane] = result;
            largest[lane] = result > largest[lane] ? result : largest[lane];
        }
    for (size_t lane = 0; i < count; i++, lane++) {
        const float x = values[i] > floor ? values[i] : floor;
        values[i] = scale * mel_natural_log(x);
        largest[lane] = values[i] > largest[lane] ? values[i] : largest[lane];
    }
    float result = largest[0];
    for (size_t lane = 1; lane < 16; lane++) result = largest[lane] > result ? largest[lane] : result;
    return result;
}

static void mel_clamp(float *restrict values, size_t count, float minimum, float scale, float offset) {
    for (size_t i = 0; i < count; i++) {
        const float x = values[i] > minimum ? values[i] : minimum;
        values[i] = x * scale + offset;
    }
}
