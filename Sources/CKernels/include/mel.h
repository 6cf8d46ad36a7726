// The steps of a log-mel spectrogram, one frame or one array at a time. `Audio` calls them between its FFTs. They are a part of
// `kernel_table`.
//
// The instruction sets add in the same order, but fused multiply-add rounds once where the plain set rounds twice, so results
// agree to a few units in the last place and are the same bits on the same set.
#pragma once

#include <stddef.h>

/// One instruction set's steps.
struct mel_kernels {
    /// frame[i] = samples[i] * window[i] for i < count.
    void (*window)(const float *samples, const float *window, size_t count, float *frame);

    /// As `window`, of samples without their mean and with pre-emphasis (Kaldi): d[i] = samples[i] - mean,
    /// frame[i] = (d[i] - preemphasis * d[i-1]) * window[i], where d[-1] is d[0]. count >= 1.
    void (*window_preemphasised)(
        const float *samples, const float *window, size_t count, float preemphasis, float *frame);

    /// power[k] = re[k]^2 + im[k]^2 for k < bin_count; spectrum is [bin, (re, im)].
    void (*power)(const float *spectrum, size_t bin_count, float *power);

    /// energies[m] = sum of power[first_bins[m] + i] * weights[offsets[m] + i] for i < offsets[m + 1] - offsets[m].
    /// Those counts are multiples of 8: weights are padded with zeros, and power with readable finite values.
    void (*filter)(
        const float *power, const float *weights, const int *first_bins, const int *offsets, size_t filter_count,
        float *energies);

    /// values[i] = scale * ln(max(values[i], floor)) for i < count; returns the largest result, -FLT_MAX when count is 0.
    /// floor must be a normal positive number; infinity and NaN are not expected. Error below 2 units in the last place.
    float (*log)(float *values, size_t count, float floor, float scale);

    /// values[i] = max(values[i], minimum) * scale + offset for i < count.
    void (*clamp)(float *values, size_t count, float minimum, float scale, float offset);
};
