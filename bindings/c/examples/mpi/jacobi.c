/* Heat in a plate by Jacobi's method. Each rank has some of its rows, and has the lower part of them computed on a leased core while it computes the others.
 *
 *     mpirun -n 2 ./jacobi serial|local|leased|both [SIDE [STEPS]]
 *
 * Ranks exchange DEEP rows with their neighbours and then go DEEP steps, computing rows of the neighbours' again: so few messages, and so much to do for each
 * byte that a leased core gets. */
#include "kernels.h"
#include "offload.h"

enum { DEEP = 16 };

static double *plate(int64_t rows, int64_t columns, int64_t first) { /* cold, but for the upper edge */
    double *u = calloc(rows * columns, sizeof *u);
    for (int64_t i = 0; first <= 0 && -first < rows && i < columns; i++) {
        u[-first * columns + i] = 100;
    }
    return u;
}

static void exchange(double *u, int64_t rows, int64_t columns, MPI_Comm team, int rank, int ranks) {
    int above = rank > 0 ? rank - 1 : MPI_PROC_NULL, below = rank < ranks - 1 ? rank + 1 : MPI_PROC_NULL, count = (int)(DEEP * columns);
    MPI_Sendrecv(u + DEEP * columns, count, MPI_DOUBLE, above, 0, u + (DEEP + rows) * columns, count, MPI_DOUBLE, below, 0, team, MPI_STATUS_IGNORE);
    MPI_Sendrecv(u + rows * columns, count, MPI_DOUBLE, below, 0, u, count, MPI_DOUBLE, above, 0, team, MPI_STATUS_IGNORE);
}

/* The serial program: the whole plate, one step after the other. */
static int is_right(const double *result, int64_t side, int64_t steps) {
    double *u = plate(side + 2, side, -1), *next = plate(side + 2, side, -1), *other;
    struct block all = {-1, side, side, 1, side};
    int equal;
    while (steps-- > 0) {
        relax_rows(&all, u, next + side);
        other = u, u = next, next = other;
    }
    equal = memcmp(u + side, result, side * side * sizeof *u) == 0;
    free(u);
    free(next);
    return equal;
}

int main(int argc, char **argv) {
    int rank, ranks, cores = 0, code = 0;
    MPI_Comm team;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    struct way way = way_of(argc, argv);
    int64_t side = number(argc, argv, 2, 2048), steps = number(argc, argv, 3, 400);
    MPI_Comm_split(MPI_COMM_WORLD, way.is_serial ? rank > 0 : 0, rank, &team);
    if (way.is_serial && rank > 0) {
        MPI_Finalize();
        return 0;
    }
    MPI_Comm_size(team, &ranks);

    int64_t first = side * rank / ranks, rows = side * (rank + 1) / ranks - first;
    if (rows < DEEP) {
        fprintf(stderr, "%ld rows are too few for %d ranks: each needs %d\n", (long)side, ranks, DEEP);
        MPI_Abort(MPI_COMM_WORLD, 2);
    }
    int64_t there = !way.is_leased ? 0 : way.is_local ? rows / 2 : rows;
    size_t row_size = side * sizeof(double), most = sizeof(struct block) + (there + 2 * DEEP) * row_size;
    struct leased leased = {NULL, NULL, NULL, 0};
    if (way.is_leased) {
        leased = lease_cores(1, "relax", most);
    }
    struct block *parcel = malloc(most); /* what a leased core gets */
    double *u = plate(rows + 2 * DEEP, side, first - DEEP), *next = plate(rows + 2 * DEEP, side, first - DEEP), *other;

    MPI_Barrier(team);
    double begun = MPI_Wtime();
    for (int64_t done = 0; done < steps; done += DEEP) {
        int64_t now = steps - done < DEEP ? steps - done : DEEP, here = leased.cores > 0 ? rows - there : rows;
        rowen_request *request = NULL;
        struct block mine = {first - now, here, side, now, side}, theirs = {first + here - now, rows - here, side, now, side};
        const double *given = u + (DEEP - now) * side;
        double *relaxed = next + DEEP * side;
        exchange(u, rows, side, team, rank, ranks);
        if (here < rows) {
            size_t size = (theirs.rows + 2 * now) * row_size;
            *parcel = theirs;
            memcpy(parcel + 1, given + here * side, size);
            rowen_submit(leased.function, parcel, sizeof *parcel + size, relaxed + here * side, theirs.rows * row_size, 0, &request);
        }
        if (here > 0) {
            relax_rows(&mine, given, relaxed);
        }
        if (here < rows && (request == NULL || rowen_wait(request, NULL) != ROWEN_OK)) {
            fprintf(stderr, "rank %d goes on alone: %s\n", rank, rowen_last_error()); /* what it needs is all here still */
            relax_rows(&theirs, given + here * side, relaxed + here * side);
            leased.cores = 0;
        }
        other = u, u = next, next = other;
    }
    MPI_Barrier(team);
    double seconds = MPI_Wtime() - begun;

    int counts[ranks], places[ranks];
    for (int i = 0; i < ranks; i++) {
        places[i] = (int)(side * i / ranks * side);
        counts[i] = (int)(side * (i + 1) / ranks * side) - places[i];
    }
    double *result = rank == 0 ? malloc(side * row_size) : NULL;
    MPI_Gatherv(u + DEEP * side, counts[rank], MPI_DOUBLE, result, counts, places, MPI_DOUBLE, 0, team);
    MPI_Reduce(&leased.cores, &cores, 1, MPI_INT, MPI_SUM, 0, team);
    give_back(&leased);
    if (rank == 0) {
        code = report("jacobi", way, ranks, cores, seconds, is_right(result, side, steps));
    }
    MPI_Finalize();
    return code;
}
