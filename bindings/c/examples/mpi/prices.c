/* Prices of options by Black and Scholes. Each rank has some of the options; its threads and its leased cores take one chunk after the other.
 *
 *     OMP_NUM_THREADS=2 mpirun -n 2 ./prices serial|local|leased|both [OPTIONS [CORES]]
 *
 * CORES are leased for each rank. */
#include "kernels.h"
#include "offload.h"
#include <omp.h>

enum { CHUNK = 8000, AT_ONCE = 2 }; /* options, half a millisecond; chunks for each leased core, so that the next is there when one is done */

static struct option option_of(size_t i) {
    struct option option = {80 + i % 41, 70 + i % 61, 0.25 + i % 12 * 0.25, 0.01 + i % 5 * 0.01, 0.1 + i % 37 * 0.01};
    return option;
}

static struct option *book; /* the rank's options */
static double *prices;
static size_t count, taken;

static size_t chunk_at(size_t first) { return count - first < CHUNK ? count - first : CHUNK; }

/* The next chunk that nobody has taken; count or more if there is none. */
static size_t take(void) {
    size_t first;
#pragma omp atomic capture
    {
        first = taken;
        taken += CHUNK;
    }
    return first;
}

static void price_here(size_t first) {
    uint64_t size = chunk_at(first) * sizeof *prices;
    black_scholes(book + first, chunk_at(first) * sizeof *book, prices + first, &size);
}

/* Keeps the leased cores busy, and prices a chunk itself whenever they are, if it may. */
static void share(struct leased *leased, int is_local) {
    int most = leased->cores * AT_ONCE, oldest = 0, under_way = 0;
    struct { size_t first; rowen_request *request; } away[most];
    for (size_t first = take(); first < count || under_way > 0;) {
        if (first < count && under_way < most) {
            int free = (oldest + under_way) % most;
            away[free].first = first;
            if (rowen_submit(leased->function, book + first, chunk_at(first) * sizeof *book, prices + first, chunk_at(first) * sizeof *prices, 0,
                             &away[free].request) == ROWEN_OK) {
                under_way++;
            } else {
                price_here(first);
            }
            first = take();
            continue;
        }
        int is_done = 0;
        rowen_test(away[oldest].request, &is_done);
        if (is_done || !is_local || first >= count) {
            if (rowen_wait(away[oldest].request, NULL) != ROWEN_OK) {
                fprintf(stderr, "priced here instead: %s\n", rowen_last_error()); /* the options are all here still */
                price_here(away[oldest].first);
            }
            oldest = (oldest + 1) % most;
            under_way--;
            continue;
        }
        price_here(first);
        first = take();
    }
}

/* The serial program, for all options. */
static int is_right(const double *result, size_t all) {
    int equal = 1;
    for (size_t i = 0; i < all; i++) {
        struct option option = option_of(i);
        double price;
        uint64_t size = sizeof price;
        equal &= black_scholes(&option, sizeof option, &price, &size) == 0 && memcmp(&price, result + i, sizeof price) == 0;
    }
    return equal;
}

int main(int argc, char **argv) {
    int rank, ranks, cores = 0, code = 0, provided;
    MPI_Comm team;
    MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    struct way way = way_of(argc, argv);
    size_t all = number(argc, argv, 2, 10000000);
    MPI_Comm_split(MPI_COMM_WORLD, way.is_serial ? rank > 0 : 0, rank, &team);
    if (way.is_serial && rank > 0) {
        MPI_Finalize();
        return 0;
    }
    MPI_Comm_size(team, &ranks);

    size_t before = all * rank / ranks;
    count = all * (rank + 1) / ranks - before;
    book = malloc(count * sizeof *book);
    prices = calloc(count, sizeof *prices);
    for (size_t i = 0; i < count; i++) {
        book[i] = option_of(before + i);
    }
    struct leased leased = {NULL, NULL, NULL, 0};
    if (way.is_leased) {
        leased = lease_cores((int)number(argc, argv, 3, 1), "black_scholes", CHUNK * sizeof *book);
    }

    MPI_Barrier(team);
    double begun = MPI_Wtime();
#pragma omp parallel num_threads(way.is_serial || !way.is_local ? 1 : omp_get_max_threads())
    if (omp_get_thread_num() == 0 && leased.cores > 0) {
        share(&leased, way.is_local);
    } else {
        for (size_t first = take(); first < count; first = take()) {
            price_here(first);
        }
    }
    MPI_Barrier(team);
    double seconds = MPI_Wtime() - begun;

    int counts[ranks], places[ranks];
    for (int i = 0; i < ranks; i++) {
        places[i] = (int)(all * i / ranks);
        counts[i] = (int)(all * (i + 1) / ranks) - places[i];
    }
    double *result = rank == 0 ? malloc(all * sizeof *result) : NULL;
    MPI_Gatherv(prices, counts[rank], MPI_DOUBLE, result, counts, places, MPI_DOUBLE, 0, team);
    MPI_Reduce(&leased.cores, &cores, 1, MPI_INT, MPI_SUM, 0, team);
    if (rank == 0) {
        code = report("prices", way, ranks, cores, seconds, is_right(result, all));
    }
    MPI_Finalize();
    give_back(&leased); /* before or after MPI_Finalize: as it suits */
    return code;
}
