// The least that a call over libfabric can be: fi_writedata there, fi_writedata back, and nothing else. No header, no
// check; no copy unless one is asked for. Rowen's benchmarks compile this file, start it twice and compare themselves with it.
//
//   floor PROVIDER ADDRESS CORE PLACES PLACE_BYTES
//
// PROVIDER as fi_info names it, ADDRESS of this machine or - for any; the peer writes to PLACES of PLACE_BYTES each. Says "at ENDPOINT KEY BASE" in hexadecimal digits, then obeys lines of its standard input until it ends:
//
//   peer ENDPOINT KEY BASE                          where the other process is
//   serve hot|copy|warm BYTES COUNT                 echo so many calls; says "ready" first
//   call hot|copy WARM_UP BATCHES CALLS SINGLES BYTES   says "batches NS ..." (one call of each) and "singles NS ..."
//   call warm WARM_UP COUNT PAUSE_NS BYTES          sleeps before each call; says "singles NS ..."
//   serve stream BYTES COUNT PLACES                 gives each write back as a credit of 8 bytes; says "ready" first
//   call stream BYTES COUNT PLACES                  so many writes, one in flight for each place; says "elapsed NS"
//   serve memory 1 1                                makes progress until the caller is done; says "ready" first
//   call read|write BYTES COUNT                     one-sided, one after the other, to or from small pages, which a program's bytes
//                                                   lie in: fi_read, or fi_write that is complete when its bytes lie there; says "singles NS ..."
//
// hot polls; copy polls too, and copies as calls of functions do: from the caller's bytes, from input to output where the
// function runs, and to the caller's bytes again. warm sleeps until the completion queue's descriptor wakes it.
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <rdma/fabric.h>
#include <rdma/fi_cm.h>
#include <rdma/fi_domain.h>
#include <rdma/fi_endpoint.h>
#include <rdma/fi_errno.h>
#include <rdma/fi_rma.h>

enum { MAX_PLACES = 64, MAX_ADDRESS = 256, QUEUE_LENGTH = 256, RECEIVE_COUNT = 64, SPINS_BETWEEN_CLOCKS = 1 << 16 };
static const int64_t max_silence_ns = 5000000000;

static struct fi_info *info;
static struct fid_fabric *fabric;
static struct fid_domain *domain;
static struct fid_cq *queue;
static struct fid_ep *endpoint;
static struct fid_av *addresses;
static struct fid_mr *landing_registration, *source_registration, *ordinary_registration;
static struct fi_context2 contexts[RECEIVE_COUNT + 1];
static unsigned char *landing, *source, *mine, *ordinary;
static size_t place_bytes;
static long place_count;
static fi_addr_t peer;
static uint64_t first_key, peer_key, peer_base;
static int descriptor = -1;
static uint32_t arrived;   // notifications that were taken
static uint32_t expected;  // of which so many were used
static uint64_t started, finished;

static void fail(const char *what, long error) {
    fprintf(stderr, "the floor's %s failed: %s\n", what, fi_strerror((int)-error));
    exit(1);
}

static void check(const char *what, long result) {
    if (result < 0) fail(what, result);
}

static int64_t now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void *reserve(size_t bytes, int advice) {
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) fail("memory", -errno);
    madvise(memory, bytes, advice);
    memset(memory, 1, bytes);
    return memory;
}

static struct fid_mr *enroll(void *memory, size_t bytes, uint64_t access, uint64_t key) {
    struct fid_mr *registration;
    check("registration", fi_mr_reg(domain, memory, bytes, access, 0, key, 0, &registration, NULL));
    if (info->domain_attr->mr_mode & FI_MR_ENDPOINT) {
        check("binding of memory", fi_mr_bind(registration, &endpoint->fid, 0));
        check("enabling of memory", fi_mr_enable(registration));
    }
    return registration;
}

static void open_queue(void) {
    struct fi_cq_attr attributes = { .size = QUEUE_LENGTH, .format = FI_CQ_FORMAT_DATA, .wait_obj = FI_WAIT_FD };
    if (fi_cq_open(domain, &attributes, &queue, NULL) == 0) {
        if (fi_control(&queue->fid, FI_GETWAIT, &descriptor) != 0) descriptor = -1;
        return;
    }
    attributes.wait_obj = FI_WAIT_NONE;
    check("completion queue", fi_cq_open(domain, &attributes, &queue, NULL));
}

