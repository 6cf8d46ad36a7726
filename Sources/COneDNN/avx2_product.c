// Products for AVX2, in the way of Goto and van de Geijn ("Anatomy of High-Performance Matrix Multiplication", 2008) as BLIS has it:
// panels of b (16 columns) and, where its rows do not lie well, of a (6 rows) are copied so that they are read in order, and multiplied by a
// kernel that holds 6 x 16 sums in registers. A panel of b stays in the first-level cache, a block of panels of a in the second. Why not oneDNN's: docs/decisions/0041.
#include "avx2_product.h"
#include "edge_product.h"
#include "instruction_set.h"
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
#include "avx2_sums.h"

#define AVX2 __attribute__((target("avx2,fma"))) static

/// Rows and columns of a kernel's sums; rows of a block of a, and columns of a block of b (multiples of them); terms of a block, at most.
enum { kernel_rows = 6, kernel_columns = 16, block_rows = 144, block_columns = 1024, block_terms = 256 };
/// With no more rows copying b costs more than it saves.
enum { few_rows = 12 };

size_t avx2_product_scratch_size(void) {
    // copy_six_rows stores two numbers behind its panel.
    return ((block_rows + block_columns) * block_terms + 16) * sizeof(float);
}

bool avx2_product_fits(const struct matrix_product *product) {
    return instruction_set() >= dnnl_cpu_isa_avx2 && instruction_set() < dnnl_cpu_isa_avx512_core
           && __builtin_cpu_supports("fma") && product->a.element == matrix_float32 && product->b.element == matrix_float32
           && product->c.element == matrix_float32 && product->c.column_stride == 1;
}

// 1. Copies. An operand is `lines` lines (rows of a, columns of b) of `terms` terms; a panel holds `width` lines, term by term, the last
// one filled up with zeros.

/// Lines `first` up to `first + width` of an operand, of which there are only `count`, into one panel.
static void copy_edge(const float *source, int64_t line_stride, int64_t term_stride, int64_t count, int64_t terms,
                      int64_t width, float *panel) {
    memset(panel, 0, (size_t)(width * terms) * sizeof *panel);
    for (int64_t line = 0; line < count; line++) {
        for (int64_t term = 0; term < terms; term++) {
            panel[term * width + line] = source[line * line_stride + term * term_stride];
        }
    }
}

/// Rows of a: six whole rows, whose terms lie together, into a panel.
AVX2 void copy_six_rows(const float *a, int64_t row_stride, int64_t terms, float *panel) {
    int64_t term = 0;
    // Eight numbers are stored for six: the last two are overwritten by the next term or the next panel.
    for (; term + 8 <= terms; term += 8) {
        __m256 x[8];
        UNROLLED for (int r = 0; r < 6; r++) x[r] = _mm256_loadu_ps(a + r * row_stride + term);
        x[6] = x[7] = _mm256_setzero_ps();
        transpose(x);
        UNROLLED for (int i = 0; i < 8; i++) _mm256_storeu_ps(panel + (term + i) * kernel_rows, x[i]);
    }
    for (; term < terms; term++) {
        for (int r = 0; r < 6; r++) panel[term * kernel_rows + r] = a[r * row_stride + term];
    }
}

/// Lines that lie beside each other, into `count` whole panels. Four terms at a time: their lines may all have the same place in the cache.
AVX2 inline __attribute__((always_inline)) void copy_beside(const int width, const float *source, int64_t term_stride,
                                                            int64_t count, int64_t terms, float *panels) {
    for (int64_t start = 0; start < terms; start += 4) {
        int64_t end = start + 4 < terms ? start + 4 : terms;
        for (int64_t panel = 0; panel < count; panel++) {
            for (int64_t term = start; term < end; term++) {
                memcpy(panels + (panel * terms + term) * width, source + term * term_stride + panel * width,
                       (size_t)width * sizeof *panels);
            }
        }
    }
}

/// Columns of b: eight columns, whose terms lie together, into one half of a panel of sixteen.
AVX2 void copy_eight_columns(const float *b, int64_t column_stride, int64_t terms, float *panel) {
    int64_t term = 0;
    for (; term + 8 <= terms; term += 8) {
        __m256 x[8];
        UNROLLED for (int i = 0; i < 8; i++) x[i] = _mm256_loadu_ps(b + i * column_stride + term);
        transpose(x);
        UNROLLED for (int i = 0; i < 8; i++) _mm256_store_ps(panel + (term + i) * kernel_columns, x[i]);
    }
    for (; term < terms; term++) {
        for (int i = 0; i < 8; i++) panel[term * kernel_columns + i] = b[i * column_stride + term];
    }
}

