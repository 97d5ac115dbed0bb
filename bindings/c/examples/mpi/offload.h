/* What the two programs in C share: who computes, and a lease for this rank. */
#ifndef OFFLOAD_H
#define OFFLOAD_H

#include <mpi.h>
#include <rowen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* serial: rank 0 alone. local: the ranks. leased: each rank's leased cores, while the rank waits. both: ranks and leased cores. */
struct way { const char *name; int is_serial, is_local, is_leased; };

static inline struct way way_of(int argc, char **argv) {
    static const struct way ways[] = {{"serial", 1, 1, 0}, {"local", 0, 1, 0}, {"leased", 0, 0, 1}, {"both", 0, 1, 1}};
    for (int i = 0; i < 4; i++) {
        if (argc > 1 && strcmp(argv[1], ways[i].name) == 0) {
            return ways[i];
        }
    }
    fprintf(stderr, "%s serial|local|leased|both ...\n", argv[0]);
    MPI_Abort(MPI_COMM_WORLD, 2);
    exit(2);
}

static inline long number(int argc, char **argv, int index, long otherwise) { return argc > index ? atol(argv[index]) : otherwise; }

enum { MOST_AT_ONCE = 16 << 20 }; /* of a slot; what is larger goes by rendezvous */

/* Cores for this rank and a function on them. Where the cluster is full for a second, or is not there, the rank goes on without: *cores is 0 then. */
struct leased { rowen_client *client; rowen_lease *lease; rowen_function *function; int cores; };

static inline struct leased lease_cores(int cores, const char *function, size_t bytes_at_once) {
    struct leased leased = {NULL, NULL, NULL, cores};
    rowen_lease_options options;
    rowen_lease_options_init(&options);
    options.cores = cores;
    options.library = "./libkernels.so";
    options.functions = function;
    options.slot_bytes = bytes_at_once < MOST_AT_ONCE ? (bytes_at_once + 63) / 64 * 64 : MOST_AT_ONCE;
    options.max_wait_s = 1;
    if (rowen_connect(NULL, &leased.client) != ROWEN_OK || rowen_lease_cores(leased.client, &options, &leased.lease) != ROWEN_OK ||
        rowen_find(leased.lease, function, &leased.function) != ROWEN_OK) {
        fprintf(stderr, "no leased core for this rank: %s\n", rowen_last_error());
        leased.cores = 0;
    }
    return leased;
}

static inline void give_back(struct leased *leased) {
    rowen_release(leased->lease);
    rowen_disconnect(leased->client);
}

/* Says how it went. */
static inline int report(const char *program, struct way way, int ranks, int cores, double seconds, int is_equal) {
    printf("%s, %s: %d ranks, %d leased cores, %.3f s, %s the serial program's result\n", program, way.name, ranks, cores, seconds, is_equal ? "equal to" : "NOT");
    return is_equal ? 0 : 1;
}

#endif
