// All kernels of one path. A file that includes this has set PATH_NAME and the instruction set (clang attribute).
#define JOIN_(a, b) a##_##b
#define JOIN(a, b) JOIN_(a, b)
#define STRING_(a) #a
#define STRING(a) STRING_(a)

#include "math_template.h"

#define ELEMENT float
#define LOAD(x) (x)
#define STORE(x) (x)
#define HAS_SIGN(x) (bits_of_float(x) >> 31)
#define WITH_SIGN(x) float_from_bits(bits_of_float(x) | 0x80000000u)
#define MAGNITUDE(x) float_from_bits(bits_of_float(x) & 0x7fffffffu)
#define K(name) name##_float32
#include "additive_attention_template.h"
#include "element_kernels_template.h"
#undef ELEMENT
#undef LOAD
#undef STORE
#undef HAS_SIGN
#undef WITH_SIGN
#undef MAGNITUDE
#undef K

#define ELEMENT uint16_t
#define LOAD(x) float_from_bfloat16(x)
#define STORE(x) bfloat16_from_float(x)
#define HAS_SIGN(x) ((x) >> 15)
#define WITH_SIGN(x) (uint16_t)((x) | 0x8000u)
#define MAGNITUDE(x) float_from_bfloat16((x) & 0x7fffu)
#define K(name) name##_bfloat16
#include "additive_attention_template.h"
#include "element_kernels_template.h"
#undef ELEMENT
#undef LOAD
#undef STORE
#undef HAS_SIGN
#undef WITH_SIGN
#undef MAGNITUDE
#undef K

#include "float_kernels_template.h"
#include "ctc_template.h"
#include "ctc_prefix_template.h"
#include "mel_template.h"
#include "half_template.h"
#include "cached_attention_template.h"

const struct kernel_table JOIN(kernel_table, PATH_NAME) = {
    .name = STRING(PATH_NAME),
    .add_scaled = add_scaled,
    .move_towards = move_towards,
    .sum_of_squares = sum_of_squares,
    .embedding = embedding,
    .embedding_backward = embedding_backward,
    .log_softmax = log_softmax,
    .log_softmax_backward = log_softmax_backward,
    .cross_entropy = cross_entropy,
    .ctc = ctc,
    .ctc_prefix = ctc_prefix,
    .ctc_prefix_history = ctc_prefix_history,
    .adamw = adamw,
    .float_from_half = float_from_half,
    .half_from_float = half_from_float,
    .cached_scores = cached_scores,
    .cached_context = cached_context,
    .mel = {
        .window = mel_window,
        .window_preemphasised = mel_window_preemphasised,
        .power = mel_power,
        .filter = mel_filter,
        .log = mel_log,
        .clamp = mel_clamp,
    },
#define K(name) name##_float32
    .float32 = ELEMENT_KERNELS,
#undef K
#define K(name) name##_bfloat16
    .bfloat16 = ELEMENT_KERNELS,
#undef K
};
