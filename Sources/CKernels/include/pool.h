// A pool of aligned memory blocks, one per thread: see pool.c.
#pragma once
#include <stddef.h>

/// A block of at least `size` bytes, aligned to 64, contents undefined; NULL if there is no memory left.
void *pool_allocate(size_t size);

/// Gives a block back to this thread's pool.
void pool_free(void *memory);

/// Frees the large blocks of this thread's pool that were not in use at any time since the `age`th call of this function before this one; how
/// many bytes they had.
size_t pool_free_unused(int age);

/// From now on large blocks that are freed go back to the system at once. Otherwise the C library learns to keep larger and larger ones.
void pool_return_large(void);

/// Gives memory of any kind that this process has freed back to the system, where the C library keeps it.
void pool_trim(void);
