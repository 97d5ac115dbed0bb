/* hot FUNCTIONS: medians, over batches of calls, of a hot invocation of 8 bytes from C, in nanoseconds; and before them how long librowen takes to load
 * and to answer its first call, in microseconds. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <rowen.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { BATCHES = 201, CALLS = 5000 };

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e9 + t.tv_nsec;
}

static int ascending(const void *a, const void *b) {
    double difference = *(const double *)a - *(const double *)b;
    return (difference > 0) - (difference < 0);
}

#define CALL(expression) do { int code = (expression); if (code) { fprintf(stderr, "%s: %s\n", #expression, rowen_error_name(code)); return 1; } } while (0)

int main(int argc, char **argv) {
    (void)argc;
    double before = now();
    void *library = dlopen("librowen.so", RTLD_NOW);
    if (!library) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
#define GET(name) __typeof__(&name) p_##name = (__typeof__(&name))dlsym(library, #name)
    GET(rowen_version);
    p_rowen_version();
    double loaded = now() - before;
    GET(rowen_connect); GET(rowen_lease_options_init); GET(rowen_lease_cores); GET(rowen_find); GET(rowen_invoke); GET(rowen_release); GET(rowen_disconnect);
    GET(rowen_error_name);
#define rowen_error_name p_rowen_error_name
    rowen_client *client;
    rowen_lease *lease;
    rowen_function *echo;
    rowen_lease_options options;
    CALL(p_rowen_connect(NULL, &client));
    p_rowen_lease_options_init(&options);
    options.library = argv[1];
    options.functions = "echo";
    options.hot_window_s = -1;
    CALL(p_rowen_lease_cores(client, &options, &lease));
    CALL(p_rowen_find(lease, "echo", &echo));
    double value = 1, answer, batches[BATCHES];
    size_t length;
    for (double warm = now() + 3e9; now() < warm;) CALL(p_rowen_invoke(echo, &value, sizeof value, &answer, sizeof answer, &length, 0));
    for (int batch = 0; batch < BATCHES; batch++) {
        double start = now();
        for (int i = 0; i < CALLS; i++) CALL(p_rowen_invoke(echo, &value, sizeof value, &answer, sizeof answer, &length, 0));
        batches[batch] = (now() - start) / CALLS;
    }
    qsort(batches, BATCHES, sizeof batches[0], ascending);
    printf("%.1f %.1f\n", loaded / 1000, batches[BATCHES / 2]);
    CALL(p_rowen_release(lease));
    CALL(p_rowen_disconnect(client));
    return 0;
}
