// The kernels for one instruction set: see kernels_template.h.
#include "kernels.h"
#include <float.h>
#include <math.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#define USES_F16C 1
#define HAS_WIDE_REGISTERS 1
// Compilers tune for the first processors that had these registers and slowed down when using them: use all 512 bits.
#pragma clang attribute push(__attribute__((target("arch=x86-64-v4,no-prefer-256-bit"), min_vector_width(512))), apply_to = function)
#define PATH_NAME avx512
#include "kernels_template.h"
#pragma clang attribute pop
#endif
