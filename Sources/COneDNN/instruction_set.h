// What oneDNN may use of this processor, asked once: kernels of a few microseconds ask for it.
#pragma once
#include <dnnl.h>

/// A `dnnl_cpu_isa_t`, which depends on the processor and on ONEDNN_MAX_CPU_ISA.
static inline int instruction_set(void) {
    static int known;
    int set = __atomic_load_n(&known, __ATOMIC_RELAXED);
    if (set == 0) {
        set = (int)dnnl_get_effective_cpu_isa();
        __atomic_store_n(&known, set, __ATOMIC_RELAXED);
    }
    return set;
}
