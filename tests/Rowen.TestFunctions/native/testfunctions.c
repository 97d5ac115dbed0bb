// Native functions, well and ill behaved. Each has the form that DESIGN.md gives.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Copies its input. Says how much room it needs where there is too little.
int32_t native_echo(const void *in, uint64_t in_size, void *out, uint64_t *out_size) {
    uint64_t room = *out_size;
    *out_size = in_size;
    if (in_size <= room) {
        memcpy(out, in, in_size);
    }
    return 0;
}

// The sum of all bytes, and how many there were: works beyond 4 GiB. Result: two uint64.
int32_t native_checksum(const void *in, uint64_t in_size, void *out, uint64_t *out_size) {
    const uint8_t *bytes = in;
    uint64_t result[2] = {0, in_size};
    for (uint64_t i = 0; i < in_size; i++) {
        result[0] += bytes[i];
    }
    memcpy(out, result, sizeof result);
    *out_size = sizeof result;
    return 0;
}

int32_t native_overrun_by_one(const void *in, uint64_t in_size, void *out, uint64_t *out_size) {
    (void)in;
    (void)in_size;
    ((volatile uint8_t *)out)[*out_size] = 0x2a;
    return 0;
}

// Skips what is next to its output, as a wrong index does.
int32_t native_overrun_at_a_hundred(const void *in, uint64_t in_size, void *out, uint64_t *out_size) {
    (void)in;
    (void)in_size;
    ((volatile uint8_t *)out)[*out_size + 99] = 0x2a;
    return 0;
}

int32_t native_overrun_by_a_mebibyte(const void *in, uint64_t in_size, void *out, uint64_t *out_size) {
    (void)in;
    (void)in_size;
    for (uint64_t i = 0; i < *out_size + (1 << 20); i++) {
        ((volatile uint8_t *)out)[i] = 0x2a;
    }
    return 0;
}

int32_t native_abort(const void *in, uint64_t in_size, void *out, uint64_t *out_size) {
    (void)in;
    (void)in_size;
    (void)out;
    (void)out_size;
    abort();
}

int32_t native_segfault(const void *in, uint64_t in_size, void *out, uint64_t *out_size) {
    (void)in;
    (void)in_size;
    (void)out;
    *out_size = *(volatile uint64_t *)0x200000; // never mapped: below every program, above the first pages
    return 0;
}

int32_t native_returns_seven(const void *in, uint64_t in_size, void *out, uint64_t *out_size) {
    (void)in;
    (void)in_size;
    (void)out;
    *out_size = 0;
    return 7;
}

int32_t native_needs_more(const void *in, uint64_t in_size, void *out, uint64_t *out_size) {
    (void)in;
    (void)in_size;
    (void)out;
    *out_size += 1000;
    return 1;
}

// Prints its input to both streams; what goes to the first stays in C's buffer.
int32_t native_prints(const void *in, uint64_t in_size, void *out, uint64_t *out_size) {
    (void)out;
    fprintf(stdout, "native says %.*s\n", (int)in_size, (const char *)in);
    fprintf(stderr, "native warns %.*s\n", (int)in_size, (const char *)in);
    *out_size = 0;
    return 0;
}

// Its input twice, in two parts: the second writes what does not fit at first.
static const void *twice;
static uint64_t twice_size;

int32_t native_twice_rowen_result(void *out) {
    memcpy(out, twice, twice_size);
    memcpy((char *)out + twice_size, twice, twice_size);
    return 0;
}

int32_t native_twice(const void *in, uint64_t in_size, void *out, uint64_t *out_size) {
    uint64_t room = *out_size;
    twice = in;
    twice_size = in_size;
    *out_size = 2 * in_size;
    return *out_size <= room ? native_twice_rowen_result(out) : 0;
}