static void post(struct fi_context2 *context) {
    // Some networks take the room of a message for each notification.
    long result;
    while ((result = fi_recv(endpoint, source, 0, NULL, FI_ADDR_UNSPEC, context)) == -FI_EAGAIN) fi_cq_read(queue, NULL, 0);
    check("receive", result);
}

static void open_all(const char *provider, const char *address) {
    struct fi_info *hints = fi_allocinfo();
    hints->caps = FI_MSG | FI_RMA;
    hints->mode = FI_CONTEXT | FI_CONTEXT2 | FI_RX_CQ_DATA;
    hints->ep_attr->type = FI_EP_RDM;
    hints->domain_attr->mr_mode = FI_MR_LOCAL | FI_MR_VIRT_ADDR | FI_MR_ALLOCATED | FI_MR_PROV_KEY | FI_MR_ENDPOINT;
    hints->domain_attr->threading = FI_THREAD_DOMAIN;
    hints->fabric_attr->prov_name = strdup(provider);
    int is_named = strcmp(address, "-") != 0;
    check("search for the provider", fi_getinfo(FI_VERSION(1, 11), is_named ? address : NULL, NULL, is_named ? FI_SOURCE : 0, hints, &info));
    check("fabric", fi_fabric(info->fabric_attr, &fabric, NULL));
    check("domain", fi_domain(fabric, info, &domain, NULL));
    struct fi_av_attr attributes = { .type = info->domain_attr->av_type, .count = 1 };
    check("address vector", fi_av_open(domain, &attributes, &addresses, NULL));
    open_queue();
    check("endpoint", fi_endpoint(domain, info, &endpoint, NULL));
    check("binding of addresses", fi_ep_bind(endpoint, &addresses->fid, 0));
    check("binding of the queue", fi_ep_bind(endpoint, &queue->fid, FI_TRANSMIT | FI_RECV));
    check("enabling", fi_enable(endpoint));
    fi_freeinfo(hints);
}

static void register_all(void) {
    size_t bytes = place_bytes * (size_t)place_count;
    landing = reserve(bytes, MADV_HUGEPAGE);
    source = reserve(bytes, MADV_HUGEPAGE);
    mine = reserve(place_bytes, MADV_HUGEPAGE);
    first_key = (info->domain_attr->mr_mode & FI_MR_PROV_KEY) ? 0 : (uint64_t)now_ns() & 0x7fffffff;
    landing_registration = enroll(landing, bytes, FI_REMOTE_WRITE | FI_REMOTE_READ | FI_WRITE, first_key);
    source_registration = enroll(source, bytes, FI_WRITE | FI_READ | FI_SEND | FI_RECV, first_key + 1);
    for (int i = 0; (info->mode & FI_RX_CQ_DATA) && i < RECEIVE_COUNT; i++) post(&contexts[1 + i]);
}

static void say_where(void) {
    unsigned char name[MAX_ADDRESS];
    size_t length = sizeof name;
    check("name", fi_getname(&endpoint->fid, name, &length));
    printf("at ");
    for (size_t i = 0; i < length; i++) printf("%02x", name[i]);
    uint64_t base = (info->domain_attr->mr_mode & FI_MR_VIRT_ADDR) ? (uint64_t)landing : 0;
    printf(" %llx %llx\n", (unsigned long long)fi_mr_key(landing_registration), (unsigned long long)base);
}

static void set_peer(const char *digits, uint64_t key, uint64_t base) {
    unsigned char name[MAX_ADDRESS] = { 0 };
    for (size_t i = 0; digits[2 * i] && digits[2 * i + 1] && i < sizeof name; i++) {
        unsigned byte;
        if (sscanf(digits + 2 * i, "%2x", &byte) != 1) fail("address of the peer", -FI_EINVAL);
        name[i] = (unsigned char)byte;
    }
    if (fi_av_insert(addresses, name, 1, &peer, 0, NULL) != 1) fail("address of the peer", -FI_EINVAL);
    peer_key = key;
    peer_base = base;
}

