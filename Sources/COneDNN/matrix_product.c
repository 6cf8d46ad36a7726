#include "matrix_product.h"
#include "avx2_product.h"
#include "instruction_set.h"
#include <dlfcn.h>
#include <dnnl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

// 1. The engine is made once for the process; streams, prepared products and scratch memory belong to a thread.

static dnnl_engine_t engine;
static pthread_once_t engine_once = PTHREAD_ONCE_INIT;
static dnnl_status_t engine_status;

static void make_engine(void) {
#if defined(__x86_64__)
    // Without FMA (before 2013) the kernels for AVX add up the edges of a matrix in another order; those for SSE4.1 do not.
    if (!__builtin_cpu_supports("fma")) dnnl_set_max_cpu_isa(dnnl_cpu_isa_sse41);
#endif
    engine_status = dnnl_engine_create(&engine, dnnl_cpu, 0);
}

struct prepared {
    struct matrix_product product;
    dnnl_primitive_t primitive;
    dnnl_memory_t a, b, bias, c, scratch;
    size_t scratch_size;
};

enum { table_size = 4096 };  // a power of two; at three quarters full the table is emptied

struct thread_state {
    dnnl_stream_t stream;
    struct prepared *table[table_size];
    int count;
    void *scratch;
    size_t scratch_size;
    float *avx2_scratch;
};

static pthread_key_t state_key;
static pthread_once_t state_once = PTHREAD_ONCE_INIT;
static _Thread_local struct thread_state *thread_state;

static void destroy_prepared(struct prepared *prepared) {
    if (!prepared) return;
    dnnl_memory_t memories[] = {prepared->a, prepared->b, prepared->bias, prepared->c, prepared->scratch};
    for (int i = 0; i < 5; i++) {
        if (memories[i]) dnnl_memory_destroy(memories[i]);
    }
    if (prepared->primitive) dnnl_primitive_destroy(prepared->primitive);
    free(prepared);
}

static void empty_table(struct thread_state *state) {
    for (int i = 0; i < table_size; i++) destroy_prepared(state->table[i]);
    memset(state->table, 0, sizeof state->table);
    state->count = 0;
}

static void destroy_state(void *state_) {
    struct thread_state *state = state_;
    empty_table(state);
    if (state->stream) dnnl_stream_destroy(state->stream);
    free(state->scratch);
    free(state->avx2_scratch);
    free(state);
    thread_state = NULL;
}

static void make_state_key(void) { pthread_key_create(&state_key, destroy_state); }

static dnnl_status_t this_state(struct thread_state **state) {
    if (!thread_state) {
        pthread_once(&engine_once, make_engine);
        if (engine_status != dnnl_success) return engine_status;
        pthread_once(&state_once, make_state_key);
        struct thread_state *made = calloc(1, sizeof *made);
        if (!made) return dnnl_out_of_memory;
        dnnl_status_t status = dnnl_stream_create(&made->stream, engine, dnnl_stream_default_flags);
        if (status != dnnl_success) {
            free(made);
            return status;
        }
        pthread_setspecific(state_key, made);
        thread_state = made;
    }
    *state = thread_state;
    return dnnl_success;
}

// 2. Preparing a product: descriptors, post-operations, primitive. The library's interface changed with version 3.

#define CHECK(call)                                                                                                    \
    do {                                                                                                               \
        dnnl_status_t status_ = (call);                                                                                \
        if (status_ != dnnl_success) return status_;                                                                   \
    } while (0)

