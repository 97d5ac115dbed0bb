// rowen.hpp: rowen.h for C++17. Handles end with their objects, and failures are exceptions. Threads and lifetimes are those of rowen.h.
#ifndef ROWEN_HPP
#define ROWEN_HPP

#include "rowen.h"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace rowen {

// A call of rowen.h that failed: its code, and what rowen_last_error said.
class error : public std::runtime_error {
public:
    explicit error(int code) : std::runtime_error(std::string(rowen_error_name(code)) + ": " + rowen_last_error()), code_(code) {}
    int code() const noexcept { return code_; }

private:
    int code_;
};

inline void check(int code) {
    if (code != ROWEN_OK) throw error(code);
}

namespace detail {
template <auto Free>
struct freed {
    template <class T>
    void operator()(T *handle) const noexcept { Free(handle); }
};
} // namespace detail

// A function with room of its own, which is called again and again; see rowen_call_open. Ends before its lease does.
class call {
public:
    explicit call(rowen_function *function) {
        rowen_call *opened = nullptr;
        check(rowen_call_open(function, &opened));
        handle_.reset(opened);
    }

    // Registered memory for the next input, which send() sends.
    void *room(std::size_t size, double deadline_s = 0) const {
        void *room = nullptr;
        check(rowen_call_room(handle_.get(), size, &room, deadline_s));
        return room;
    }

    void send(std::size_t size, std::size_t out_capacity, double deadline_s = 0) const { check(rowen_call_send(handle_.get(), size, out_capacity, deadline_s)); }

    // The pieces as one input, each copied once.
    void start(const std::vector<rowen_bytes> &pieces, std::size_t out_capacity, double deadline_s = 0) const {
        check(rowen_call_start(handle_.get(), pieces.data(), pieces.size(), out_capacity, deadline_s));
    }

    // The result, readable until the next input; nothing if it is not there after timeout_s seconds.
    std::optional<rowen_bytes> wait(double timeout_s) const {
        rowen_bytes result{};
        int code = rowen_call_wait(handle_.get(), timeout_s, &result.data, &result.size);
        if (code == ROWEN_AGAIN) return std::nullopt;
        check(code);
        return result;
    }

private:
    std::unique_ptr<rowen_call, detail::freed<rowen_call_close>> handle_;
};

// An invocation under way. Wait for it: one that is dropped is waited for all the same, since its result goes to memory of the caller's.
class request {
public:
    explicit request(rowen_request *handle) noexcept : handle_(handle) {}
    request(request &&other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
    request &operator=(request &&other) noexcept {
        std::swap(handle_, other.handle_);
        return *this;
    }
    ~request() {
        if (handle_) rowen_wait(handle_, nullptr);
    }

    bool is_done() const {
        int done = 0;
        check(rowen_test(handle_, &done));
        return done != 0;
    }

    // Bytes of the result.
    std::size_t wait() {
        std::size_t size = 0;
        check(rowen_wait(std::exchange(handle_, nullptr), &size));
        return size;
    }

private:
    rowen_request *handle_;
};

// A function on a lease. Valid as long as the lease.
class function {
public:
    explicit function(rowen_function *handle) noexcept : handle_(handle) {}

    std::size_t invoke(const void *in, std::size_t in_size, void *out, std::size_t capacity, double deadline_s = 0) const {
        std::size_t size = 0;
        check(rowen_invoke(handle_, in, in_size, out, capacity, &size, deadline_s));
        return size;
    }

    // For values that are plain memory.
    template <class Out, class In>
    Out call(const In &in, double deadline_s = 0) const {
        static_assert(std::is_trivially_copyable_v<In> && std::is_trivially_copyable_v<Out>, "only plain memory travels");
        Out out;
        if (invoke(&in, sizeof in, &out, sizeof out, deadline_s) != sizeof out) throw std::length_error("the result is of another size");
        return out;
    }

    request submit(const void *in, std::size_t in_size, void *out, std::size_t capacity, double deadline_s = 0) const {
        rowen_request *begun = nullptr;
        check(rowen_submit(handle_, in, in_size, out, capacity, deadline_s, &begun));
        return request(begun);
    }

    // On this thread by `local`, the same function, if no core is free for it; see rowen_invoke_or_run. Bytes of the result.
    std::size_t invoke_or_run(
        rowen_native_function local, const void *in, std::size_t in_size, void *out, std::size_t capacity, bool *ran_locally = nullptr, double deadline_s = 0) const {
        std::size_t size = 0;
        int here = 0;
        check(rowen_invoke_or_run(handle_, local, in, in_size, out, capacity, &size, &here, deadline_s));
        if (ran_locally) *ran_locally = here != 0;
        return size;
    }

    rowen::call open_call() const { return rowen::call(handle_); }
    rowen_function *get() const noexcept { return handle_; }

private:
    rowen_function *handle_;
};

// What to lease; rowen_lease_options with its defaults.
struct lease_options : rowen_lease_options {
    lease_options() { rowen_lease_options_init(this); }
};

class lease {
public:
    explicit lease(rowen_lease *handle) noexcept : handle_(handle) {}

    rowen::function function(const char *name) const {
        rowen_function *found = nullptr;
        check(rowen_find(handle_.get(), name, &found));
        return rowen::function(found);
    }

