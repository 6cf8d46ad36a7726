#include "mel.h"

int CKernels_placeholder(void);
