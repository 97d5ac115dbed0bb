/* What the programs of this folder compute, here or on leased cores: the functions of libkernels.so (see Makefile), which both call. */
#ifndef KERNELS_H
#define KERNELS_H

#include <stdint.h>

/* ../functions.c: options in, prices out. */
struct option { double spot, strike, years, rate, volatility; };
int32_t black_scholes(const void *in, uint64_t in_size, void *out, uint64_t *out_size);

/* relax.c: `steps` steps of Jacobi's method on `rows` rows of a plate. What is given are those and `steps` more on each side, since each step needs
 * one more; `first` is the number of the first row that is given, and rows up to 0 and from plate_rows - 1 on are the plate's edge, which stays as it is. */
struct block { int64_t first, rows, columns, steps, plate_rows; };
void relax_rows(const struct block *block, const double *rows, double *relaxed);

/* The same as a function of Rowen's: a block, then the rows that are given. */
int32_t relax(const void *in, uint64_t in_size, void *out, uint64_t *out_size);

#endif
