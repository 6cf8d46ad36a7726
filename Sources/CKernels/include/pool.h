// A pool of aligned memory blocks, one per thread: see pool.c.
#pragma once
#include <stddef.h>

/// A block of at least `size` bytes, aligned to 64, contents undefined; NULL if there is no memory left.
void *pool_allocate(size_t size);

/// Gives a block back to this thread's pool.
void pool_free(void *memory);

/// Gives memory of any kind that this process has freed back to the system, where the C library keeps it.
void pool_trim(void);