#if DNNL_VERSION_MAJOR >= 3
typedef dnnl_memory_desc_t descriptor;
typedef const_dnnl_memory_desc_t const_descriptor;
static dnnl_status_t make_descriptor(descriptor *made, dnnl_data_type_t type, const dnnl_dim_t *sizes,
                                     const dnnl_dim_t *strides) {
    dnnl_dims_t sizes_ = {sizes[0], sizes[1], sizes[2]}, strides_ = {strides[0], strides[1], strides[2]};
    return dnnl_memory_desc_create_with_strides(made, 3, sizes_, type, strides_);
}
static void destroy_descriptor(descriptor *made) { dnnl_memory_desc_destroy(*made); }
#define AS_CONST(made) (*(made))
#else
typedef dnnl_memory_desc_t descriptor;
typedef const dnnl_memory_desc_t *const_descriptor;
static dnnl_status_t make_descriptor(descriptor *made, dnnl_data_type_t type, const dnnl_dim_t *sizes,
                                     const dnnl_dim_t *strides) {
    dnnl_dims_t sizes_ = {sizes[0], sizes[1], sizes[2]}, strides_ = {strides[0], strides[1], strides[2]};
    return dnnl_memory_desc_init_by_strides(made, 3, sizes_, type, strides_);
}
static void destroy_descriptor(descriptor *made) { (void)made; }
#define AS_CONST(made) (made)
#endif

static dnnl_status_t make_operand(descriptor *made, const struct matrix_layout *layout, int64_t batch, int64_t rows,
                                  int64_t columns) {
    // oneDNN compares strides to know the order of the axes: an axis of size 1 gets a stride that fits its place.
    dnnl_dim_t sizes[] = {batch, rows, columns};
    dnnl_dim_t strides[] = {layout->batch_stride, layout->row_stride, layout->column_stride};
    if (rows == 1 && strides[2] == 1) strides[1] = columns > strides[1] ? columns : strides[1];
    if (columns == 1 && strides[1] == 1 && strides[2] < rows) strides[2] = rows;
    if (batch == 1) strides[0] = strides[1] * rows > strides[2] * columns ? strides[1] * rows : strides[2] * columns;
    return make_descriptor(made, layout->element == matrix_bfloat16 ? dnnl_bf16 : dnnl_f32, sizes, strides);
}

static dnnl_status_t make_attributes(dnnl_primitive_attr_t *attributes, const struct matrix_product *product) {
    CHECK(dnnl_primitive_attr_create(attributes));
    CHECK(dnnl_primitive_attr_set_scratchpad_mode(*attributes, dnnl_scratchpad_mode_user));
    dnnl_post_ops_t operations;
    CHECK(dnnl_post_ops_create(&operations));
#if DNNL_VERSION_MAJOR >= 3
    if (product->accumulate) CHECK(dnnl_post_ops_append_sum(operations, 1.0f, 0, dnnl_data_type_undef));
    if (product->activation) CHECK(dnnl_post_ops_append_eltwise(operations, dnnl_eltwise_relu, 0.0f, 0.0f));
#else
    if (product->accumulate) CHECK(dnnl_post_ops_append_sum(operations, 1.0f));
    if (product->activation) CHECK(dnnl_post_ops_append_eltwise(operations, 1.0f, dnnl_eltwise_relu, 0.0f, 0.0f));
#endif
    CHECK(dnnl_primitive_attr_set_post_ops(*attributes, operations));
    return dnnl_post_ops_destroy(operations);
}

static dnnl_status_t make_memory(dnnl_memory_t *memory, const_descriptor description) {
    return dnnl_memory_create(memory, description, engine, DNNL_MEMORY_NONE);
}