static void take(void) {
    struct fi_cq_data_entry entries[8];
    ssize_t count = fi_cq_read(queue, entries, 8);
    if (count == -FI_EAGAIN) return;
    if (count < 0) {
        struct fi_cq_err_entry error = { 0 };
        fi_cq_readerr(queue, &error, 0);
        fail("operation", error.err ? -error.err : count);
    }
    for (ssize_t i = 0; i < count; i++) {
        if (entries[i].flags & FI_REMOTE_CQ_DATA) {
            arrived++;
            if ((info->mode & FI_RX_CQ_DATA) && entries[i].op_context) post(entries[i].op_context);
        } else {
            finished++;
        }
    }
}

static void write_to_peer(const void *from, struct fid_mr *registration, size_t bytes, size_t offset) {
    ssize_t result;
    int64_t since = 0;
    void *local = (info->domain_attr->mr_mode & FI_MR_LOCAL) ? fi_mr_desc(registration) : NULL;
    while ((result = fi_writedata(endpoint, from, bytes, local, 1, peer, peer_base + offset, peer_key, &contexts[0])) == -FI_EAGAIN) {
        take();
        if (since == 0) since = now_ns();
        if (now_ns() - since > max_silence_ns) fail("write", -FI_ETIMEDOUT);
    }
    check("write", result);
    started++;
}

static void await_hot(void) {
    expected++;
    int64_t since = 0;
    for (uint64_t spins = 1; (int32_t)(arrived - expected) < 0; spins++) {
        take();
        if (spins % SPINS_BETWEEN_CLOCKS == 0) {
            if (since == 0) since = now_ns();
            if (now_ns() - since > max_silence_ns) fail("peer", -FI_ETIMEDOUT);
        }
    }
}

static void await_warm(void) {
    expected++;
    int64_t since = now_ns();
    struct fid *waiting[] = { &queue->fid };
    for (take(); (int32_t)(arrived - expected) < 0; take()) {
        if (descriptor < 0) fail("sleep on this provider", -FI_ENOSYS);
        struct pollfd poll_on = { .fd = descriptor, .events = POLLIN };
        if (fi_trywait(fabric, waiting, 1) == 0) poll(&poll_on, 1, 1000);
        if (now_ns() - since > max_silence_ns) fail("peer", -FI_ETIMEDOUT);
    }
}

static void call_once(size_t bytes, void (*await)(void), int copies) {
    if (copies) memcpy(source, mine, bytes);
    write_to_peer(source, source_registration, bytes, 0);
    await();
    if (copies) memcpy(mine, landing, bytes);
}

static void serve(size_t bytes, long count, void (*await)(void), int copies) {
    for (long i = 0; i < count; i++) {
        await();
        if (copies) memcpy(source, landing, bytes);
        write_to_peer(copies ? source : landing, copies ? source_registration : landing_registration, bytes, 0);
    }
    while (finished < started) take(); // else the last echo might not leave: progress is ours to make
}

static void print_all(const char *what, const int64_t *values, long count) {
    printf("%s", what);
    for (long i = 0; i < count; i++) printf(" %lld", (long long)values[i]);
    printf("\n");
}

static int64_t *allocate(long count) {
    int64_t *values = calloc((size_t)count + 1, sizeof *values);
    if (!values) fail("memory", -ENOMEM);
    return values;
}

static void prepare(size_t bytes) {
    for (size_t i = 0; i < bytes; i++) source[i] = (unsigned char)(now_ns() + (int64_t)i);
    memcpy(mine, source, bytes);
    memset(landing, 0, bytes);
}

static void check_echo(size_t bytes) {
    if (memcmp(source, landing, bytes) != 0) fail("echo: other bytes came back; it", -FI_EIO);
}

