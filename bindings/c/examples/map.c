/* One function on a hundred thousand items: cc -I$ROWEN/include -o map map.c -L$ROWEN/lib -lrowen && ./map ./libfunctions.so */
#include <rowen.h>
#include <stdio.h>
#include <stdlib.h>

enum { COUNT = 100000 };

struct option { double spot, strike, years, rate, volatility; };

int main(int argc, char **argv) {
    struct option *book = malloc(COUNT * sizeof *book);
    double *prices = malloc(COUNT * sizeof *prices), sum = 0;
    rowen_client *client;
    rowen_lease_options options;
    if (book == NULL || prices == NULL) return 1;
    for (int i = 0; i < COUNT; i++) {
        book[i] = (struct option){100, 80 + i % 41, 0.5, 0.02, 0.25};
    }

    rowen_lease_options_init(&options);
    options.library = argc > 1 ? argv[1] : "./libfunctions.so";
    options.functions = "black_scholes";
    int code = rowen_connect(NULL, &client);
    if (code == ROWEN_OK) {
        /* Leases as many cores as there are and it needs, and gives them back. What is lost with a node runs again on another. */
        code = rowen_map(client, &options, "black_scholes", book, sizeof *book, COUNT, prices, sizeof *prices);
    }
    if (code != ROWEN_OK) {
        fprintf(stderr, "%s: %s\n", rowen_error_name(code), rowen_last_error());
        return 1;
    }

    for (int i = 0; i < COUNT; i++) {
        sum += prices[i];
    }
    printf("%d prices, %.4f on average\n", COUNT, sum / COUNT);
    rowen_disconnect(client);
    free(prices);
    free(book);
    return 0;
}