    // Also while another thread is in a call: that one throws.
    void end() const { check(rowen_lease_end(handle_.get())); }
    bool is_held() const noexcept { return rowen_lease_is_held(handle_.get()) != 0; }
    const char *name() const noexcept { return rowen_lease_name(handle_.get()); }
    const char *provider() const noexcept { return rowen_lease_provider(handle_.get()); }

private:
    std::unique_ptr<rowen_lease, detail::freed<rowen_release>> handle_;
};

class memory {
public:
    explicit memory(rowen_memory *handle) noexcept : handle_(handle) {}
    void read(std::uint64_t offset, void *target, std::size_t size) const { check(rowen_memory_read(handle_.get(), offset, target, size)); }
    void write(std::uint64_t offset, const void *source, std::size_t size) const { check(rowen_memory_write(handle_.get(), offset, source, size)); }

private:
    std::unique_ptr<rowen_memory, detail::freed<rowen_memory_release>> handle_;
};

// An object of a store, as it was when it was opened.
class object {
public:
    object(rowen_object *handle, std::uint64_t size) noexcept : handle_(handle), size_(size) {}
    std::uint64_t size() const noexcept { return size_; }
    void read(std::uint64_t offset, void *target, std::size_t size) const { check(rowen_object_read(handle_.get(), offset, target, size)); }

private:
    std::unique_ptr<rowen_object, detail::freed<rowen_object_close>> handle_;
    std::uint64_t size_;
};

// An object store. A name that no object has is an error of code ROWEN_NO_OBJECT.
class store {
public:
    // client: needed for rowen-memory: alone.
    explicit store(const char *uri, rowen_client *client = nullptr) {
        rowen_store *opened = nullptr;
        check(rowen_store_open(client, uri, &opened));
        handle_.reset(opened);
    }

    void put(const char *name, const void *data, std::size_t size) const { check(rowen_store_put(handle_.get(), name, data, size)); }
    void remove(const char *name) const { check(rowen_store_delete(handle_.get(), name)); }
    void copy(const char *name, const char *copy) const { check(rowen_store_copy(handle_.get(), name, copy)); }

    rowen::object open(const char *name) const {
        rowen_object *found = nullptr;
        std::uint64_t size = 0;
        check(rowen_object_open(handle_.get(), name, &found, &size));
        return rowen::object(found, size);
    }

    std::vector<std::string> list(const char *prefix = "") const {
        std::vector<std::string> names;
        check(rowen_store_list(
            handle_.get(), prefix,
            [](void *context, const char *name, std::uint64_t, const char *) {
                static_cast<std::vector<std::string> *>(context)->emplace_back(name);
                return 0;
            },
            &names));
        return names;
    }

private:
    std::unique_ptr<rowen_store, detail::freed<rowen_store_close>> handle_;
};

class client {
public:
    // The cluster of a file; of ROWEN_CLUSTER, if none is named.
    explicit client(const char *cluster_file = nullptr) {
        rowen_client *opened = nullptr;
        check(rowen_connect(cluster_file, &opened));
        handle_.reset(opened);
    }

    // A cluster of this program's own, on this machine; `rowen` is the command line's path.
    static client start_local(const char *rowen, int cores) {
        rowen_client *started = nullptr;
        check(rowen_start_local(rowen, cores, &started));
        return client(nullptr, started);
    }

    rowen::lease lease(const rowen_lease_options &options) const {
        rowen_lease *granted = nullptr;
        check(rowen_lease_cores(handle_.get(), &options, &granted));
        return rowen::lease(granted);
    }

    rowen::memory lease_memory(std::uint64_t size, std::int32_t nodes = 1) const {
        rowen_memory *granted = nullptr;
        check(rowen_memory_lease(handle_.get(), size, nodes, &granted));
        return rowen::memory(granted);
    }

    // One result for each item, in their order; see rowen_map.
    template <class Out, class In>
    std::vector<Out> map(const rowen_lease_options &options, const char *function, const std::vector<In> &items) const {
        static_assert(std::is_trivially_copyable_v<In> && std::is_trivially_copyable_v<Out>, "only plain memory travels");
        std::vector<Out> results(items.size());
        check(rowen_map(handle_.get(), &options, function, items.data(), sizeof(In), items.size(), results.data(), sizeof(Out)));
        return results;
    }

    // Calls each(index, code, rowen_bytes) on this thread for each item as it is done, until one returns false; see rowen_map_each.
    template <class Each>
    void map_each(const rowen_lease_options &options, const char *function, const std::vector<rowen_bytes> &items, Each each) const {
        struct context {
            Each &each;
            std::exception_ptr thrown; // must not pass through C
        } told{each, nullptr};
        check(rowen_map_each(
            handle_.get(), &options, function, items.data(), items.size(),
            [](void *context_of_map, std::size_t index, int code, const void *data, std::size_t size) {
                auto &told = *static_cast<context *>(context_of_map);
                try {
                    return told.each(index, code, rowen_bytes{data, size}) ? 0 : 1;
                } catch (...) {
                    told.thrown = std::current_exception();
                    return 1;
                }
            },
            &told));
        if (told.thrown) std::rethrow_exception(told.thrown);
    }

private:
    client(std::nullptr_t, rowen_client *handle) noexcept : handle_(handle) {}

    std::unique_ptr<rowen_client, detail::freed<rowen_disconnect>> handle_;
};

} // namespace rowen

#endif
