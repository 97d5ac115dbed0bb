/* Functions that fail, beside those of ../examples/functions.c. */
#include <stdint.h>
#include <stdlib.h>

int32_t fail(const void *in, uint64_t in_size, void *out, uint64_t *out_size) {
    (void)in, (void)in_size, (void)out, (void)out_size;
    return 3;
}

int32_t crash(const void *in, uint64_t in_size, void *out, uint64_t *out_size) {
    (void)in, (void)in_size, (void)out, (void)out_size;
    abort();
}
