#include "CKernels.h"
int CKernels_placeholder(void) { return 0; }
