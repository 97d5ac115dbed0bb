/* Every call of rowen.h on a real cluster, well and ill used. calls LIBRARY ROWEN, which is the program; prints what was not as it should be, and ends with 1 then. */
#include <rowen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int failures;

#define EXPECT(condition) \
    do { \
        if (!(condition)) { \
            printf("%s:%d: %s; last error: %s\n", __FILE__, __LINE__, #condition, rowen_last_error()); \
            failures++; \
        } \
    } while (0)

static const char *library;

static int32_t local_echo(const void *in, uint64_t in_size, void *out, uint64_t *out_size) {
    memcpy(out, in, in_size);
    *out_size = in_size;
    return 0;
}

static rowen_lease_options options_for(const char *functions) {
    rowen_lease_options options;
    rowen_lease_options_init(&options);
    options.library = library;
    options.functions = functions;
    return options;
}

static void invocations(rowen_client *client) {
    rowen_lease_options options = options_for("echo,black_scholes");
    rowen_lease *lease = NULL;
    rowen_function *echo = NULL, *again = NULL;
    EXPECT(rowen_lease_cores(client, &options, &lease) == ROWEN_OK);
    EXPECT(rowen_lease_is_held(lease) == 1);
    EXPECT(strlen(rowen_lease_provider(lease)) >= 3);
    EXPECT(rowen_find(lease, "echo", &echo) == ROWEN_OK);
    EXPECT(rowen_find(lease, "echo", &again) == ROWEN_OK && again == echo);
    EXPECT(rowen_find(lease, "ocho", &again) == ROWEN_UNKNOWN_FUNCTION && again == NULL);
    EXPECT(strstr(rowen_last_error(), "ocho") != NULL);

    char in[100], out[100];
    size_t length = 77;
    for (int i = 0; i < 100; i++) in[i] = (char)i;
    for (int size = 0; size <= 100; size += 50) {
        memset(out, 0, sizeof out);
        EXPECT(rowen_invoke(echo, in, size, out, sizeof out, &length, 0) == ROWEN_OK && length == (size_t)size && memcmp(in, out, size) == 0);
    }
    EXPECT(rowen_invoke(echo, NULL, 0, NULL, 0, NULL, 1.0) == ROWEN_OK);
    EXPECT(rowen_invoke(echo, in, 100, out, 10, &length, 0) == ROWEN_RESULT_TOO_LARGE);
    EXPECT(rowen_invoke(echo, NULL, 5, out, sizeof out, &length, 0) == ROWEN_BAD_ARGUMENT);
    EXPECT(rowen_invoke(NULL, in, 5, out, sizeof out, &length, 0) == ROWEN_BAD_ARGUMENT);
    EXPECT(rowen_invoke((rowen_function *)lease, in, 5, out, sizeof out, &length, 0) == ROWEN_BAD_ARGUMENT);
    EXPECT(rowen_invoke(echo, in, 5, out, sizeof out, &length, -1) == ROWEN_BAD_ARGUMENT);

    size_t large = 3 << 20;
    char *big = malloc(large), *back = calloc(1, large);
    for (size_t i = 0; i < large; i++) big[i] = (char)(i * 31);
    EXPECT(rowen_invoke(echo, big, large, back, large, &length, 0) == ROWEN_OK && length == large && memcmp(big, back, large) == 0);
    free(big);
    free(back);

    rowen_request *requests[4], *one_more = NULL;
    char results[4][8];
    for (int i = 0; i < 4; i++) EXPECT(rowen_submit(echo, in + i, 8, results[i], 8, 0, &requests[i]) == ROWEN_OK);
    int code = rowen_submit(echo, in, 8, out, 8, 0, &one_more);
    EXPECT(code == ROWEN_AGAIN && one_more == NULL);
    int is_done = 0;
    while (!is_done) EXPECT(rowen_test(requests[3], &is_done) == ROWEN_OK);
    for (int i = 3; i >= 0; i--) EXPECT(rowen_wait(requests[i], &length) == ROWEN_OK && length == 8 && memcmp(results[i], in + i, 8) == 0);

    int ran_locally = 7;
    EXPECT(rowen_invoke_or_run(echo, local_echo, in, 9, out, sizeof out, &length, &ran_locally, 0) == ROWEN_OK && ran_locally == 0 && length == 9);
    for (int i = 0; i < 4; i++) EXPECT(rowen_submit(echo, in + i, 8, results[i], 8, 0, &requests[i]) == ROWEN_OK);
    EXPECT(rowen_invoke_or_run(echo, local_echo, in, 9, out, sizeof out, &length, &ran_locally, 0) == ROWEN_OK && ran_locally == 1 && length == 9);
    for (int i = 0; i < 4; i++) EXPECT(rowen_wait(requests[i], NULL) == ROWEN_OK);

    EXPECT(rowen_release(lease) == ROWEN_OK);
}

static void failing_functions(rowen_client *client) {
    rowen_lease_options options = options_for("fail,crash,echo");
    rowen_lease *lease = NULL;
    rowen_function *fail = NULL, *crash = NULL, *echo = NULL;
    char in[8] = "intact", out[8];
    EXPECT(rowen_lease_cores(client, &options, &lease) == ROWEN_OK);
    EXPECT(rowen_find(lease, "fail", &fail) == ROWEN_OK && rowen_find(lease, "crash", &crash) == ROWEN_OK && rowen_find(lease, "echo", &echo) == ROWEN_OK);
    EXPECT(rowen_invoke(fail, in, 8, out, 8, NULL, 0) == ROWEN_FUNCTION_FAILED);
    int code = rowen_invoke(crash, in, 8, out, 8, NULL, 0);
    EXPECT(code == ROWEN_EXECUTOR_CRASHED || code == ROWEN_UNKNOWN);
    EXPECT(strcmp(in, "intact") == 0);
    EXPECT(rowen_lease_is_held(lease) == 0 && strlen(rowen_last_error()) > 0);
    int ran_locally = 0;
    EXPECT(rowen_invoke_or_run(echo, local_echo, in, 8, out, 8, NULL, &ran_locally, 0) == ROWEN_OK && ran_locally == 1 && strcmp(out, "intact") == 0);
    EXPECT(rowen_release(lease) == ROWEN_OK);
}

struct seen {
    int count, wrong, stop_after;
};

static int see(void *context, size_t index, int code, const void *data, size_t size) {
    struct seen *seen = context;
    seen->count++;
    seen->wrong += index == 1 ? code != ROWEN_OK || size != 0 : code != ROWEN_OK || size != 10 * (index + 1) || ((const char *)data)[size - 1] != (char)index;
    return seen->count == seen->stop_after;
}

static int see_failure(void *context, size_t index, int code, const void *data, size_t size) {
    (void)index;
    *(int *)context += code == ROWEN_FUNCTION_FAILED && size > 10 && memchr(data, 0, size) == NULL;
    return 0;
}

static void maps_of_any_size(rowen_client *client) {
    enum { COUNT = 200 };
    rowen_bytes items[COUNT];
    rowen_lease_options options = options_for(NULL);
    struct seen seen = {0, 0, 0};
    for (size_t i = 0; i < COUNT; i++) {
        items[i].size = i == 1 ? 0 : 10 * (i + 1);
        items[i].data = malloc(10 * (i + 1));
        memset((char *)items[i].data, (int)i, 10 * (i + 1));
    }
    EXPECT(rowen_map_each(client, &options, "echo", items, COUNT, see, &seen) == ROWEN_OK && seen.count == COUNT && seen.wrong == 0);
    struct seen few = {0, 0, 3};
    EXPECT(rowen_map_each(client, &options, "echo", items, COUNT, see, &few) == ROWEN_OK && few.count == 3 && few.wrong == 0);
    int failed = 0;
    EXPECT(rowen_map_each(client, &options, "fail", items, 5, see_failure, &failed) == ROWEN_OK && failed == 5);
    EXPECT(rowen_map_each(client, &options, "echo", items, COUNT, NULL, NULL) == ROWEN_BAD_ARGUMENT);
    for (size_t i = 0; i < COUNT; i++) free((void *)items[i].data);
}

static void maps(rowen_client *client) {
    enum { COUNT = 5000 };
    static int64_t items[COUNT], results[COUNT];
    rowen_lease_options options = options_for(NULL);
    for (int i = 0; i < COUNT; i++) items[i] = i * 7;
    EXPECT(rowen_map(client, &options, "echo", items, sizeof items[0], COUNT, results, sizeof results[0]) == ROWEN_OK);
    EXPECT(memcmp(items, results, sizeof items) == 0);
    EXPECT(rowen_map(client, &options, "echo", NULL, 8, 0, NULL, 8) == ROWEN_OK);
    EXPECT(rowen_map(client, &options, "echo", items, 8, 10, results, 4) == ROWEN_RESULT_TOO_LARGE);
    EXPECT(rowen_map(client, &options, "fail", items, 8, 10, results, 8) == ROWEN_FUNCTION_FAILED);
    EXPECT(rowen_map(client, NULL, "echo", items, 8, 10, results, 8) == ROWEN_BAD_ARGUMENT);
}

static void memory(rowen_client *client) {
    rowen_memory *memory = NULL;
    char text[16] = "";
    EXPECT(rowen_memory_lease(client, 1 << 20, 1, &memory) == ROWEN_OK);
    EXPECT(rowen_memory_write(memory, 1000, "second crop", 12) == ROWEN_OK);
    EXPECT(rowen_memory_read(memory, 1000, text, 12) == ROWEN_OK && strcmp(text, "second crop") == 0);
    EXPECT(rowen_memory_read(memory, 0, text, 12) == ROWEN_OK && text[0] == 0);
    EXPECT(rowen_memory_read(memory, (1 << 20) - 4, text, 12) == ROWEN_BAD_ARGUMENT);
    EXPECT(rowen_memory_read(memory, UINT64_MAX - 4, text, 12) == ROWEN_BAD_ARGUMENT);
    EXPECT(rowen_memory_release(memory) == ROWEN_OK);
    EXPECT(rowen_memory_lease(client, 0, 1, &memory) == ROWEN_BAD_ARGUMENT && memory == NULL);
}

static void fork_is_refused(rowen_client *client) {
    int status = -1;
    pid_t child = fork();
    if (child == 0) {
        rowen_lease *lease = NULL;
        alarm(20); /* a hang is a failure too */
        _exit(rowen_lease_cores(client, NULL, &lease) == ROWEN_FORKED && rowen_disconnect(client) == ROWEN_FORKED ? 0 : 1);
    }
    EXPECT(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void own_cluster(const char *rowen) {
    rowen_client *client = NULL;
    rowen_lease *lease = NULL;
    EXPECT(rowen_start_local("/nowhere", 1, &client) != ROWEN_OK && client == NULL);
    EXPECT(rowen_start_local(rowen, 1, &client) == ROWEN_OK);
    EXPECT(rowen_lease_cores(client, NULL, &lease) == ROWEN_OK);
    EXPECT(rowen_disconnect(client) == ROWEN_OK); /* with its leases */
    EXPECT(rowen_lease_is_held(lease) == 0);
    EXPECT(rowen_release(lease) == ROWEN_OK);
}

int main(int argc, char **argv) {
    rowen_client *client = NULL;
    library = argc > 1 ? argv[1] : "./libfunctions.so";
    EXPECT(strlen(rowen_version()) > 0 && strcmp(rowen_error_name(ROWEN_NOT_EXECUTED), "NotExecuted") == 0 && strcmp(rowen_error_name(ROWEN_OK), "Ok") == 0);
    EXPECT(strcmp(rowen_last_error(), "") == 0);
    EXPECT(rowen_connect("/nowhere/cluster.json", &client) == ROWEN_BAD_CLUSTER_FILE && client == NULL && strstr(rowen_last_error(), "/nowhere") != NULL);
    EXPECT(rowen_connect(NULL, NULL) == ROWEN_BAD_ARGUMENT);
    struct sigaction before, after;
    sigaction(SIGINT, NULL, &before);
    EXPECT(rowen_connect(NULL, &client) == ROWEN_OK);
    sigaction(SIGINT, NULL, &after);
    EXPECT(before.sa_handler == after.sa_handler);
    if (failures == 0) {
        invocations(client);
        failing_functions(client);
        maps(client);
        maps_of_any_size(client);
        memory(client);
        if (argc > 2) own_cluster(argv[2]);
        fork_is_refused(client);
    }
    EXPECT(rowen_disconnect(client) == ROWEN_OK && rowen_disconnect(NULL) == ROWEN_OK && rowen_release(NULL) == ROWEN_OK);
    printf("%d failures\n", failures);
    return failures != 0;
}
