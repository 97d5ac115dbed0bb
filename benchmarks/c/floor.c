/* floor: how long a cache line takes from core 0 to the last core and back, in nanoseconds: the median over batches. It says where the hypervisor has put the cores. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { BATCHES = 51, TURNS = 2000 };

static _Alignas(128) atomic_uint turn;

static void pin(int core) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(core, &set);
    if (sched_setaffinity(0, sizeof set, &set)) perror("sched_setaffinity");
}

static void *answer(void *last) {
    pin(*(int *)last);
    for (unsigned i = 1; i < 2u * BATCHES * TURNS; i += 2) {
        while (atomic_load_explicit(&turn, memory_order_acquire) != i) {}
        atomic_store_explicit(&turn, i + 1, memory_order_release);
    }
    return NULL;
}

static int ascending(const void *a, const void *b) {
    double difference = *(const double *)a - *(const double *)b;
    return (difference > 0) - (difference < 0);
}

int main(void) {
    int last = (int)sysconf(_SC_NPROCESSORS_ONLN) - 1;
    double batches[BATCHES];
    pthread_t other;
    pin(0);
    if (pthread_create(&other, NULL, answer, &last)) return 1;
    unsigned i = 0;
    for (int batch = 0; batch < BATCHES; batch++) {
        struct timespec from, to;
        clock_gettime(CLOCK_MONOTONIC, &from);
        for (int n = 0; n < TURNS; n++, i += 2) {
            atomic_store_explicit(&turn, i + 1, memory_order_release);
            while (atomic_load_explicit(&turn, memory_order_acquire) != i + 2) {}
        }
        clock_gettime(CLOCK_MONOTONIC, &to);
        batches[batch] = ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) / TURNS;
    }
    pthread_join(other, NULL);
    qsort(batches, BATCHES, sizeof batches[0], ascending);
    printf("%.1f\n", batches[BATCHES / 2]);
    return 0;
}
