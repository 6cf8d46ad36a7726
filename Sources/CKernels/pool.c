// Memory blocks that are used again: a training step allocates the same sizes over and over.
//
// Each thread keeps its own free lists, so no lock is taken and a block that was just freed is still in this core's
// cache. Sizes are rounded up to one of eight steps per power of two, so utterances of nearly the same length share
// blocks. A large block is also used for less, down to half of it: utterances of many lengths would otherwise keep
// blocks of every size. A block freed by another thread joins that thread's lists.
#include "pool.h"
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

enum { class_count = 64 * 8, smallest = 256, header_size = 64, large = 1 << 18 };

struct block {
    struct block *next;
    int size_class;
    int last_use;  // the pool's age then
    size_t size;
};

struct pool {
    struct block *free_blocks[class_count];
    int age;
};

static pthread_key_t pool_key;
static pthread_once_t pool_once = PTHREAD_ONCE_INIT;
static _Thread_local struct pool *thread_pool;

static int size_class_of(size_t size, size_t *rounded) {
    if (size < smallest) size = smallest;
    int exponent = 63 - __builtin_clzll(size - 1);  // 2^exponent < size <= 2^(exponent + 1)
    size_t step = ((size_t)1 << exponent) / 8;
    size_t eighths = (size - ((size_t)1 << exponent) + step - 1) / step;
    *rounded = ((size_t)1 << exponent) + eighths * step;
    return exponent * 8 + (int)(eighths & 7) + (eighths == 8 ? 8 : 0);
}

static void free_pool(void *pool_) {
    struct pool *pool = pool_;
    for (int index = 0; index < class_count; index++) {
        for (struct block *block = pool->free_blocks[index], *next; block; block = next) {
            next = block->next;
            free(block);
        }
    }
    free(pool);
    thread_pool = NULL;
}

static void make_key(void) { pthread_key_create(&pool_key, free_pool); }

static struct pool *this_pool(void) {
    if (!thread_pool) {
        pthread_once(&pool_once, make_key);
        thread_pool = calloc(1, sizeof *thread_pool);
        if (!thread_pool) abort();
        pthread_setspecific(pool_key, thread_pool);
    }
    return thread_pool;
}

void *pool_allocate(size_t size) {
    size_t rounded;
    if (size > SIZE_MAX / 4) return NULL;
    int size_class = size_class_of(size, &rounded);
    struct pool *pool = this_pool();
    int last_class = rounded < large ? size_class : size_class + 8;
    for (int index = size_class; index <= last_class && index < class_count; index++) {
        struct block *block = pool->free_blocks[index];
        if (!block) continue;
        pool->free_blocks[index] = block->next;
        return (char *)block + header_size;
    }
    struct block *block = aligned_alloc(64, (header_size + rounded + 63) / 64 * 64);
    if (!block) return NULL;
    block->size_class = size_class;
    block->size = rounded;
    return (char *)block + header_size;
}

void pool_free(void *memory) {
    struct block *block = (struct block *)((char *)memory - header_size);
    struct pool *pool = this_pool();
    block->last_use = pool->age;
    block->next = pool->free_blocks[block->size_class];
    pool->free_blocks[block->size_class] = block;
}

size_t pool_free_unused(int age) {
    struct pool *pool = this_pool();
    size_t rounded, freed = 0;
    for (int index = size_class_of(large, &rounded); index < class_count; index++) {
        for (struct block **place = &pool->free_blocks[index], *block; (block = *place);) {
            if (pool->age - block->last_use < age) {
                place = &block->next;
            } else {
                *place = block->next;
                freed += block->size;
                free(block);
            }
        }
    }
    pool->age++;
    return freed;
}

void pool_return_large(void) {
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, large);
#endif
}

void pool_trim(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}
