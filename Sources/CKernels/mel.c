// The steps of a log-mel spectrogram for each instruction set, and the choice between them.

#include "mel.h"

#include <float.h>
#include <string.h>

typedef float lanes8 __attribute__((vector_size(32)));
typedef float unaligned8 __attribute__((vector_size(32), aligned(4)));

#define MEL_PATH plain
#include "mel_template.h"
#undef MEL_PATH

#if defined(__x86_64__)

#pragma clang attribute push(__attribute__((target("arch=x86-64-v3"))), apply_to = function)
#define MEL_PATH avx2
#include "mel_template.h"
#undef MEL_PATH
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("arch=x86-64-v4"))), apply_to = function)
#define MEL_PATH avx512
#include "mel_template.h"
#undef MEL_PATH
#pragma clang attribute pop

#endif

const struct mel_kernel_table *mel_kernel_table_named(const char *name) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (strcmp(name, "avx512") == 0) return __builtin_cpu_supports("x86-64-v4") ? &mel_table_avx512 : NULL;
    if (strcmp(name, "avx2") == 0) return __builtin_cpu_supports("x86-64-v3") ? &mel_table_avx2 : NULL;
#endif
    return strcmp(name, "plain") == 0 ? &mel_table_plain : NULL;
}

const struct mel_kernel_table *mel_kernel_table_best(void) {
    const struct mel_kernel_table *table = mel_kernel_table_named("avx512");
    if (!table) table = mel_kernel_table_named("avx2");
    return table ? table : &mel_table_plain;
}
