/*
 * rowen.h: functions on leased cores, called from C. The client of Rowen as one shared library, librowen.so.
 *
 * Every call that can fail returns a code: ROWEN_OK, or what went wrong (rowen_error_name gives its name). rowen_last_error is a sentence
 * about the last failure of the calling thread: what was attempted, on what, and what to do.
 *
 * Threads: any thread may call anything with any handle, but one request is one thread's at a time, and a handle that was given back is nobody's. What
 * blocks spins on the caller's thread while the executor is hot, and sleeps when it is not. The library starts threads of its own at rowen_connect,
 * which renew leases and speak with the manager; none of them runs a function of yours. The first call starts the runtime that is in the library: it takes
 * SIGSEGV and SIGFPE (and passes on what is not its own) and a real-time signal for itself, and ignores SIGPIPE; handlers that you want to be asked first are installed after
 * it. Others, such as SIGINT and SIGTERM, are not touched. MPI: connect before or after MPI_Init, disconnect before or after MPI_Finalize.
 *
 * After fork, the child cannot use the library: calls return ROWEN_FORKED. Connect in the child after exec, or fork first.
 */
#ifndef ROWEN_H
#define ROWEN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a call ended with. Codes of the cluster are those that every other part of Rowen shows. */
enum {
    ROWEN_OK = 0,
    ROWEN_AGAIN = 1,        /* every slot is taken: end a request first */
    ROWEN_BAD_ARGUMENT = 2, /* NULL where something must be, a number outside of its range, a handle of another kind */
    ROWEN_FORKED = 3,       /* this process is a fork of the one that loaded the library */
    ROWEN_DONE = 4,         /* nothing more comes */
    ROWEN_NO_OBJECT = 5,    /* the store has no object of that name */
    ROWEN_CAPACITY_EXHAUSTED = 100,
    ROWEN_LEASE_ENDED = 101,
    ROWEN_LEASE_EXPIRED = 102,
    ROWEN_LEASE_RELEASED = 103,
    ROWEN_LEASE_REVOKED = 104, /* taken back: by the batch system, or an administrator */
    ROWEN_QUEUE_FULL = 105,
    ROWEN_UNKNOWN_LEASE = 106,
    ROWEN_WAITED_TOO_LONG = 107,
    ROWEN_LIMIT_EXCEEDED = 108, /* a limit of the user or account, which waiting would not change */
    ROWEN_FUNCTION_FAILED = 200,   /* it ran, and threw or returned a code other than 0 */
    ROWEN_DEADLINE_EXCEEDED = 201, /* it may have run */
    ROWEN_NOT_EXECUTED = 202,      /* provably never started: safe to call again, elsewhere */
    ROWEN_UNKNOWN = 203,           /* the executor was lost: it ran not, once, or in part */
    ROWEN_UNKNOWN_FUNCTION = 204,
    ROWEN_WRONG_SIGNATURE = 205,
    ROWEN_INPUT_TOO_LARGE = 206,
    ROWEN_RESULT_TOO_LARGE = 207,
    ROWEN_OUTPUT_OVERRUN = 208,
    ROWEN_FUNCTION_EXITED_PROCESS = 209,
    ROWEN_EXECUTOR_CRASHED = 210,
    ROWEN_OUT_OF_MEMORY = 211,
    ROWEN_MALFORMED_INPUT = 212,
    ROWEN_CANNOT_SHIP = 213,
    ROWEN_COMMAND_FAILED = 214,
    ROWEN_COMMAND_NOT_STARTED = 215,
    ROWEN_PEER_LOST = 300,
    ROWEN_MALFORMED_MESSAGE = 301,
    ROWEN_OTHER_VERSION = 302,
    ROWEN_NOT_AUTHENTICATED = 303,
    ROWEN_NO_PROVIDER = 304,
    ROWEN_STALE_MEMORY = 305,
    ROWEN_PACKAGE_HASH_DIFFERS = 400,
    ROWEN_UNKNOWN_PACKAGE = 401,
    ROWEN_PACKAGE_UNUSABLE = 402,
    ROWEN_PACKAGE_TOO_LARGE = 403,
    ROWEN_BAD_REQUEST = 500,
    ROWEN_MANAGER_UNREACHABLE = 501,
    ROWEN_STORAGE_FAILED = 502,
    ROWEN_BAD_CLUSTER_FILE = 503,
    ROWEN_STATE_FOLDER_IN_USE = 504,
    ROWEN_UNKNOWN_NODE = 505,
    ROWEN_BATCH_SYSTEM_FAILED = 506,
    ROWEN_INTERNAL = 599,
    ROWEN_UNKNOWN_JOB = 600,
    ROWEN_JOB_DAMAGED = 601,
    ROWEN_JOB_IN_USE = 602,
    ROWEN_JOB_NOT_READY = 603,
    ROWEN_STORE_FAILED = 700
};

