/* A program that gives back what it has while the cluster's processes stand still: everything must return. finalize LIBRARY FILE PID... */
#include <rowen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "expect.h"

int main(int argc, char **argv) {
    rowen_client *client = NULL;
    rowen_lease *lease = NULL;
    rowen_function *hold = NULL;
    rowen_request *request = NULL;
    rowen_lease_options options;
    if (argc < 4) return 2;
    rowen_lease_options_init(&options);
    options.library = argv[1];
    options.functions = "hold";
    EXPECT(rowen_connect(NULL, &client) == ROWEN_OK && rowen_lease_cores(client, &options, &lease) == ROWEN_OK);
    EXPECT(rowen_find(lease, "hold", &hold) == ROWEN_OK && rowen_submit(hold, argv[2], strlen(argv[2]) + 1, NULL, 0, 0, &request) == ROWEN_OK);
    for (int i = 3; i < argc; i++) EXPECT(kill(atoi(argv[i]), SIGSTOP) == 0);
    alarm(60); /* ends what hangs */
    EXPECT(rowen_release(lease) == ROWEN_OK);
    EXPECT(rowen_disconnect(client) == ROWEN_OK);
    alarm(0);
    for (int i = 3; i < argc; i++) EXPECT(kill(atoi(argv[i]), SIGCONT) == 0);
    printf("%d failures\n", failures);
    return failures != 0;
}
