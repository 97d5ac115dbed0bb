/* Jacobi's method for the heat in a plate. */
#include "kernels.h"
#include <stdlib.h>
#include <string.h>

/* One step for `rows` rows, of which the first is the plate's row number `first`. The row above them lies before `from`, the one below behind them. */
static void step(const double *from, double *to, int64_t first, int64_t rows, int64_t columns, int64_t plate_rows) {
    for (int64_t row = first; row < first + rows; row++, from += columns, to += columns) {
        if (row <= 0 || row >= plate_rows - 1) {
            memcpy(to, from, columns * sizeof *to);
            continue;
        }
        to[0] = from[0];
        for (int64_t i = 1; i < columns - 1; i++) {
            to[i] = 0.25 * (from[i - columns] + from[i + columns] + from[i - 1] + from[i + 1]);
        }
        to[columns - 1] = from[columns - 1];
    }
}

void relax_rows(const struct block *b, const double *rows, double *relaxed) {
    int64_t height = b->rows + 2 * b->steps;
    double *between = malloc(2 * height * b->columns * sizeof *between);
    for (int64_t done = 1; done <= b->steps; done++) {
        double *to = done == b->steps ? relaxed : between + (done % 2 * height + done) * b->columns;
        step(rows + b->columns, to, b->first + done, height - 2 * done, b->columns, b->plate_rows);
        rows = to;
    }
    free(between);
}

int32_t relax(const void *in, uint64_t in_size, void *out, uint64_t *out_size) {
    const struct block *b = in;
    uint64_t row_size;
    if (in_size < sizeof *b || b->rows < 1 || b->columns < 2 || b->steps < 1) {
        return 1;
    }
    row_size = b->columns * sizeof(double);
    if (in_size != sizeof *b + (b->rows + 2 * b->steps) * row_size || *out_size < b->rows * row_size) {
        return 2;
    }
    relax_rows(b, (const double *)(b + 1), out);
    *out_size = b->rows * row_size;
    return 0;
}
