/* Functions that executors load: cc -O2 -shared -fPIC -o libfunctions.so functions.c -lm */
#include <math.h>
#include <stdint.h>
#include <string.h>

/* One option: what rowen_map gets for each, and what comes back. */
struct option { double spot, strike, years, rate, volatility; };

static double normal(double x) { return 0.5 * erfc(-x / 1.4142135623730951); }

/* The price of European calls by Black and Scholes: as many doubles as there are options. */
int32_t black_scholes(const void *in, uint64_t in_size, void *out, uint64_t *out_size) {
    const struct option *options = in;
    double *prices = out;
    uint64_t count = in_size / sizeof *options;
    if (in_size % sizeof *options != 0 || *out_size < count * sizeof *prices) {
        return 1;
    }
    for (uint64_t i = 0; i < count; i++) {
        struct option o = options[i];
        double deviation = o.volatility * sqrt(o.years);
        double d1 = (log(o.spot / o.strike) + (o.rate + o.volatility * o.volatility / 2) * o.years) / deviation;
        prices[i] = o.spot * normal(d1) - o.strike * exp(-o.rate * o.years) * normal(d1 - deviation);
    }
    *out_size = count * sizeof *prices;
    return 0;
}

/* What it was given. */
int32_t echo(const void *in, uint64_t in_size, void *out, uint64_t *out_size) {
    uint64_t room = *out_size;
    *out_size = in_size;
    if (in_size <= room) {
        memcpy(out, in, in_size);
    }
    return 0;
}