typedef struct rowen_client rowen_client;     /* a connection with a cluster */
typedef struct rowen_lease rowen_lease;       /* cores of one node, and the executor on them */
typedef struct rowen_function rowen_function; /* a function on a lease */
typedef struct rowen_request rowen_request;   /* an invocation under way */
typedef struct rowen_memory rowen_memory;     /* leased memory of another process or node */
typedef struct rowen_call rowen_call;         /* a function with room of its own, which is called again and again */
typedef struct rowen_map_run rowen_map_run;   /* a map under way */
typedef struct rowen_store rowen_store;       /* an object store */
typedef struct rowen_object rowen_object;     /* an object of a store, as it was when it was opened */

/* The form of a function, here and in the libraries that executors load. *out_size says how much room there is, and then how long the result is.
 * Returns 0; anything else is ROWEN_FUNCTION_FAILED at the caller.
 *
 * Where results differ much in length, a function `f` may have a second part, `int32_t f_rowen_result(void *out)`, beside it in the library. There is then less room at first; a result that
 * needs more is not written by `f`, which says its length and returns 0; and `f_rowen_result`, called next on the same thread, writes it to room of that length. */
typedef int32_t (*rowen_native_function)(const void *in, uint64_t in_size, void *out, uint64_t *out_size);

/* What to lease, and what executors load. Fill it with rowen_lease_options_init, then change what should differ: what is 0 or NULL has its default. */
typedef struct rowen_lease_options {
    uint32_t size;             /* of this struct; set by rowen_lease_options_init */
    int32_t cores;             /* all on one node: 1 if not said otherwise */
    int32_t slots;             /* invocations under way on each core, from 1 to 32: 4 */
    int32_t is_impatient;      /* not 0: fails where the cluster is full, instead of waiting */
    int64_t memory_bytes;      /* 0: the cores' share of the node */
    int64_t slot_bytes;        /* what travels at once, a multiple of 64; larger inputs and results go by rendezvous: 65,536 */
    double duration_s;         /* how long the lease outlives this process: 60; it is renewed by itself */
    double hot_window_s;       /* how long idle cores poll before they sleep: 0.0001; negative: for ever */
    double max_wait_s;         /* how long to wait in a full cluster: 600 */
    const char *provider;      /* "shm", "tcp" or "ofi"; NULL: the fastest that both ends share */
    const char *library;       /* a shared library that executors load; or NULL */
    const char *functions;     /* its functions, separated by commas; NULL: the one that rowen_map calls */
    const char *package;       /* instead of a library, a folder with a file rowen.functions, or with .NET code; or NULL */
} rowen_lease_options;

/* ---- errors ------------------------------------------------------------------------------------------------------------------------------- */

/* The library's version: a string that lives as long as the process. */
const char *rowen_version(void);

/* The name of a code, such as "NotExecuted". Lives as long as the process. */
const char *rowen_error_name(int code);

/* What the calling thread's last failure was about; "" if there was none. Valid until the thread's next failure. Never NULL. */
const char *rowen_last_error(void);

/* ---- clusters ----------------------------------------------------------------------------------------------------------------------------- */

/* Connects to a running cluster. cluster_file is what `rowen up` wrote; NULL: ROWEN_CLUSTER, else ~/.rowen/cluster.json. */
int rowen_connect(const char *cluster_file, rowen_client **client);

/* Starts a cluster on this machine that ends with this process. rowen_path is the program `rowen` or its folder; NULL: PATH. cores 0: all. */
int rowen_start_local(const char *rowen_path, int32_t cores, rowen_client **client);

/* Gives everything back that was leased through the client, and the client itself. NULL is no error. Bounded: a few seconds where nothing answers. */
int rowen_disconnect(rowen_client *client);

/* ---- leases and functions ----------------------------------------------------------------------------------------------------------------- */

/* Sets the defaults above. */
void rowen_lease_options_init(rowen_lease_options *options);

/* Takes a lease; waits while the cluster is full. options NULL: one core, and no function. */
int rowen_lease_cores(rowen_client *client, const rowen_lease_options *options, rowen_lease **lease);

/* Gives the lease back, with its functions. Wait for its requests first: those that were not are lost, and waiting for them is an error. NULL is no error. */
int rowen_release(rowen_lease *lease);

/* Gives the lease's cores back and keeps its handles, rooms and results until rowen_release: for another thread than the one that calls its functions. What has been answered can
 * still be waited for. What was under way ends with ROWEN_UNKNOWN or ROWEN_LEASE_RELEASED, or with ROWEN_NOT_EXECUTED if it had not begun, as does every later call. Again: no error. */
