/* Functions that fail, and one that waits, beside those of ../examples/functions.c. */
#define _POSIX_C_SOURCE 200809L
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int32_t fail(const void *in, uint64_t in_size, void *out, uint64_t *out_size) {
    (void)in, (void)in_size, (void)out, (void)out_size;
    return 3;
}

int32_t crash(const void *in, uint64_t in_size, void *out, uint64_t *out_size) {
    (void)in, (void)in_size, (void)out, (void)out_size;
    abort();
}

/* Writes the number of its process into the file whose name it is given, a string, and waits until there is NAME.end: two minutes at most. */
int32_t hold(const void *in, uint64_t in_size, void *out, uint64_t *out_size) {
    struct timespec pause = {0, 10000000};
    char whole[256], part[256];
    FILE *file;
    (void)in_size, (void)out;
    *out_size = 0;
    snprintf(whole, sizeof whole, "%s", (const char *)in);
    snprintf(part, sizeof part, "%.240s.part", (const char *)in);
    file = fopen(part, "w");
    if (file == NULL || fprintf(file, "%d\n", (int)getpid()) < 0 || fclose(file) != 0 || rename(part, whole) != 0) {
        return 1;
    }
    snprintf(part, sizeof part, "%.240s.end", (const char *)in);
    for (int i = 0; i < 12000; i++) {
        if (access(part, F_OK) == 0) {
            return 0;
        }
        nanosleep(&pause, NULL);
    }
    return 2;
}
