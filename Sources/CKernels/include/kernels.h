// The loops that Swift cannot vectorise: activations, normalisation, attention softmax, losses, optimiser.
//
// Every kernel is compiled three times (plain, AVX2 + FMA, AVX-512) from the same source, `kernels_template.h`; the table of
// the best path that this processor has is chosen once. Arithmetic is float32 throughout; the storage of activations
// is float32 or bfloat16, so the kernels that touch activations exist once for each element type and take `void *`.
//
// Matrices are row-major and dense: [rows, columns]. "Accumulates" means `+=`. No kernel allocates.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "mel.h"

/// What additive attention reads at every step: `sequences` of encoder outputs, one for each row, or one that all rows attend to.
struct attended_memory {
    /// The keys, float32, [sequences, time, width].
    const float *keys;
    /// What contexts are sums of, the element type, [sequences, time, columns].
    const void *values;
    /// By what the energies are weighted, float32, [width].
    const float *energy;
    /// Positions of each sequence; what follows is padding.
    const int32_t *lengths;
    int64_t sequences, time, width, columns;
    /// From one row of attention weights to the next: a multiple of 16, at least `time`.
    int64_t stride;
};

/// Kernels whose `void *` arguments hold activations: one table for float32, one for bfloat16 (as uint16_t).
struct element_kernels {
    /// x[count] as float32, and back (round to nearest even; NaN stays NaN).
    void (*to_float)(float *y, const void *x, int64_t count);
    void (*from_float)(void *y, const float *x, int64_t count);
    /// x += y.
    void (*add)(void *x, const void *y, int64_t count);
    /// to = from, or to += from where `accumulate`: matrices of so many rows and columns, each with its distance from one row
    /// to the next.
    void (*copy_matrix)(void *to, int64_t to_stride, const void *from, int64_t from_stride, int64_t rows,
                        int64_t columns, bool accumulate);
    /// dx = y > 0 ? factor * dy : 0, where y is the output of the ReLU, or of dropout behind it with factor 1 / (1 - rate);
    /// dx may be dy.
    void (*relu_backward)(void *dx, const void *dy, const void *y, int64_t count, float factor);
    /// y = dropout(x / 2 (1 + erf(x / sqrt 2))); Hendrycks and Gimpel 2016. erf to 2e-7 (Abramowitz and Stegun 7.1.26).
    /// Dropout as below, with first = 0; a rate of 0 is none.
    void (*gelu)(void *y, const void *x, int64_t count, uint64_t key, float rate);
    /// dx = dropout(dy) * gelu'(x); dx may be dy.
    void (*gelu_backward)(void *dx, const void *dy, const void *x, int64_t count, uint64_t key, float rate);
    /// y = dropout(x / (1 + e^-x)), the sigmoid-weighted linear unit ("swish"); Ramachandran et al. 2017.
    void (*swish)(void *y, const void *x, int64_t count, uint64_t key, float rate);
    /// dx = dropout(dy) * swish'(x); dx may be dy.
    void (*swish_backward)(void *dx, const void *dy, const void *x, int64_t count, uint64_t key, float rate);
    /// The gated linear unit (Dauphin et al. 2017): y[rows, columns] = a / (1 + e^-b), where the rows of x[rows, 2 * columns]
    /// are a and b side by side.
    void (*gated_linear)(void *y, const void *x, int64_t rows, int64_t columns);
    /// dx[rows, 2 * columns] from dy[rows, columns].
    void (*gated_linear_backward)(void *dx, const void *dy, const void *x, int64_t rows, int64_t columns);
    /// One step of a recurrent network with gates (Hochreiter and Schmidhuber 1997; forget gates: Gers et al. 2000) for `rows`
    /// sequences. gates[rows, 4 * units] holds what goes into the gates in, forget, candidate, out, and then their activations
    /// (sigmoid, sigmoid, tanh, sigmoid); cell = forget * previous_cell + in * candidate; hidden = out * tanh(cell). A row of no
    /// more than `step` positions keeps its state. hidden, previous_hidden: the element type, [rows, units]; cells: float32.
    void (*lstm)(float *gates, float *cell, void *hidden, const float *previous_cell, const void *previous_hidden,
                 const int32_t *lengths, int64_t step, int64_t rows, int64_t units);
    /// Its backward pass. dhidden and dcell: the gradients of hidden and cell that come from later steps, float32; dy is added to
    /// the first. Writes dgates (of what goes into the gates, the element type; may be `gates` where that is float32), and what
    /// goes on to the step before: dcell, and in dhidden what goes past the gates, which is 0 but in a row that keeps its state.
    void (*lstm_backward)(void *dgates, float *dhidden, float *dcell, const void *dy, const float *gates,
                          const float *cell, const float *previous_cell, const int32_t *lengths, int64_t step,
                          int64_t rows, int64_t units);
    /// One step of additive attention (Bahdanau et al. 2015): weights[rows, stride] = softmax over the positions of a sequence of
    /// the sum over i of energy[i] * tanh(queries[row, i] + keys[t, i]), 0 behind them; context[rows, columns] (the element type) =
    /// sums of the values by these weights. A row whose sequence has no position gets zeros. queries[rows, width]: float32.
    void (*additive_attention)(float *weights, void *context, const float *queries, const struct attended_memory *memory,
                               int64_t rows);
    /// Its backward pass towards what precedes the values: writes dqueries[rows, width] (the element type), accumulates dkeys and
    /// denergy, shaped as keys and energy. dcontexts[rows, columns]: float32; dscores: work memory, [time].
    void (*additive_attention_backward)(void *dqueries, float *dkeys, float *denergy, float *dscores,
                                        const float *dcontexts, const float *weights, const float *queries,
                                        const struct attended_memory *memory, int64_t rows);
    /// y = keep ? x / (1 - rate) : 0, the choice for element i being a hash of (key, first + i): the same call with dy
    /// in place of x is the backward pass. y may be x.
    void (*dropout)(void *y, const void *x, int64_t count, uint64_t key, uint64_t first, float rate);
    /// sum = x + scale * dropout(y): the residual connection. x, sum: float32.
    void (*dropout_add)(float *sum, const float *x, const void *y, int64_t count, float scale, uint64_t key, float rate);
    /// dy = scale * dropout(dsum): its backward pass towards y.
    void (*dropout_add_backward)(void *dy, const float *dsum, int64_t count, float scale, uint64_t key, float rate);
    /// Accumulates the sum of each column of x[rows, columns] into sums[columns] (the gradient of a bias).
    void (*column_sums)(float *sums, const void *x, int64_t rows, int64_t columns);
    /// y = (x - mean) * inverse_deviation * scale + shift, a row at a time; Ba et al. 2016. Keeps mean and
    /// inverse_deviation = 1 / sqrt(variance + epsilon) [rows] for the backward pass. x float32, y the element type.
    void (*layer_norm)(void *y, float *mean, float *inverse_deviation, const float *x, const float *scale,
                       const float *shift, int64_t rows, int64_t columns, float epsilon);
    /// dx (accumulated if `accumulate`), and accumulates dscale, dshift.
    void (*layer_norm_backward)(float *dx, float *dscale, float *dshift, const void *dy, const float *x,
                                const float *mean, const float *inverse_deviation, const float *scale, int64_t rows,
                                int64_t columns, bool accumulate);
    /// probabilities[rows, columns] = softmax of scale * scores over the columns that a row may see: the first
    /// `visible` ones, and if `causal_offset` >= 0 only columns <= row + causal_offset. A row that sees nothing is 0.
    /// All matrices of attention have `stride` elements from one row to the next, a multiple of 16 and at least `columns`;
    /// probabilities behind the columns are 0.
    /// `scores` is overwritten. With a rate above 0, `dropped` is dropout(probabilities) (key, first as above), and a
    /// probability that was dropped has its sign bit set, which is what the backward pass knows it by.
    void (*attention_softmax)(void *probabilities, void *dropped, float *scores, int64_t rows, int64_t columns,
                              int64_t stride, float scale, int64_t visible, int64_t causal_offset, uint64_t key,
                              uint64_t first, float rate);
    /// `dropped` once more, from probabilities with sign bits; `count` is rows * stride.
    void (*attention_dropped)(void *dropped, const void *probabilities, int64_t count, float rate);
    /// dscores = scale * p * (dp - sum(p * dp)), dp being dprobabilities after dropout; `dprobabilities` is overwritten.
    void (*attention_softmax_backward)(void *dscores, float *dprobabilities, const void *probabilities,
                                       int64_t rows, int64_t columns, int64_t stride, float scale, float rate);
    /// The windows of a convolution over time as rows: columns[batch * out_time, width * channels] from
    /// x[batch, time, channels]. Frames before 0 and from lengths[b] on count as zero.
    void (*unfold)(void *columns, const void *x, const int32_t *lengths, int64_t batch, int64_t time, int64_t channels,
                   int64_t width, int64_t stride, int64_t padding, int64_t out_time);
    /// Its transpose: dx[batch, time, channels] = sums of the rows' shares.
    void (*fold)(void *dx, const void *dcolumns, const int32_t *lengths, int64_t batch, int64_t time, int64_t channels,
                 int64_t width, int64_t stride, int64_t padding, int64_t out_time);
    /// A convolution over time of each channel by itself, centred: y[b, t, c] = bias[c] + sum over k of
    /// weight[k, c] * x[b, t + k - width / 2, c]; frames outside 0..<lengths[b] count as zero, and there y is 0.
    /// x, y: [batch, time, channels]; weight: [width, channels].
    void (*depthwise)(void *y, const void *x, const float *weight, const float *bias, const int32_t *lengths,
                      int64_t batch, int64_t time, int64_t channels, int64_t width);
    /// dx, and accumulates dweight, dbias.
    void (*depthwise_backward)(void *dx, float *dweight, float *dbias, const void *dy, const void *x,
                               const float *weight, const int32_t *lengths, int64_t batch, int64_t time,
                               int64_t channels, int64_t width);
    /// Rotary positions (Su et al. 2021): in each head of the first `rotated` columns of x[batch, time, columns], element i
    /// and element i + head / 2 are turned as a plane by the angle of (t, i); the other columns are copied.
    /// cosines, sines: [time, head / 2]; direction -1 turns back (the backward pass).
    void (*rotate)(void *y, const void *x, const float *cosines, const float *sines, int64_t batch, int64_t time,
                   int64_t columns, int64_t rotated, int64_t head, float direction);
};