int rowen_lease_end(rowen_lease *lease);

/* 1 while the lease is held; 0 once it has ended, with the reason in rowen_last_error. */
int rowen_lease_is_held(rowen_lease *lease);

/* The fabric provider that the lease uses: "shm", "tcp", "ofi". Valid as long as the lease. */
const char *rowen_lease_provider(rowen_lease *lease);

/* What people and `rowen logs` call the lease: "L7". Valid as long as the lease. */
const char *rowen_lease_name(rowen_lease *lease);

/* A function of what the lease has loaded, for bytes. Valid as long as the lease. */
int rowen_find(rowen_lease *lease, const char *name, rowen_function **function);

/* ---- invocations -------------------------------------------------------------------------------------------------------------------------- */

/* Runs a function and waits; first for a slot, if all are taken: a thread whose own requests hold them must wait for one of those before. Any size up to 2 GiB less one byte. deadline_s 0: none. out_size may be NULL.
 * After a failure the input is untouched, and out may hold anything. */
int rowen_invoke(rowen_function *function, const void *in, size_t in_size, void *out, size_t out_capacity, size_t *out_size, double deadline_s);

/* Begins an invocation and returns at once: ROWEN_AGAIN if every slot of the lease is taken. The input is copied before this returns; the result goes
 * to `out` in rowen_wait, and not before. Wait for every request before its lease is released. */
int rowen_submit(rowen_function *function, const void *in, size_t in_size, void *out, size_t out_capacity, double deadline_s, rowen_request **request);

/* Looks once: *is_done 1 if rowen_wait would not wait. */
int rowen_test(rowen_request *request, int *is_done);

/* Waits for the result, and gives the request back, whatever it ended with. */
int rowen_wait(rowen_request *request, size_t *out_size);

/* Runs the function there if a slot is free now, and `local` on this thread otherwise; `local` too if the invocation was provably not begun, as when
 * the lease was taken back. *ran_locally (may be NULL) says which. */
int rowen_invoke_or_run(rowen_function *function, rowen_native_function local, const void *in, size_t in_size, void *out, size_t out_capacity,
                        size_t *out_size, int *ran_locally, double deadline_s);

/* Bytes that lie somewhere. */
typedef struct rowen_bytes {
    const void *data;
    size_t size;
} rowen_bytes;

/* For inputs in several pieces and for large results: the pieces are copied once, to where the executor reads them, and the result is read where it came. A call is made once
 * and started again and again; starting it ends what it had under way. One thread at a time. Its result can be read until it is closed, also when its lease has been released. */
int rowen_call_open(rowen_function *function, rowen_call **call);

/* Sends the pieces as one input; waits for a slot first, if none is free. Results of more than out_capacity bytes are refused. deadline_s 0: none. */
int rowen_call_start(rowen_call *call, const rowen_bytes *pieces, size_t count, size_t out_capacity, double deadline_s);

/* Registered memory: *room has `size` bytes for the next input, which the executor reads where they lie, so that nothing is copied over shm. Waits for a slot first, if none is
 * free, until deadline_s at most (0: none). Ends what the call had under way. The room is valid until the call is sent, started or closed, also when the lease has ended. */
int rowen_call_room(rowen_call *call, size_t size, void **room, double deadline_s);

/* Sends the first `size` bytes of the room, once. The rest is as in rowen_call_start. */
int rowen_call_send(rowen_call *call, size_t size, size_t out_capacity, double deadline_s);

/* Waits for at most timeout_s seconds: ROWEN_AGAIN, without a sentence, if it is not done by then. The result is readable until the call is started again or closed. */
int rowen_call_wait(rowen_call *call, double timeout_s, const void **out, size_t *out_size);

/* What is under way goes on there, and its result is dropped. NULL is no error. */
int rowen_call_close(rowen_call *call);

/* ---- maps --------------------------------------------------------------------------------------------------------------------------------- */

/* Runs a function on `count` items of `item_size` bytes that lie one after the other, on as many leased cores as the cluster has and the work needs
 * (options->cores at most, if that is not 0). Results go to `results`, `result_size` bytes for each, in the order of the items; a shorter one leaves the
 * rest of its place as it was, and a longer one is an error. Leases that are taken back, nodes that are lost: items run again elsewhere, and each has exactly
 * one result. Waits until all are done; the first item that fails ends the map. options must name a library or a package. */
int rowen_map(rowen_client *client, const rowen_lease_options *options, const char *function, const void *items, size_t item_size, size_t count,
              void *results, size_t result_size);