static dnnl_status_t prepare(struct prepared *made, const struct matrix_product *product) {
    made->product = *product;
    descriptor a, b, c, bias;
    CHECK(make_operand(&a, &product->a, product->batch, product->m, product->k));
    CHECK(make_operand(&b, &product->b, product->batch, product->k, product->n));
    CHECK(make_operand(&c, &product->c, product->batch, product->m, product->n));
    dnnl_dim_t bias_sizes[] = {1, 1, product->n}, bias_strides[] = {product->n, product->n, 1};
    CHECK(make_descriptor(&bias, dnnl_f32, bias_sizes, bias_strides));
    dnnl_primitive_attr_t attributes;
    CHECK(make_attributes(&attributes, product));

    dnnl_primitive_desc_t description;
#if DNNL_VERSION_MAJOR >= 3
    CHECK(dnnl_matmul_primitive_desc_create(&description, engine, a, b, product->has_bias ? bias : NULL, c, attributes));
#else
    dnnl_matmul_desc_t matmul;
    CHECK(dnnl_matmul_desc_init(&matmul, &a, &b, product->has_bias ? &bias : NULL, &c));
    CHECK(dnnl_primitive_desc_create(&description, &matmul, attributes, engine, NULL));
#endif
    CHECK(dnnl_primitive_create(&made->primitive, description));
    const_descriptor scratch = dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0);
    made->scratch_size = dnnl_memory_desc_get_size(scratch);
    CHECK(make_memory(&made->scratch, scratch));
    CHECK(make_memory(&made->a, AS_CONST(&a)));
    CHECK(make_memory(&made->b, AS_CONST(&b)));
    CHECK(make_memory(&made->c, AS_CONST(&c)));
    CHECK(make_memory(&made->bias, AS_CONST(&bias)));

    CHECK(dnnl_primitive_desc_destroy(description));
    CHECK(dnnl_primitive_attr_destroy(attributes));
    destroy_descriptor(&a);
    destroy_descriptor(&b);
    destroy_descriptor(&c);
    destroy_descriptor(&bias);
    return dnnl_success;
}

// 3. Finding or preparing a product in this thread's table (open addressing), and running it.

static uint64_t hash(const struct matrix_product *product) {
    uint64_t words[sizeof *product / sizeof(uint64_t)], value = 0;
    memcpy(words, product, sizeof *product);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        value = (value ^ words[i]) * 0x9e3779b97f4a7c15u;
        value ^= value >> 29;
    }
    return value;
}

static dnnl_status_t find(struct thread_state *state, const struct matrix_product *product, struct prepared **found) {
    if (state->count >= table_size / 4 * 3) empty_table(state);
    uint64_t place = hash(product) % table_size;
    while (state->table[place]) {
        if (memcmp(&state->table[place]->product, product, sizeof *product) == 0) {
            *found = state->table[place];
            return dnnl_success;
        }
        place = (place + 1) % table_size;
    }
    struct prepared *made = calloc(1, sizeof *made);
    if (!made) return dnnl_out_of_memory;
    dnnl_status_t status = prepare(made, product);
    if (status == dnnl_success && made->scratch_size > state->scratch_size) {
        free(state->scratch);
        state->scratch_size = (made->scratch_size + 4095) / 4096 * 4096;
        state->scratch = aligned_alloc(64, state->scratch_size);
        if (!state->scratch) status = dnnl_out_of_memory;
    }
    if (status != dnnl_success) {
        destroy_prepared(made);
        return status;
    }
    state->table[place] = made;
    state->count++;
    *found = made;
    return dnnl_success;
}

