#include "COneDNN.h"
int COneDNN_placeholder(void) { return 0; }