/// One instruction set's kernels.
struct kernel_table {
    /// "plain", "avx2" or "avx512".
    const char *name;
    struct element_kernels float32;
    struct element_kernels bfloat16;
    struct mel_kernels mel;

    /// y += factor * x.
    void (*add_scaled)(float *y, const float *x, int64_t count, float factor);
    /// y += factor * (x - y): y keeps 1 - factor of itself; where y is x already it stays, bit for bit.
    void (*move_towards)(float *y, const float *x, int64_t count, float factor);
    /// Sum of squares of x, in double: the same partition for any thread count.
    double (*sum_of_squares)(const float *x, int64_t count);
    /// out[row] = factor * table[tokens[row]] + positions[row % period] ([rows, columns]; positions may be NULL).
    void (*embedding)(float *out, const float *table, const float *positions, const int32_t *tokens, int64_t rows,
                      int64_t period, int64_t columns, float factor);
    /// Accumulates dtable[tokens[row]] += factor * dout[row].
    void (*embedding_backward)(float *dtable, const float *dout, const int32_t *tokens, int64_t rows, int64_t columns,
                               float factor);
    /// Row-wise log softmax of x[rows, columns], stable by subtracting the row's maximum.
    void (*log_softmax)(float *y, const float *x, int64_t rows, int64_t columns);
    /// dx = dy - exp(y) * sum(dy), y being the log softmax; dx may be dy.
    void (*log_softmax_backward)(float *dx, const float *dy, const float *y, int64_t rows, int64_t columns);
    /// Label-smoothed cross-entropy over rows whose target >= 0: returns the sum of
    /// (1 - smoothing) * -log p[target] + smoothing / classes * sum(-log p) in nats, writes its gradient times
    /// `gradient_factor` (0 for rows without a target) to dlogits (may be NULL), counts rows whose best class is the
    /// target in `correct`.
    double (*cross_entropy)(float *dlogits, const float *logits, const int32_t *targets, int64_t rows, int64_t classes,
                            float smoothing, float gradient_factor, int64_t *correct);
    /// Connectionist temporal classification (Graves et al. 2006), forward-backward in log space, of one utterance:
    /// returns -log p(labels | log_probabilities[time, classes]) in nats, infinity where no alignment is possible
    /// (then the gradient is 0). Accumulates gradient_factor * d/dlog_probabilities into dlog_probabilities (may be
    /// NULL). work: ctc_work_size(time, label_count) floats.
    double (*ctc)(float *dlog_probabilities, const float *log_probabilities, const int32_t *labels,
                  int64_t label_count, int64_t time, int64_t classes, int32_t blank, float gradient_factor,
                  float *work);
    /// CTC prefix scores of several prefixes at once, each a known prefix and one more token (a lane). Lane i extends the
    /// prefix of history row rows[i] ([row, time + 1]: log probability that it is spelled completely before frame t)
    /// by tokens[i]. Writes for every frame the log probability of having spelled the longer prefix, the frame being
    /// its last token, or blank: ending, blank_states[time, lanes]; and scores[lanes], of all texts that begin with it.
    /// What is impossible is below half of CTC_PREFIX_ZERO.
    void (*ctc_prefix)(float *ending, float *blank_states, float *scores, const float *history, const int32_t *rows,
                       const int32_t *tokens, int64_t lanes, const float *log_probabilities, int64_t time,
                       int64_t classes, int32_t blank);
    /// The history rows of one lane: history[0, t] complete before frame t, history[1, t] the same and ended by a blank
    /// (what a repeated token needs); [2, time + 1].
    void (*ctc_prefix_history)(float *history, const float *ending, const float *blank_states, int64_t lane,
                               int64_t lanes, int64_t time);
    /// AdamW (Loshchilov and Hutter 2019) on a flat run of parameters; gradients are multiplied by gradient_factor
    /// first (clipping); bias_correction1 = 1 - beta1^step, bias_correction2 likewise.
    void (*adamw)(float *parameters, const float *gradients, float *first_moment, float *second_moment, int64_t count,
                  float gradient_factor, float learning_rate, float beta1, float beta2, float epsilon,
                  float weight_decay, float bias_correction1, float bias_correction2);
    /// The values of halves (IEEE 754 binary16), which may begin at any byte: exact.
    void (*float_from_half)(float *y, const void *halves, int64_t count);
    /// The nearest halves, the even one of two as near; whether each value is the same after it, bit for bit.
    bool (*half_from_float)(uint16_t *y, const float *x, int64_t count);
    /// scores[rows, blocks * CACHED_KEYS] = queries[rows, dimension] times keys[blocks, dimension, CACHED_KEYS], of one head; a
    /// stride is the distance from one row to the next.
    void (*cached_scores)(float *scores, int64_t scores_stride, const float *queries, int64_t queries_stride,
                          int64_t rows, const float *keys, int64_t dimension, int64_t blocks);
    /// context[rows, vectors * CACHED_KEYS] = weights[rows, count] times values[count, vectors * CACHED_KEYS], of one head; or added
    /// to what is there if `accumulate`.
    void (*cached_context)(float *context, int64_t context_stride, const float *weights, int64_t weights_stride,
                           int64_t rows, const float *values, int64_t vectors, int64_t count, bool accumulate);
};

/// Cached keys of a block; cached values lie in rows of a multiple of these.
enum { CACHED_KEYS = 16 };

/// log(0) of the prefix scores: finite, so that differences of two of them are defined.
#define CTC_PREFIX_ZERO (-1e30f)

/// Floats of work memory that `ctc` needs.
int64_t kernel_ctc_work_size(int64_t time, int64_t label_count);

/// The table called `name`, or NULL if this processor does not have it or there is none of that name.
const struct kernel_table *kernel_table_named(const char *name);

/// The best table that this processor has.
const struct kernel_table *kernel_table_best(void);

/// The table in use: the one that the environment variable ASR_KERNELS names, otherwise the best; NULL if it names none that this
/// processor has.
const struct kernel_table *kernel_table_in_use(void);
