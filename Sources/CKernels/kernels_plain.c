// The kernels for one instruction set: see kernels_template.h.
#include "kernels.h"
#include <float.h>
#include <math.h>
#include <string.h>
#define PATH_NAME plain
#include "kernels_template.h"