static void call_hot(long warm_up, long batches, long calls, long singles, size_t bytes, int copies) {
    int64_t *batch_ns = allocate(batches), *single_ns = allocate(singles);
    prepare(bytes);
    for (long i = 0; i < warm_up; i++) call_once(bytes, await_hot, copies);
    for (long i = 0; i < batches; i++) {
        int64_t began = now_ns();
        for (long call = 0; call < calls; call++) call_once(bytes, await_hot, copies);
        batch_ns[i] = (now_ns() - began) / calls;
    }
    for (long i = 0; i < singles; i++) {
        int64_t began = now_ns();
        call_once(bytes, await_hot, copies);
        single_ns[i] = now_ns() - began;
    }
    check_echo(bytes);
    print_all("batches", batch_ns, batches);
    print_all("singles", single_ns, singles);
    free(batch_ns);
    free(single_ns);
}

static void call_warm(long warm_up, long count, long pause_ns, size_t bytes) {
    int64_t *single_ns = allocate(count);
    struct timespec pause = { .tv_sec = pause_ns / 1000000000, .tv_nsec = pause_ns % 1000000000 };
    prepare(bytes);
    for (long i = 0; i < warm_up; i++) call_once(bytes, await_warm, 0);
    for (long i = 0; i < count; i++) {
        nanosleep(&pause, NULL);
        int64_t began = now_ns();
        call_once(bytes, await_warm, 0);
        single_ns[i] = now_ns() - began;
    }
    check_echo(bytes);
    print_all("singles", single_ns, count);
    free(single_ns);
}

static void call_stream(size_t bytes, long count, long places) {
    int64_t began = now_ns();
    for (long i = 0; i < count; i++) {
        if (i >= places) await_hot();
        size_t offset = (size_t)(i % places) * place_bytes;
        write_to_peer(source + offset, source_registration, bytes, offset);
    }
    for (long i = 0; i < (count < places ? count : places); i++) await_hot();
    printf("elapsed %lld\n", (long long)(now_ns() - began));
}

static void serve_stream(long count) {
    for (long i = 0; i < count; i++) {
        await_hot();
        write_to_peer(source, source_registration, 8, 0);
    }
    while (finished < started) take();
}

static ssize_t start_one_sided(size_t bytes, int reads, void *local) {
    if (reads) return fi_read(endpoint, ordinary, bytes, local, peer, peer_base, peer_key, &contexts[0]);
    struct iovec from = { .iov_base = ordinary, .iov_len = bytes };
    struct fi_rma_iov to = { .addr = peer_base, .len = bytes, .key = peer_key };
    struct fi_msg_rma message = {
        .msg_iov = &from, .desc = &local, .iov_count = 1, .addr = peer, .rma_iov = &to, .rma_iov_count = 1, .context = &contexts[0],
    };
    return fi_writemsg(endpoint, &message, FI_DELIVERY_COMPLETE | FI_COMPLETION);
}

static void access_once(size_t bytes, int reads) {
    void *local = (info->domain_attr->mr_mode & FI_MR_LOCAL) ? fi_mr_desc(ordinary_registration) : NULL;
    int64_t since = now_ns();
    ssize_t result;
    while ((result = start_one_sided(bytes, reads, local)) == -FI_EAGAIN) {
        take();
        if (now_ns() - since > max_silence_ns) fail("access", -FI_ETIMEDOUT);
    }
    check("access", result);
    started++;
    for (uint64_t spins = 1; finished < started; spins++) {
        take();
        if (spins % SPINS_BETWEEN_CLOCKS == 0 && now_ns() - since > max_silence_ns) fail("peer", -FI_ETIMEDOUT);
    }
}

static void call_one_sided(size_t bytes, long count, int reads) {
    int64_t *single_ns = allocate(count);
    if (!ordinary) {
        ordinary = reserve(place_bytes, MADV_NOHUGEPAGE);
        ordinary_registration = enroll(ordinary, place_bytes, FI_WRITE | FI_READ, first_key + 2);
    }
    for (long i = 0; i < count; i++) {
        int64_t began = now_ns();
        access_once(bytes, reads);
        single_ns[i] = now_ns() - began;
    }
    write_to_peer(source, source_registration, 8 < bytes ? 8 : bytes, 0); // done
    while (finished < started) take();
    print_all("singles", single_ns, count);
    free(single_ns);
}

static int is_size(long bytes) { return bytes >= 1 && (size_t)bytes <= place_bytes; }