/* Gets an item's result, or, if code is not ROWEN_OK, a sentence (without a zero at its end) about why there is none. What `data` points to is gone when this
 * returns. Anything but 0 ends the map: what is not done is cancelled. */
typedef int (*rowen_on_result)(void *context, size_t index, int code, const void *data, size_t size);

/* The same for items and results of any size, each told once, on this thread, as it is done. Items that fail do not end the map. */
int rowen_map_each(rowen_client *client, const rowen_lease_options *options, const char *function, const rowen_bytes *items, size_t count,
                   rowen_on_result on_result, void *context);

/* Bounds of a map; zeros are the defaults. */
typedef struct rowen_map_limits {
    uint32_t size;                /* of this struct: sizeof(rowen_map_limits) */
    int32_t max_executor_deaths;  /* how many executors may die with an item before it has failed: 3 */
    double deadline_s;            /* how long an item may take: for ever */
    double timeout_s;             /* how long the whole map may take: for ever */
    int32_t cores_per_lease;      /* of one executor's process, at most: all that a node has free. 1 for functions that cannot run beside each other in a process */
} rowen_map_limits;

/* What became of an item. */
typedef struct rowen_map_item {
    size_t index;
    const void *data;  /* the result; or, if code is not ROWEN_OK, a sentence without a zero at its end */
    size_t size;
    int code;
    int core;          /* of the map's, from 0: on which it ran */
    double duration_s; /* from sending it to having its result */
} rowen_map_item;

/* The same again, for who asks for results instead of being told, and may want to leave: rowen_map_start returns at once. Items must stay where they are until rowen_map_end. limits may be NULL. */
int rowen_map_start(rowen_client *client, const rowen_lease_options *options, const rowen_map_limits *limits, const char *function, const rowen_bytes *items,
                    size_t count, rowen_map_run **map);

/* The next item that is done; waits for at most timeout_s seconds, then ROWEN_AGAIN. ROWEN_DONE: there was one for each. `data` is readable until the next call for this map. */
int rowen_map_next(rowen_map_run *map, double timeout_s, rowen_map_item *item);

/* Ends the map: what is not done is cancelled. NULL is no error. */
int rowen_map_end(rowen_map_run *map);

/* ---- object stores ------------------------------------------------------------------------------------------------------------------------ */

/* Opens a store by its URI: file:/folder, s3://bucket/prefix, redis://host/prefix or rowen-memory:?bytes=N, for which alone client must not be NULL. Keys are in ~/.rowen/stores.json. */
int rowen_store_open(rowen_client *client, const char *uri, rowen_store **store);

/* NULL is no error. Memory of rowen-memory: is given back, with what is in it. */
int rowen_store_close(rowen_store *store);

/* Replaces an object at once, or not at all. */
int rowen_store_put(rowen_store *store, const char *name, const void *data, size_t size);

/* Finds an object, without reading it. ROWEN_NO_OBJECT. size may be NULL. */
int rowen_object_open(rowen_store *store, const char *name, rowen_object **object, uint64_t *size);

/* Reads a part of an object, which must lie within it. ROWEN_STORE_FAILED if it was replaced meanwhile. */
int rowen_object_read(rowen_object *object, uint64_t offset, void *target, size_t size);

/* NULL is no error. */
int rowen_object_close(rowen_object *object);

/* ROWEN_NO_OBJECT if there was none. A copy is made by the store, where it can. */
int rowen_store_delete(rowen_store *store, const char *name);
int rowen_store_copy(rowen_store *store, const char *name, const char *copy);

/* Gets an object's name, size and version, which are gone when this returns. Anything but 0 ends the list. */
typedef int (*rowen_on_object)(void *context, const char *name, uint64_t size, const char *version);

/* Objects whose names begin with prefix (NULL: all), in the order of their names, on this thread. */
int rowen_store_list(rowen_store *store, const char *prefix, rowen_on_object on_object, void *context);

/* ---- remote memory ------------------------------------------------------------------------------------------------------------------------ */

/* Leases zeroed memory of another process, on `nodes` nodes in stripes (1 or more). */
int rowen_memory_lease(rowen_client *client, uint64_t size, int32_t nodes, rowen_memory **memory);

/* One-sided: nobody's processor is asked there (where the network can). Checked against the bounds. */
int rowen_memory_read(rowen_memory *memory, uint64_t offset, void *target, size_t size);
int rowen_memory_write(rowen_memory *memory, uint64_t offset, const void *source, size_t size);

/* Gives it back; it is zeroed before anybody else gets it. NULL is no error. */
int rowen_memory_release(rowen_memory *memory);

#ifdef __cplusplus
}
#endif
#endif
