// Ping-pong and a stream of writes over MPI, to stand beside Rowen's in the same table. Two ranks:
//
//   mpirun -np 2 pingpong CORE_OF_0 CORE_OF_1 SIZE,SIZE,... STREAM_BYTES STREAM_COUNT IN_FLIGHT
//
// Rank 0 says, for each size, "hot BYTES NS" (median of batches) and at the end "stream BYTES NS" (one message).
#define _GNU_SOURCE
#include <mpi.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WARM_UP = 200, BATCHES = 40, BATCH_NS = 2000000, MAX_IN_FLIGHT = 64 };

static int rank;

static int compare(const void *left, const void *right) {
    double difference = *(const double *)left - *(const double *)right;
    return (difference > 0) - (difference < 0);
}

static void echo(char *buffer, int bytes, int count) {
    for (int i = 0; i < count; i++) {
        if (rank == 0) MPI_Send(buffer, bytes, MPI_BYTE, 1, 0, MPI_COMM_WORLD);
        MPI_Recv(buffer, bytes, MPI_BYTE, 1 - rank, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        if (rank == 1) MPI_Send(buffer, bytes, MPI_BYTE, 0, 0, MPI_COMM_WORLD);
    }
}

static void measure(char *buffer, int bytes) {
    double medians[BATCHES], began = MPI_Wtime();
    echo(buffer, bytes, WARM_UP);
    int calls = (int)(BATCH_NS / ((MPI_Wtime() - began) / WARM_UP * 1e9)) + 1;
    MPI_Bcast(&calls, 1, MPI_INT, 0, MPI_COMM_WORLD); // both must agree how often
    for (int i = 0; i < BATCHES; i++) {
        began = MPI_Wtime();
        echo(buffer, bytes, calls);
        medians[i] = (MPI_Wtime() - began) / calls * 1e9;
    }
    qsort(medians, BATCHES, sizeof *medians, compare);
    if (rank == 0) printf("hot %d %.0f\n", bytes, medians[BATCHES / 2]);
}

static void stream(char *buffer, int bytes, int count, int in_flight) {
    MPI_Request requests[MAX_IN_FLIGHT];
    double began = 0;
    char credit = 0;
    for (int round = 0; round < 2; round++) { // the first to warm up
        MPI_Barrier(MPI_COMM_WORLD);
        began = MPI_Wtime();
        for (int i = 0; i < count; i += in_flight) {
            for (int j = 0; j < in_flight; j++) {
                char *place = buffer + (size_t)j * (size_t)bytes;
                if (rank == 0) MPI_Isend(place, bytes, MPI_BYTE, 1, j, MPI_COMM_WORLD, &requests[j]);
                else MPI_Irecv(place, bytes, MPI_BYTE, 0, j, MPI_COMM_WORLD, &requests[j]);
            }
            MPI_Waitall(in_flight, requests, MPI_STATUSES_IGNORE);
        }
        if (rank == 1) MPI_Send(&credit, 1, MPI_BYTE, 0, 0, MPI_COMM_WORLD);
        else MPI_Recv(&credit, 1, MPI_BYTE, 1, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    }
    if (rank == 0) printf("stream %d %.0f\n", bytes, (MPI_Wtime() - began) / count * 1e9);
}

int main(int argc, char **argv) {
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (argc != 7 || atoi(argv[6]) < 1 || atoi(argv[6]) > MAX_IN_FLIGHT) {
        fprintf(stderr, "usage: pingpong CORE_OF_0 CORE_OF_1 SIZE,... STREAM_BYTES STREAM_COUNT IN_FLIGHT\n");
        MPI_Abort(MPI_COMM_WORLD, 2);
    }
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET((size_t)atoi(argv[1 + rank]), &cores);
    sched_setaffinity(0, sizeof cores, &cores);
    int stream_bytes = atoi(argv[4]), count = atoi(argv[5]), in_flight = atoi(argv[6]);
    int most = stream_bytes * in_flight;
    for (const char *at = argv[3]; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) most = atoi(at) > most ? atoi(at) : most;
    char *buffer = malloc((size_t)most);
    memset(buffer, 1, (size_t)most);
    for (const char *at = argv[3]; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) measure(buffer, atoi(at));
    stream(buffer, stream_bytes, count - count % in_flight, in_flight);
    free(buffer);
    MPI_Finalize();
    return 0;
}
