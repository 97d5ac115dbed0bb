/* Leases that are taken back while their functions run; `hold` of failing.c tells the test when. reclaimed LIBRARY FILE FILE: prints how each call ended. */
#include <rowen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LARGE = 1 << 20 }; /* beyond the slot: by rendezvous */

static rowen_client *client;
static rowen_lease *lease;
static rowen_function *echo, *hold;

static void say(const char *what, int code) { printf("%s: %s\n", what, rowen_error_name(code)); }

static int32_t local_echo(const void *in, uint64_t in_size, void *out, uint64_t *out_size) {
    memcpy(out, in, in_size);
    *out_size = in_size;
    return 0;
}

static void take_a_core(const char *library) {
    rowen_lease_options options;
    rowen_lease_options_init(&options);
    options.library = library;
    options.functions = "echo,hold";
    int code = rowen_lease_cores(client, &options, &lease);
    if (code == ROWEN_OK) code = rowen_find(lease, "echo", &echo);
    if (code == ROWEN_OK) code = rowen_find(lease, "hold", &hold);
    say("lease", code);
}

int main(int argc, char **argv) {
    static char runs[LARGE], waits[LARGE], out[LARGE], before[2][LARGE];
    rowen_request *running, *waiting;
    int ran_locally = 0;
    if (argc < 4 || rowen_connect(NULL, &client) != ROWEN_OK) {
        return 2;
    }
    alarm(120); /* ends what hangs */

    /* One that runs and one that waits behind it, as requests. */
    take_a_core(argv[1]);
    memset(runs, 'r', LARGE);
    memset(waits, 'w', LARGE);
    strcpy(runs, argv[2]);
    memcpy(before[0], runs, LARGE);
    memcpy(before[1], waits, LARGE);
    say("submit", rowen_submit(hold, runs, LARGE, out, LARGE, 0, &running));
    say("submit", rowen_submit(echo, waits, LARGE, out, LARGE, 0, &waiting));
    say("ran", rowen_wait(running, NULL));
    printf("it says why: %s\n", strlen(rowen_last_error()) > 20 ? "yes" : "no");
    say("waited", rowen_wait(waiting, NULL));
    printf("inputs: %s\n", memcmp(before[0], runs, LARGE) == 0 && memcmp(before[1], waits, LARGE) == 0 ? "intact" : "changed");
    printf("held: %d\n", rowen_lease_is_held(lease));
    say("invoke", rowen_invoke(echo, waits, LARGE, out, LARGE, NULL, 0));
    say("invoke or run", rowen_invoke_or_run(echo, local_echo, waits, LARGE, out, LARGE, NULL, &ran_locally, 0));
    printf("locally: %d, %s\n", ran_locally, memcmp(waits, out, LARGE) == 0 ? "right" : "wrong");
    say("release", rowen_release(lease));

    /* One that is waited for in the call itself. */
    take_a_core(argv[1]);
    strcpy(runs, argv[3]);
    memcpy(before[0], runs, LARGE);
    say("invoke", rowen_invoke(hold, runs, LARGE, out, LARGE, NULL, 0));
    printf("input: %s\n", memcmp(before[0], runs, LARGE) == 0 ? "intact" : "changed");
    say("release", rowen_release(lease));

    take_a_core(argv[1]);
    say("invoke", rowen_invoke(echo, waits, LARGE, out, LARGE, NULL, 0));
    say("release", rowen_release(lease));
    say("disconnect", rowen_disconnect(client));
    return 0;
}
