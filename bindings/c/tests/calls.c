/* Every call of rowen.h on a real cluster, well and ill used. calls LIBRARY ROWEN, which is the program; prints what was not as it should be, and ends with 1 then. */
#include <dirent.h>
#include <pthread.h>
#include <rowen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "expect.h"

static const char *library;

static int32_t local_echo(const void *in, uint64_t in_size, void *out, uint64_t *out_size) {
    memcpy(out, in, in_size);
    *out_size = in_size;
    return 0;
}

static int threads(void) {
    DIR *folder = opendir("/proc/self/task");
    int count = -2; /* the folder itself and the one above */
    while (folder && readdir(folder)) count++;
    if (folder) closedir(folder);
    return count;
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
    int before = threads();
    for (int i = 0; i < 20000; i++) EXPECT(rowen_invoke(echo, in, 8, out, sizeof out, &length, 0) == ROWEN_OK);
    EXPECT(threads() <= before + 8); /* calls are done by their caller; the lease may be renewed meanwhile */
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

static void gathered_calls(rowen_client *client) {
    rowen_lease_options options = options_for("echo,fail");
    rowen_lease *lease = NULL;
    rowen_function *echo = NULL, *fail = NULL;
    rowen_call *call = NULL, *failing = NULL;
    EXPECT(rowen_lease_cores(client, &options, &lease) == ROWEN_OK);
    EXPECT(rowen_lease_name(lease)[0] == 'L');
    EXPECT(rowen_find(lease, "echo", &echo) == ROWEN_OK && rowen_find(lease, "fail", &fail) == ROWEN_OK);
    EXPECT(rowen_call_open(echo, &call) == ROWEN_OK && rowen_call_open(fail, &failing) == ROWEN_OK);
    EXPECT(rowen_call_open(NULL, &call) == ROWEN_BAD_ARGUMENT && rowen_call_open(echo, &call) == ROWEN_OK);

    size_t large = 3 << 20, length = 0;
    char *big = malloc(large);
    const void *out = NULL;
    for (size_t i = 0; i < large; i++) big[i] = (char)(i * 31);
    EXPECT(rowen_call_wait(call, 0, &out, &length) == ROWEN_BAD_ARGUMENT); /* nothing is under way */
    for (int round = 0; round < 3; round++) { /* more than there are slots, were they not given back */
        rowen_bytes pieces[] = {{"second ", 7}, {NULL, 0}, {"crop", 5}, {big, round == 1 ? large : 0}};
        EXPECT(rowen_call_start(call, pieces, 4, large + 100, 0) == ROWEN_OK);
        int code = ROWEN_AGAIN;
        for (int i = 0; i < 600 && code == ROWEN_AGAIN; i++) code = rowen_call_wait(call, 0.1, &out, &length);
        EXPECT(code == ROWEN_OK && length == 12 + (round == 1 ? large : 0) && strcmp(out, "second crop") == 0);
        EXPECT(round != 1 || memcmp((const char *)out + 12, big, large) == 0);
    }
    for (size_t room_size = 12; room_size <= large; room_size += large - 12) { /* in the slot, and beyond it */
        void *room = NULL;
        EXPECT(rowen_call_send(call, 100, 100, 0) == ROWEN_BAD_ARGUMENT); /* no such room was taken */
        EXPECT(rowen_call_room(call, room_size, &room, 0) == ROWEN_OK && room != NULL);
        memcpy(room, "second crop", 12);
        memcpy((char *)room + 12, big, room_size - 12);
        EXPECT(rowen_call_wait(call, 0, &out, &length) == ROWEN_BAD_ARGUMENT); /* it was not sent */
        EXPECT(rowen_call_send(call, room_size + 1, room_size, 0) == ROWEN_BAD_ARGUMENT && rowen_call_send(call, room_size, room_size, 0) == ROWEN_OK);
        EXPECT(rowen_call_wait(call, 60, &out, &length) == ROWEN_OK && length == room_size && memcmp(out, "second crop", 12) == 0);
        EXPECT(memcmp((const char *)out + 12, big, room_size - 12) == 0);
        EXPECT(rowen_call_send(call, room_size, room_size, 0) == ROWEN_BAD_ARGUMENT); /* once */
        EXPECT(rowen_call_room(call, room_size, &room, 0) == ROWEN_OK && rowen_call_send(call, 12, 12, 0) == ROWEN_OK); /* less than there is room for */
        EXPECT(rowen_call_wait(call, 60, &out, &length) == ROWEN_OK && length == 12);
        EXPECT(rowen_call_room(call, room_size, &room, 0) == ROWEN_OK && rowen_call_room(call, 8, &room, 0) == ROWEN_OK); /* another instead */
    }
    rowen_bytes piece = {big, 100};
    for (int i = 0; i < 10; i++) EXPECT(rowen_call_start(call, &piece, 1, 100, 0) == ROWEN_OK); /* starting ends what was under way */
    EXPECT(rowen_call_start(call, &piece, 1, 99, 0) == ROWEN_OK); /* fits into a slot, and not into what was said */
    EXPECT(rowen_call_wait(call, 60, &out, &length) == ROWEN_RESULT_TOO_LARGE);
    EXPECT(rowen_call_start(call, &piece, 1, 100, 0) == ROWEN_OK && rowen_call_wait(call, 60, &out, &length) == ROWEN_OK && length == 100);
    EXPECT(rowen_call_start(failing, &piece, 1, 100, 0) == ROWEN_OK);
    EXPECT(rowen_call_wait(failing, 60, &out, &length) == ROWEN_FUNCTION_FAILED);
    piece.data = NULL;
    EXPECT(rowen_call_start(call, &piece, 1, 100, 0) == ROWEN_BAD_ARGUMENT);
    EXPECT(rowen_call_close(call) == ROWEN_OK && rowen_call_close(failing) == ROWEN_OK && rowen_call_close(NULL) == ROWEN_OK);
    EXPECT(rowen_release(lease) == ROWEN_OK);
    free(big);
}

static void maps_that_are_asked(rowen_client *client) {
    enum { COUNT = 500 };
    static int64_t values[COUNT];
    rowen_bytes items[COUNT];
    rowen_lease_options options = options_for(NULL);
    rowen_map_limits limits = {sizeof limits, 1, 60, 60, 1};
    rowen_map_run *run = NULL;
    rowen_map_item item;
    for (int i = 0; i < COUNT; i++) {
        values[i] = i * 7;
        items[i] = (rowen_bytes){&values[i], sizeof values[i]};
    }
    EXPECT(rowen_map_start(client, &options, &limits, "echo", items, COUNT, &run) == ROWEN_OK);
    int count = 0, wrong = 0, code;
    while ((code = rowen_map_next(run, 1, &item)) == ROWEN_OK || code == ROWEN_AGAIN) {
        if (code == ROWEN_AGAIN) continue;
        count++;
        wrong += item.code != ROWEN_OK || item.size != 8 || memcmp(item.data, &values[item.index], 8) != 0 || item.duration_s <= 0;
    }
    EXPECT(code == ROWEN_DONE && count == COUNT && wrong == 0 && rowen_map_next(run, 1, &item) == ROWEN_DONE);
    EXPECT(rowen_map_end(run) == ROWEN_OK && rowen_map_end(NULL) == ROWEN_OK);
    EXPECT(rowen_map_start(client, &options, NULL, "echo", items, COUNT, &run) == ROWEN_OK && rowen_map_end(run) == ROWEN_OK); /* nobody asks */
    limits.size = 4;
    EXPECT(rowen_map_start(client, &options, &limits, "echo", items, COUNT, &run) == ROWEN_BAD_ARGUMENT && run == NULL);
    EXPECT(rowen_map_start(client, NULL, NULL, "echo", items, COUNT, &run) == ROWEN_BAD_ARGUMENT && run == NULL);
}

static int count_object(void *context, const char *name, uint64_t size, const char *version) {
    *(int *)context += size == 12 && strncmp(name, "field/", 6) == 0 && version != NULL;
    return 0;
}

static void store_is_one(rowen_client *client, const char *uri) {
    rowen_store *store = NULL;
    rowen_object *object = NULL;
    uint64_t size = 0;
    char text[16] = "";
    int count = 0;
    EXPECT(rowen_store_open(client, uri, &store) == ROWEN_OK);
    EXPECT(rowen_store_put(store, "field/one", "second crop", 12) == ROWEN_OK && rowen_store_copy(store, "field/one", "field/two") == ROWEN_OK);
    EXPECT(rowen_object_open(store, "field/two", &object, &size) == ROWEN_OK && size == 12);
    EXPECT(rowen_object_read(object, 7, text, 5) == ROWEN_OK && strcmp(text, "crop") == 0);
    EXPECT(rowen_object_read(object, 8, text, 5) == ROWEN_BAD_ARGUMENT);
    EXPECT(rowen_object_close(object) == ROWEN_OK && rowen_object_close(NULL) == ROWEN_OK);
    EXPECT(rowen_store_list(store, "field/", count_object, &count) == ROWEN_OK && count == 2);
    EXPECT(rowen_store_delete(store, "field/two") == ROWEN_OK && rowen_store_delete(store, "field/two") == ROWEN_NO_OBJECT);
    EXPECT(rowen_object_open(store, "field/two", &object, NULL) == ROWEN_NO_OBJECT && object == NULL);
    EXPECT(rowen_store_put(store, "", "", 0) == ROWEN_BAD_ARGUMENT && rowen_store_put(store, "empty", NULL, 0) == ROWEN_OK);
    EXPECT(rowen_store_close(store) == ROWEN_OK && rowen_store_close(NULL) == ROWEN_OK);
}

static void stores(rowen_client *client, const char *elsewhere) {
    rowen_store *store = NULL;
    EXPECT(rowen_store_open(NULL, "rowen-memory:?bytes=65536", &store) == ROWEN_BAD_ARGUMENT && store == NULL);
    EXPECT(rowen_store_open(client, "gopher:x", &store) == ROWEN_BAD_ARGUMENT);
    store_is_one(client, "rowen-memory:?bytes=65536");
    if (elsewhere) store_is_one(client, elsewhere);
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

static rowen_function *held;
static char held_in[256];

static void *call_what_holds(void *code) {
    char out[8];
    *(int *)code = rowen_invoke(held, held_in, sizeof held_in, out, sizeof out, NULL, 0);
    return NULL;
}

static void lease_that_is_ended_keeps_its_handles(rowen_client *client) {
    rowen_lease_options options = options_for("hold,echo");
    options.slots = 5;
    rowen_lease *lease = NULL;
    rowen_function *echo = NULL;
    rowen_request *answered = NULL, *waiting = NULL;
    rowen_call *gathered = NULL, *finished = NULL, *large_one = NULL;
    void *room = NULL;
    const void *result = NULL, *large_result = NULL;
    size_t size = 0;
    pthread_t thread;
    static char large[1 << 20];
    rowen_bytes piece = {large, sizeof large};
    char place[] = "/tmp/rowen-ended-XXXXXX", out[8] = "";
    int code = 0, is_done = 0;
    EXPECT(mkdtemp(place) != NULL);
    snprintf(held_in, sizeof held_in, "%s/held", place);
    EXPECT(rowen_lease_cores(client, &options, &lease) == ROWEN_OK);
    EXPECT(rowen_find(lease, "hold", &held) == ROWEN_OK && rowen_find(lease, "echo", &echo) == ROWEN_OK);
    EXPECT(rowen_call_open(echo, &gathered) == ROWEN_OK && rowen_call_open(echo, &finished) == ROWEN_OK && rowen_call_open(echo, &large_one) == ROWEN_OK);
    memset(large, 'r', sizeof large);
    EXPECT(rowen_call_start(large_one, &piece, 1, sizeof large, 0) == ROWEN_OK && rowen_call_wait(large_one, 20, &large_result, &size) == ROWEN_OK && size == sizeof large);
    EXPECT(rowen_submit(echo, "barley", 7, out, 8, 0, &answered) == ROWEN_OK);
    while (!is_done) EXPECT(rowen_test(answered, &is_done) == ROWEN_OK);
    EXPECT(rowen_call_room(finished, 5, &room, 0) == ROWEN_OK && memcpy(room, "oats", 5) != NULL && rowen_call_send(finished, 5, 8, 0) == ROWEN_OK);
    EXPECT(rowen_call_wait(finished, 20, &result, &size) == ROWEN_OK && size == 5);
    EXPECT(pthread_create(&thread, NULL, call_what_holds, &code) == 0);
    while (access(held_in, F_OK) != 0) usleep(1000);
    EXPECT(rowen_call_room(gathered, 64, &room, 0) == ROWEN_OK && room != NULL);

    EXPECT(rowen_lease_end(lease) == ROWEN_OK && rowen_lease_end(lease) == ROWEN_OK);

    EXPECT(pthread_join(thread, NULL) == 0 && (code == ROWEN_UNKNOWN || code == ROWEN_LEASE_RELEASED));
    EXPECT(rowen_wait(answered, &size) == ROWEN_OK && size == 7 && strcmp(out, "barley") == 0);
    EXPECT(memcmp(result, "oats", 5) == 0 && memset(room, 7, 64) != NULL);
    EXPECT(rowen_call_send(gathered, 64, 64, 0) == ROWEN_OK && rowen_call_wait(gathered, 20, &result, &size) == ROWEN_NOT_EXECUTED);
    EXPECT(rowen_invoke(echo, large, 8, out, 8, NULL, 0) == ROWEN_NOT_EXECUTED);
    EXPECT(rowen_invoke(echo, large, sizeof large, large, sizeof large, NULL, 0) == ROWEN_NOT_EXECUTED);
    EXPECT(rowen_submit(echo, large, 8, out, 8, 0, &waiting) == ROWEN_OK && rowen_wait(waiting, NULL) == ROWEN_NOT_EXECUTED);
    EXPECT(rowen_lease_is_held(lease) == 0 && rowen_lease_name(lease)[0] == 'L');
    EXPECT(rowen_call_close(gathered) == ROWEN_OK && rowen_release(lease) == ROWEN_OK);
    EXPECT(memcmp(result, "oats", 5) == 0 && memcmp(large_result, large, sizeof large) == 0); /* until they are closed */
    memset((void *)large_result, 0, sizeof large); /* the caller's own: Python lets people write there */
    EXPECT(rowen_call_close(finished) == ROWEN_OK && rowen_call_close(large_one) == ROWEN_OK);
    EXPECT(rowen_lease_end(NULL) == ROWEN_BAD_ARGUMENT);
    unlink(held_in);
    rmdir(place);
}

static void fork_is_refused(rowen_client *client) {
    int status = -1;
    rowen_lease *held = NULL;
    EXPECT(rowen_lease_cores(client, NULL, &held) == ROWEN_OK);
    pid_t child = fork();
    if (child == 0) {
        rowen_lease *lease = NULL;
        alarm(20); /* a hang is a failure too */
        _exit(rowen_lease_cores(client, NULL, &lease) == ROWEN_FORKED && rowen_lease_is_held(held) == 0 && rowen_disconnect(client) == ROWEN_FORKED ? 0 : 1);
    }
    EXPECT(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    EXPECT(rowen_lease_is_held(held) == 1 && rowen_release(held) == ROWEN_OK);
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
    EXPECT(threads() <= 2); /* this one, and the runtime's that finalizes */
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
        gathered_calls(client);
        maps_that_are_asked(client);
        stores(client, argc > 3 ? argv[3] : NULL);
        memory(client);
        lease_that_is_ended_keeps_its_handles(client);
        if (argc > 2) own_cluster(argv[2]);
        fork_is_refused(client);
    }
    EXPECT(rowen_disconnect(client) == ROWEN_OK && rowen_disconnect(NULL) == ROWEN_OK && rowen_release(NULL) == ROWEN_OK);
    printf("%d failures\n", failures);
    return failures != 0;
}
