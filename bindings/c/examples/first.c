/* The first call: cc -I$ROWEN/include -o first first.c -L$ROWEN/lib -lrowen && ./first ./libfunctions.so */
#include <rowen.h>
#include <stdio.h>

static int failed(const char *what, int code) {
    fprintf(stderr, "%s: %s: %s\n", what, rowen_error_name(code), rowen_last_error());
    return 1;
}

int main(int argc, char **argv) {
    rowen_client *client;
    rowen_lease *lease;
    rowen_function *echo;
    char answer[64];
    size_t length;

    int code = rowen_connect(NULL, &client); /* the cluster of ROWEN_CLUSTER, as `rowen up` wrote it */
    if (code != ROWEN_OK) {
        return failed("connect", code);
    }

    rowen_lease_options options;
    rowen_lease_options_init(&options);
    options.library = argc > 1 ? argv[1] : "./libfunctions.so";
    options.functions = "echo,black_scholes";
    code = rowen_lease_cores(client, &options, &lease);
    if (code != ROWEN_OK) {
        return failed("lease", code);
    }

    code = rowen_find(lease, "echo", &echo);
    if (code == ROWEN_OK) {
        code = rowen_invoke(echo, "second crop", 11, answer, sizeof answer, &length, 0);
    }
    if (code != ROWEN_OK) {
        return failed("invoke", code);
    }

    printf("%.*s, over %s\n", (int)length, answer, rowen_lease_provider(lease));
    rowen_release(lease);
    rowen_disconnect(client);
    return 0;
}
