/* A rank that calls before MPI_Init, between, and after MPI_Finalize, with an invocation under way while MPI begins and ends. lifecycle LIBRARY FOLDER WAY
 *
 * WAY: "orderly" gives everything back, after MPI_Finalize; "careless" gives nothing back. Prints what was not as it should be. */
#include <mpi.h>
#include <rowen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "expect.h"

static int echoes(rowen_function *echo) {
    char out[8];
    size_t length = 0;
    return rowen_invoke(echo, "a tenth", 8, out, 8, &length, 0) == ROWEN_OK && length == 8 && strcmp(out, "a tenth") == 0;
}

static int fork_is_refused(rowen_client *client, rowen_function *echo) {
    int status = -1;
    pid_t child = fork();
    if (child == 0) {
        char out[8];
        rowen_client *other = NULL;
        alarm(20); /* a hang is a failure too */
        _exit(rowen_invoke(echo, "a tenth", 8, out, 8, NULL, 0) == ROWEN_FORKED && rowen_connect(NULL, &other) == ROWEN_FORKED &&
                      strstr(rowen_last_error(), "fork") != NULL && rowen_disconnect(client) == ROWEN_FORKED
                  ? 0
                  : 1);
    }
    return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int main(int argc, char **argv) {
    char file[200], end[210];
    int is_done = 1, rank, ranks = 0, all = 0;
    rowen_client *client = NULL;
    rowen_lease *lease = NULL;
    rowen_function *echo = NULL, *hold = NULL;
    rowen_request *request = NULL;
    rowen_lease_options options;
    if (argc < 4) {
        return 2;
    }
    alarm(120); /* ends what hangs */
    snprintf(file, sizeof file, "%s/%d", argv[2], (int)getpid());
    snprintf(end, sizeof end, "%s.end", file);

    EXPECT(rowen_connect(NULL, &client) == ROWEN_OK);
    rowen_lease_options_init(&options);
    options.library = argv[1];
    options.functions = "echo,hold";
    options.duration_s = 2; /* what a careless rank leaves is free again soon */
    EXPECT(rowen_lease_cores(client, &options, &lease) == ROWEN_OK);
    EXPECT(rowen_find(lease, "echo", &echo) == ROWEN_OK && rowen_find(lease, "hold", &hold) == ROWEN_OK);
    EXPECT(echoes(echo));

    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    EXPECT(echoes(echo));
    EXPECT(fork_is_refused(client, echo));
    EXPECT(echoes(echo)); /* the parent is as it was */
    EXPECT(rowen_submit(hold, file, strlen(file) + 1, NULL, 0, 0, &request) == ROWEN_OK);
    rank = 1;
    MPI_Allreduce(&rank, &all, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    EXPECT(all == ranks);
    MPI_Finalize(); /* does not wait for what is under way: that ends only after the next line */
    EXPECT(rowen_test(request, &is_done) == ROWEN_OK && !is_done);
    FILE *let_go = fopen(end, "w");
    EXPECT(let_go != NULL && fclose(let_go) == 0);
    if (strcmp(argv[3], "orderly") == 0) {
        EXPECT(rowen_wait(request, NULL) == ROWEN_OK);
        EXPECT(echoes(echo));
        EXPECT(rowen_release(lease) == ROWEN_OK);
        EXPECT(rowen_disconnect(client) == ROWEN_OK);
    }
    printf("%d failures\n", failures);
    return failures != 0;
}
