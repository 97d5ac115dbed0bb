// What rowen.hpp adds to rowen.h, call by call. calls LIBRARY [ROWEN]
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <rowen.hpp>
#include "expect.h"

static int32_t local_echo(const void *in, uint64_t in_size, void *out, uint64_t *out_size) {
    std::memcpy(out, in, in_size);
    *out_size = in_size;
    return 0;
}

static std::string text(const rowen_bytes &bytes) { return {static_cast<const char *>(bytes.data), bytes.size}; }

static void functions(const rowen::client &client, rowen::lease_options options) {
    rowen::lease lease = client.lease(options);
    EXPECT(lease.is_held() && lease.name()[0] == 'L' && std::strlen(lease.provider()) >= 3);
    rowen::function echo = lease.function("echo");
    EXPECT(echo.call<double>(2.5) == 2.5);
    char out[16] = "";
    rowen::request begun = echo.submit("second crop", 12, out, sizeof out);
    rowen::request moved = std::move(begun);
    while (!moved.is_done()) {
    }
    EXPECT(moved.wait() == 12 && std::strcmp(out, "second crop") == 0);
    { rowen::request dropped = echo.submit("second crop", 12, out, sizeof out); } // is waited for
    bool here = true;
    EXPECT(echo.invoke_or_run(local_echo, "hay", 4, out, sizeof out, &here) == 4 && !here);

    rowen::call call = echo.open_call();
    std::memcpy(call.room(4), "hay", 4);
    call.send(4, 4);
    auto result = call.wait(60);
    EXPECT(result && text(*result) == std::string("hay", 4));
    call.start({{"second ", 7}, {"crop", 4}}, 100);
    result = call.wait(60);
    EXPECT(result && text(*result) == "second crop");
    try {
        lease.function("ocho");
        EXPECT(false);
    } catch (const rowen::error &error) {
        EXPECT(error.code() == ROWEN_UNKNOWN_FUNCTION && std::strstr(error.what(), "ocho"));
    }
    lease.end();
    EXPECT(!lease.is_held());
}

static void maps(const rowen::client &client, const rowen::lease_options &options) {
    std::vector<rowen_bytes> items{{"one", 3}, {"three", 5}, {"seven", 5}};
    std::vector<std::string> seen(items.size());
    client.map_each(options, "echo", items, [&](std::size_t index, int code, const rowen_bytes &bytes) {
        EXPECT(code == ROWEN_OK);
        seen[index] = text(bytes);
        return true;
    });
    EXPECT(seen == (std::vector<std::string>{"one", "three", "seven"}));
    int told = 0;
    try {
        client.map_each(options, "echo", items, [&](std::size_t, int, const rowen_bytes &) -> bool { throw told++ == 0 ? 7 : 8; });
        EXPECT(false);
    } catch (int thrown) {
        EXPECT(thrown == 7 && told == 1);
    }
}

static void remote_memory(const rowen::client &client) {
    char out[16] = "";
    rowen::memory memory = client.lease_memory(1 << 20);
    memory.write(1000, "second crop", 12);
    memory.read(1000, out, 12);
    EXPECT(std::strcmp(out, "second crop") == 0);
}

static void stores() {
    char folder[] = "/tmp/rowen-calls-XXXXXX", out[16] = "";
    EXPECT(mkdtemp(folder) != nullptr);
    {
        rowen::store store((std::string("file:") + folder).c_str());
        store.put("field/one", "second crop", 12);
        store.copy("field/one", "field/two");
        std::vector<std::string> names = store.list("field/");
        std::sort(names.begin(), names.end());
        EXPECT(names == (std::vector<std::string>{"field/one", "field/two"}));
        rowen::object object = store.open("field/two");
        object.read(7, out, 5);
        EXPECT(object.size() == 12 && std::strcmp(out, "crop") == 0);
        store.remove("field/one");
        store.remove("field/two");
        try {
            store.open("field/two");
            EXPECT(false);
        } catch (const rowen::error &error) {
            EXPECT(error.code() == ROWEN_NO_OBJECT);
        }
    }
    std::filesystem::remove_all(folder);
}

int main(int argc, char **argv) {
    try {
        rowen::client client;
        rowen::lease_options options;
        options.library = argc > 1 ? argv[1] : "./libfunctions.so";
        options.functions = "echo";
        functions(client, options);
        options.functions = nullptr;
        maps(client, options);
        remote_memory(client);
        stores();
        rowen::client own = rowen::client::start_local(argc > 2 ? argv[2] : nullptr, 1);
        EXPECT(own.lease(rowen::lease_options()).is_held());
    } catch (const rowen::error &error) {
        std::printf("%s\n", error.what());
        return 1;
    }
    std::printf("%d failures\n", failures);
    return failures != 0;
}