static int is_count(long count) { return count >= 0 && count <= 100000000; }

static int obey_serve(const char *line) {
    char kind[16];
    long bytes, count, places;
    int read = sscanf(line, "serve %15s %ld %ld %ld", kind, &bytes, &count, &places);
    if (read < 3 || !is_size(bytes) || !is_count(count)) return 0;
    printf("ready\n");
    fflush(stdout);
    if (strcmp(kind, "hot") == 0) serve((size_t)bytes, count, await_hot, 0);
    else if (strcmp(kind, "copy") == 0) serve((size_t)bytes, count, await_hot, 1);
    else if (strcmp(kind, "warm") == 0) serve((size_t)bytes, count, await_warm, 0);
    else if (strcmp(kind, "stream") == 0) serve_stream(count);
    else if (strcmp(kind, "memory") == 0) await_hot();
    else return 0;
    return 1;
}

static int obey_call(const char *line) {
    char kind[16];
    long a, b, c, d, bytes;
    if (sscanf(line, "call %15s %ld %ld %ld %ld %ld", kind, &a, &b, &c, &d, &bytes) == 6) {
        int copies = strcmp(kind, "copy") == 0;
        if (!copies && strcmp(kind, "hot") != 0) return 0;
        if (!is_size(bytes) || !is_count(a) || !is_count(b) || !is_count(c) || c == 0 || !is_count(d)) return 0;
        call_hot(a, b, c, d, (size_t)bytes, copies);
        return 1;
    }
    if (sscanf(line, "call warm %ld %ld %ld %ld", &a, &b, &c, &bytes) == 4) {
        if (!is_size(bytes) || !is_count(a) || !is_count(b) || c < 0) return 0;
        call_warm(a, b, c, (size_t)bytes);
        return 1;
    }
    if (sscanf(line, "call %15s %ld %ld", kind, &bytes, &b) == 3 && (strcmp(kind, "read") == 0 || strcmp(kind, "write") == 0)) {
        if (!is_size(bytes) || !is_count(b)) return 0;
        call_one_sided((size_t)bytes, b, strcmp(kind, "read") == 0);
        return 1;
    }
    if (sscanf(line, "call stream %ld %ld %ld", &bytes, &b, &c) == 3) {
        if (!is_size(bytes) || !is_count(b) || c < 1 || c > place_count) return 0;
        call_stream((size_t)bytes, b, c);
        return 1;
    }
    return 0;
}

static int obey_peer(const char *line) {
    char digits[2 * MAX_ADDRESS + 1];
    unsigned long long key, base;
    if (sscanf(line, "peer %512s %llx %llx", digits, &key, &base) != 3) return 0;
    set_peer(digits, key, base);
    return 1;
}

static void close_all(void) {
    fi_close(&endpoint->fid);
    fi_close(&landing_registration->fid);
    fi_close(&source_registration->fid);
    if (ordinary) fi_close(&ordinary_registration->fid);
    fi_close(&queue->fid);
    fi_close(&addresses->fid);
    fi_close(&domain->fid);
    fi_close(&fabric->fid);
    fi_freeinfo(info);
}

int main(int argc, char **argv) {
    if (argc != 6 || atol(argv[4]) < 1 || atol(argv[4]) > MAX_PLACES || atol(argv[5]) < 8) {
        fprintf(stderr, "usage: floor PROVIDER ADDRESS CORE PLACES PLACE_BYTES\n");
        return 2;
    }
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET((size_t)atoi(argv[3]), &cores);
    if (sched_setaffinity(0, sizeof cores, &cores) != 0) fail("pinning", -errno);
    place_count = atol(argv[4]);
    place_bytes = (size_t)atol(argv[5]);
    open_all(argv[1], argv[2]);
    register_all();
    say_where();
    fflush(stdout);
    static char line[1024];
    while (fgets(line, sizeof line, stdin)) {
        if (!obey_peer(line) && !obey_serve(line) && !obey_call(line)) {
            fprintf(stderr, "the floor does not understand: %s", line);
            return 2;
        }
        fflush(stdout);
    }
    close_all();
    return 0;
}