AVX2 void copy_rows(const float *a, int64_t row_stride, int64_t term_stride, int64_t rows, int64_t terms, float *panels) {
    int64_t whole = rows / kernel_rows;
    if (row_stride == 1) {
        copy_beside(kernel_rows, a, term_stride, whole, terms, panels);
    } else {
        for (int64_t panel = 0; panel < whole; panel++) {
            copy_six_rows(a + panel * kernel_rows * row_stride, row_stride, terms, panels + panel * kernel_rows * terms);
        }
    }
    if (rows % kernel_rows == 0) return;
    copy_edge(a + whole * kernel_rows * row_stride, row_stride, term_stride, rows % kernel_rows, terms, kernel_rows,
              panels + whole * kernel_rows * terms);
}

AVX2 void copy_columns(const float *b, int64_t column_stride, int64_t term_stride, int64_t columns, int64_t terms,
                       float *panels) {
    int64_t whole = columns / kernel_columns;
    if (column_stride == 1) {
        copy_beside(kernel_columns, b, term_stride, whole, terms, panels);
    } else {
        for (int64_t half = 0; half < 2 * whole; half++) {
            copy_eight_columns(b + half * 8 * column_stride, column_stride, terms,
                               panels + half / 2 * kernel_columns * terms + half % 2 * 8);
        }
    }
    if (columns % kernel_columns == 0) return;
    copy_edge(b + whole * kernel_columns * column_stride, column_stride, term_stride, columns % kernel_columns, terms,
              kernel_columns, panels + whole * kernel_columns * terms);
}

// 2. Six rows times sixteen columns.

/// What happens to the sums of a block of terms.
struct finish {
    /// Added to what is there.
    bool adds;
    bool relu;
    /// [16], or NULL.
    const float *bias;
};

/// Six rows of a: element (row, term) lies at row * row_stride + term * term_stride.
struct rows {
    const float *start;
    int64_t row_stride, term_stride;
};

AVX2 inline __attribute__((always_inline)) void multiply(int64_t terms, const float *a, int64_t row_stride,
                                                         const int64_t term_stride, const float *b, float *c,
                                                         int64_t c_stride, struct finish finish) {
    __m256 sums[kernel_rows][2];
    UNROLLED for (int r = 0; r < kernel_rows; r++) {
        sums[r][0] = sums[r][1] = _mm256_setzero_ps();
        _mm_prefetch((const char *)(c + r * c_stride), _MM_HINT_T0);
        _mm_prefetch((const char *)(c + r * c_stride + 15), _MM_HINT_T0);
    }
    _Pragma("clang loop unroll_count(4)") for (int64_t term = 0; term < terms; term++) {
        __m256 left = _mm256_load_ps(b), right = _mm256_load_ps(b + 8);
        UNROLLED for (int r = 0; r < kernel_rows; r++) {
            __m256 factor = _mm256_broadcast_ss(a + r * row_stride);
            sums[r][0] = _mm256_fmadd_ps(factor, left, sums[r][0]);
            sums[r][1] = _mm256_fmadd_ps(factor, right, sums[r][1]);
        }
        a += term_stride;
        b += kernel_columns;
    }
    UNROLLED for (int r = 0; r < kernel_rows; r++) {
        UNROLLED for (int v = 0; v < 2; v++) {
            float *place = c + r * c_stride + 8 * v;
            __m256 value = sums[r][v];
            if (finish.adds) value = _mm256_add_ps(_mm256_loadu_ps(place), value);
            if (finish.bias) value = _mm256_add_ps(value, _mm256_loadu_ps(finish.bias + 8 * v));
            if (finish.relu) value = _mm256_max_ps(value, _mm256_setzero_ps());  // 0 for NaN
            _mm256_storeu_ps(place, value);
        }
    }
}

AVX2 void run_kernel(int64_t terms, struct rows a, const float *b, float *c, int64_t c_stride, struct finish finish) {
    if (a.term_stride == 1) {
        multiply(terms, a.start, a.row_stride, 1, b, c, c_stride, finish);
    } else {
        multiply(terms, a.start, 1, kernel_rows, b, c, c_stride, finish);
    }
}

