/* native LIBKERNELS: a function in C and one in Fortran, called from C. bindings/python/examples/native.py does and prints the same. */
#include <rowen.h>
#include <stdio.h>
#include <stdlib.h>

static void check(int code) {
    if (code != ROWEN_OK) {
        fprintf(stderr, "%s: %s\n", rowen_error_name(code), rowen_last_error());
        exit(1);
    }
}

int main(int argc, char **argv) {
    const double option[5] = {100, 100, 1, 0.02, 0.2};
    const int64_t particles[2] = {0, 1000}; /* the first, and how many */
    double price, tally[22];
    size_t length;
    rowen_client *client;
    rowen_lease *lease;
    rowen_function *black_scholes, *transport;
    rowen_lease_options options;
    rowen_lease_options_init(&options);
    options.library = argc > 1 ? argv[1] : "./libkernels.so";
    options.functions = "black_scholes,transport";
    check(rowen_connect(NULL, &client));
    check(rowen_lease_cores(client, &options, &lease));
    check(rowen_find(lease, "black_scholes", &black_scholes));
    check(rowen_find(lease, "transport", &transport));
    check(rowen_invoke(black_scholes, option, sizeof option, &price, sizeof price, &length, 0));
    check(rowen_invoke(transport, particles, sizeof particles, tally, sizeof tally, &length, 0));
    printf("%.4f\n", price);
    for (size_t i = 0; i < length / sizeof *tally; i++) {
        printf(i == 0 ? "%.17g" : " %.17g", tally[i]);
    }
    printf("\n");
    check(rowen_release(lease));
    check(rowen_disconnect(client));
    return 0;
}