/// The result of a product whose inner size is 0, which versions of oneDNN treat differently: activation(c or 0 + bias).
static void run_without_inner_size(const struct matrix_product *product, const float *bias, void *c) {
    for (int64_t batch = 0; batch < product->batch; batch++) {
        for (int64_t row = 0; row < product->m; row++) {
            for (int64_t column = 0; column < product->n; column++) {
                int64_t place = batch * product->c.batch_stride + row * product->c.row_stride
                                + column * product->c.column_stride;
                uint32_t bits = 0;
                if (product->accumulate && product->c.element == matrix_bfloat16) {
                    bits = (uint32_t)((uint16_t *)c)[place] << 16;
                } else if (product->accumulate) {
                    bits = ((uint32_t *)c)[place];
                }
                float value;
                memcpy(&value, &bits, sizeof value);
                if (bias) value += bias[column];
                if (product->activation == matrix_relu && value < 0.0f) value = 0.0f;
                memcpy(&bits, &value, sizeof bits);
                if (product->c.element == matrix_bfloat16) {
                    ((uint16_t *)c)[place] = (uint16_t)((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
                } else {
                    ((uint32_t *)c)[place] = bits;
                }
            }
        }
    }
}

static int run_avx2(struct thread_state *state, const struct matrix_product *product, const float *a, const float *b,
                    const float *bias, float *c) {
    if (!state->avx2_scratch) state->avx2_scratch = aligned_alloc(64, avx2_product_scratch_size());
    if (!state->avx2_scratch) return dnnl_out_of_memory;
    avx2_product_run(product, a, b, bias, c, state->avx2_scratch);
    return dnnl_success;
}

int matrix_product_run(const struct matrix_product *product, const void *a, const void *b, const float *bias, void *c) {
    if (product->k == 0) {
        run_without_inner_size(product, bias, c);
        return dnnl_success;
    }
    struct thread_state *state;
    struct prepared *prepared;
    CHECK(this_state(&state));
    if (avx2_product_fits(product)) return run_avx2(state, product, a, b, bias, c);
    CHECK(find(state, product, &prepared));
    CHECK(dnnl_memory_set_data_handle(prepared->a, (void *)a));
    CHECK(dnnl_memory_set_data_handle(prepared->b, (void *)b));
    CHECK(dnnl_memory_set_data_handle(prepared->c, c));
    CHECK(dnnl_memory_set_data_handle(prepared->scratch, state->scratch));
    if (bias) CHECK(dnnl_memory_set_data_handle(prepared->bias, (void *)bias));
    dnnl_exec_arg_t arguments[] = {
        {DNNL_ARG_SRC, prepared->a},
        {DNNL_ARG_WEIGHTS, prepared->b},
        {DNNL_ARG_DST, prepared->c},
        {DNNL_ARG_SCRATCHPAD, prepared->scratch},
        {DNNL_ARG_BIAS, prepared->bias},
    };
    return dnnl_primitive_execute(prepared->primitive, state->stream, bias ? 5 : 4, arguments);
}

// 4. Threads. oneDNN brings its OpenMP library with it; the setting is the calling thread's own.

static int (*get_max_threads)(void);
static void (*set_num_threads)(int);
static pthread_once_t threads_once = PTHREAD_ONCE_INIT;

static void find_openmp(void) {
    get_max_threads = (int (*)(void))dlsym(RTLD_DEFAULT, "omp_get_max_threads");
    set_num_threads = (void (*)(int))dlsym(RTLD_DEFAULT, "omp_set_num_threads");
}

int matrix_product_threads(void) {
    pthread_once(&threads_once, find_openmp);
    return get_max_threads && set_num_threads ? get_max_threads() : 1;
}

void matrix_product_set_threads(int count) {
    pthread_once(&threads_once, find_openmp);
    if (set_num_threads) set_num_threads(count);
}

// 5. The machine.

int matrix_product_terms_in_one_go(void) {
    return instruction_set() < dnnl_cpu_isa_avx512_core ? 256 : 384;
}

bool matrix_product_has_bfloat16(void) {
#if defined(__x86_64__)
    return instruction_set() >= dnnl_cpu_isa_avx512_core_bf16 && __builtin_cpu_supports("avx512bf16");
#else
    return false;
#endif
}

int matrix_product_library_version(void) {
    const dnnl_version_t *version = dnnl_version();
    return version->major * 10000 + version->minor * 100 + version->patch;
}

const char *matrix_product_instruction_set(void) {
    switch (instruction_set()) {
    case dnnl_cpu_isa_sse41: return "SSE4.1";
    case dnnl_cpu_isa_avx: return "AVX";
    case dnnl_cpu_isa_avx2: return "AVX2";
    case dnnl_cpu_isa_avx512_core: return "AVX-512";
    case dnnl_cpu_isa_avx512_core_vnni: return "AVX-512 VNNI";
    case dnnl_cpu_isa_avx512_core_bf16: return "AVX-512 BF16";
    default: return instruction_set() > dnnl_cpu_isa_avx512_core_bf16 ? "AMX" : "plain";
    }
}