/// The same at an edge, where c has only `rows` rows and `columns` columns.
AVX2 void run_edge(int64_t terms, struct rows a, const float *b, float *c, int64_t c_stride, struct finish finish,
                   int64_t rows, int64_t columns) {
    float tile[kernel_rows * kernel_columns] = {0}, bias[kernel_columns] = {0};
    for (int64_t r = 0; r < rows && finish.adds; r++) {
        memcpy(tile + r * kernel_columns, c + r * c_stride, (size_t)columns * sizeof *c);
    }
    if (finish.bias) memcpy(bias, finish.bias, (size_t)columns * sizeof *bias);
    run_kernel(terms, a, b, tile, kernel_columns, (struct finish){finish.adds, finish.relu, finish.bias ? bias : NULL});
    for (int64_t r = 0; r < rows; r++) {
        memcpy(c + r * c_stride, tile + r * kernel_columns, (size_t)columns * sizeof *c);
    }
}

// 3. All of a product, block by block.

static inline int64_t smaller(int64_t x, int64_t y) { return x < y ? x : y; }

/// A block of a: rows that are read where they lie, and those that were copied into panels.
struct row_block {
    const float *start, *panels;
    int64_t stride, terms;
    /// Rows from 0 on that are not copied.
    int64_t direct;
};

static struct rows six_rows(const struct row_block *block, int64_t row) {
    if (row < block->direct) return (struct rows){block->start + row * block->stride, block->stride, 1};
    return (struct rows){block->panels + (row - block->direct) * block->terms, 1, kernel_rows};
}

static void run_matrix(const struct matrix_product *product, const float *a, const float *b, const float *bias, float *c,
                       float *scratch) {
    float *columns = scratch, *rows = scratch + block_columns * block_terms;
    const struct matrix_layout *left = &product->a, *right = &product->b;
    // Rows that are a multiple of 2 kB apart have the same few places in the cache.
    bool is_direct = left->column_stride == 1 && left->row_stride % 512 != 0;
    for (int64_t j = 0, width; j < product->n; j += width) {
        width = smaller(product->n - j, block_columns);
        for (int64_t k = 0, terms; k < product->k; k += terms) {
            terms = terms_of_part(product->k - k, block_terms);
            bool is_last = k + terms == product->k;
            copy_columns(b + k * right->row_stride + j * right->column_stride, right->column_stride, right->row_stride,
                         width, terms, columns);
            for (int64_t i = 0, height; i < product->m; i += height) {
                height = smaller(product->m - i, block_rows);
                int64_t direct = is_direct ? height / kernel_rows * kernel_rows : 0;
                struct row_block block = {a + i * left->row_stride + k * left->column_stride, rows, left->row_stride, terms,
                                          direct};
                copy_rows(block.start + direct * left->row_stride, left->row_stride, left->column_stride, height - direct,
                          terms, rows);
                for (int64_t column = 0; column < width; column += kernel_columns) {
                    struct finish finish = {product->accumulate || k > 0, product->activation == matrix_relu && is_last,
                                            bias && is_last ? bias + j + column : NULL};
                    const float *panel = columns + column * terms;
                    for (int64_t row = 0; row < height; row += kernel_rows) {
                        float *place = c + (i + row) * product->c.row_stride + j + column;
                        if (height - row >= kernel_rows && width - column >= kernel_columns) {
                            run_kernel(terms, six_rows(&block, row), panel, place, product->c.row_stride, finish);
                        } else {
                            run_edge(terms, six_rows(&block, row), panel, place, product->c.row_stride, finish,
                                     smaller(height - row, kernel_rows), smaller(width - column, kernel_columns));
                        }
                    }
                }
            }
        }
    }
}

void avx2_product_run(const struct matrix_product *product, const float *a, const float *b, const float *bias, float *c,
                      float *scratch) {
    bool are_few = product->m <= few_rows && product->a.column_stride == 1;
    for (int64_t i = 0; i < product->batch; i++) {
        if (are_few) {
            edge_product_run(product, (struct edge){0, product->m, 0, product->n}, a, b, bias, c);
        } else {
            run_matrix(product, a, b, bias, c, scratch);
        }
        a += product->a.batch_stride;
        b += product->b.batch_stride;
        c += product->c.batch_stride;
    }
}

#else

size_t avx2_product_scratch_size(void) { return 0; }

bool avx2_product_fits(const struct matrix_product *product) {
    (void)product;
    return false;
}

void avx2_product_run(const struct matrix_product *product, const float *a, const float *b, const float *bias, float *c,
                      float *scratch) {
    (void)product, (void)a, (void)b, (void)bias, (void)c, (void)scratch;
}

#endif
