#include "kernels.h"
#include <stdlib.h>
#include <string.h>

extern const struct kernel_table kernel_table_plain;
#if defined(__x86_64__)
extern const struct kernel_table kernel_table_avx2;
extern const struct kernel_table kernel_table_avx512;
#endif

const struct kernel_table *kernel_table_named(const char *name) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (strcmp(name, "avx512") == 0) return __builtin_cpu_supports("x86-64-v4") ? &kernel_table_avx512 : NULL;
    if (strcmp(name, "avx2") == 0) return __builtin_cpu_supports("x86-64-v3") ? &kernel_table_avx2 : NULL;
#endif
    return strcmp(name, "plain") == 0 ? &kernel_table_plain : NULL;
}

const struct kernel_table *kernel_table_best(void) {
    static const char *const names[] = {"avx512", "avx2"};
    for (size_t index = 0; index < sizeof names / sizeof names[0]; index++) {
        const struct kernel_table *table = kernel_table_named(names[index]);
        if (table) return table;
    }
    return &kernel_table_plain;
}

const struct kernel_table *kernel_table_in_use(void) {
    const char *name = getenv("ASR_KERNELS");
    return name && *name ? kernel_table_named(name) : kernel_table_best();
}

int64_t kernel_ctc_work_size(int64_t time, int64_t label_count) {
    int64_t padded_states = 2 * label_count + 1 + 4;
    return (time + 6) * padded_states;
}
