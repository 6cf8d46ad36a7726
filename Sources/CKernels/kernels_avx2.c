// The kernels for one instruction set: see kernels_template.h.
#include "kernels.h"
#include <float.h>
#include <math.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#define USES_F16C 1
#pragma clang attribute push(__attribute__((target("arch=x86-64-v3"), min_vector_width(256))), apply_to = function)
#define PATH_NAME avx2
#include "kernels_template.h"
#pragma clang attribute pop
#endif
