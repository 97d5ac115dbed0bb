/* The function that executors load for Python: it runs the interpreter in its own process. Beside it lie `python.conf` (which interpreter) and `_host.py`
 * (what that runs). libpython is found when the first call comes, so that this is compiled once for every version.
 *
 * cc -O2 -shared -fPIC -o librowen_python.so host.c -ldl */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

typedef struct _object PyObject;
typedef intptr_t Py_ssize_t;

enum { READ = 0x100, WRITE = 0x200, FAILED = 1, WITH_BUFFERS = 2, TOTAL_AT = 8, NO_INTERPRETER = 4 };

static struct {
    void (*initialize)(int);
    void (*set_program)(const wchar_t *);
    wchar_t *(*decode)(const char *, size_t *);
    void *(*save_thread)(void);
    void (*restore_thread)(void *);
    int (*ensure)(void);
    int (*run_string)(const char *);
    PyObject *(*add_module)(const char *);
    PyObject *(*get_attribute)(PyObject *, const char *);
    PyObject *(*view)(char *, Py_ssize_t, int);
    PyObject *(*call)(PyObject *, ...);
    int (*as_bytes)(PyObject *, char **, Py_ssize_t *);
    void (*forget)(PyObject *);
    void (*print_error)(void);
} py;

static PyObject *run, *write_rest;
static __thread void *own_state;  /* this thread's of Python's, kept from call to call: its thread-local variables live there */
static __thread const void *input; /* of the call that this thread runs */
static __thread PyObject *answer; /* what rowen_python_rowen_result is to write */
static int state; /* 0: not begun; 1: there; -1: cannot be had */
static pthread_mutex_t beginning = PTHREAD_MUTEX_INITIALIZER;

static char why_not[PATH_MAX + 256]; /* a byte that says so to the caller, and the reason */

static int fault(const char *what, const char *detail) {
    snprintf(why_not, sizeof why_not, "%c%s%s%s", NO_INTERPRETER, what, detail ? ": " : "", detail ? detail : "");
    fprintf(stderr, "rowen: no Python in this executor: %s\n", why_not + 1);
    return -1;
}

static char *read_file(const char *folder, const char *name) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (!file) {
        return NULL;
    }
    char *text = NULL;
    size_t length = 0, room = 0, count;
    do {
        room += 65536;
        text = realloc(text, room + 1);
        count = fread(text + length, 1, room - length, file);
        length += count;
    } while (count > 0);
    fclose(file);
    text[length] = 0;
    return text;
}

static int find(void *library) {
    struct {
        const char *name;
        void *place;
    } names[] = {
        {"Py_InitializeEx", &py.initialize}, {"Py_DecodeLocale", &py.decode}, {"PyEval_SaveThread", &py.save_thread},
        {"PyEval_RestoreThread", &py.restore_thread}, {"PyGILState_Ensure", &py.ensure}, {"PyRun_SimpleString", &py.run_string}, {"PyImport_AddModule", &py.add_module},
        {"PyObject_GetAttrString", &py.get_attribute}, {"PyMemoryView_FromMemory", &py.view}, {"PyObject_CallFunctionObjArgs", &py.call},
        {"PyBytes_AsStringAndSize", &py.as_bytes}, {"Py_DecRef", &py.forget}, {"PyErr_Print", &py.print_error},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        void *symbol = dlsym(library, names[i].name);
        if (!symbol) {
            return fault("libpython lacks", names[i].name);
        }
        memcpy(names[i].place, &symbol, sizeof symbol);
    }
    void *symbol = dlsym(library, "Py_SetProgramName"); /* deprecated, and still in every version */
    memcpy(&py.set_program, &symbol, sizeof symbol);
    return 0;
}

/* Starts the interpreter, and leaves it without a thread. */
static int begin(void) {
    Dl_info self;
    char folder[PATH_MAX];
    if (!dladdr((void *)begin, &self) || !realpath(self.dli_fname, folder)) {
        return fault("where this library lies is not known", NULL);
    }
    *strrchr(folder, '/') = 0;
    setenv("ROWEN_PYTHON_PACKAGE", folder, 1);
    char *settings = read_file(folder, "python.conf"), *source = read_file(folder, "_host.py"), *rest = NULL;
    if (!settings || !source) {
        return fault("python.conf or _host.py is not in the package", folder);
    }
    const char *libpython = strtok_r(settings, "\n", &rest), *program = strtok_r(NULL, "\n", &rest);
    void *library = libpython ? dlopen(libpython, RTLD_NOW | RTLD_GLOBAL) : NULL; /* global: extension modules look there */
    if (!library) {
        return fault("libpython cannot be loaded on this node", dlerror());
    }
    if (find(library) != 0) {
        return -1;
    }
    if (py.set_program && program) {
        py.set_program(py.decode(program, NULL)); /* the interpreter's own path, so that its virtual environment is found */
    }
    py.initialize(0); /* no signal handlers: they are the executor's */
    int is_right = py.run_string(source) == 0;
    run = is_right ? py.get_attribute(py.add_module("__main__"), "run") : NULL;
    write_rest = is_right ? py.get_attribute(py.add_module("__main__"), "write") : NULL;
    own_state = py.save_thread();
    return run && write_rest ? 0 : fault("_host.py failed", NULL);
}

static int is_there(void) {
    if (__atomic_load_n(&state, __ATOMIC_ACQUIRE) == 0) {
        pthread_mutex_lock(&beginning);
        if (state == 0) {
            __atomic_store_n(&state, begin() == 0 ? 1 : -1, __ATOMIC_RELEASE);
        }
        pthread_mutex_unlock(&beginning);
    }
    return state == 1;
}

static void enter(void) {
    if (own_state) {
        py.restore_thread(own_state);
    } else {
        py.ensure();
    }
}

static void leave(void) { own_state = py.save_thread(); }

/* Calls a function of _host.py with some memory. */
static PyObject *call(PyObject *function, void *memory, uint64_t size, int access) {
    PyObject *view = py.view((char *)memory, (Py_ssize_t)size, access);
    PyObject *result = view ? py.call(function, view, NULL) : NULL;
    if (view) py.forget(view);
    if (!result) py.print_error();
    return result;
}

/* Writes an answer, which is all of it, or the beginning of one that _host.py writes. */
static int32_t write_answer(const char *bytes, uint64_t length, void *out, uint64_t total) {
    if (bytes[0] != WITH_BUFFERS) {
        memcpy(out, bytes, length);
        return 0;
    }
    PyObject *done = call(write_rest, out, total, WRITE);
    if (done) py.forget(done);
    return done ? 0 : FAILED;
}

static uint64_t total_of(const char *bytes, Py_ssize_t length) {
    uint64_t total = (uint64_t)length;
    if (bytes[0] == WITH_BUFFERS) memcpy(&total, bytes + TOTAL_AT, sizeof total);
    return total;
}

/* For _host.py, which must know who still looks there. */
const void *rowen_python_input(void) { return input; }

int32_t rowen_python(const void *in, uint64_t in_size, void *out, uint64_t *out_size) {
    if (!is_there()) {
        uint64_t room = *out_size;
        *out_size = strnlen(why_not, room);
        memcpy(out, why_not, *out_size);
        return 0;
    }
    int32_t code = FAILED;
    char *bytes;
    Py_ssize_t length;
    enter();
    if (answer) py.forget(answer);
    answer = NULL;
    input = in;
    PyObject *result = call(run, (void *)in, in_size, READ);
    if (result && py.as_bytes(result, &bytes, &length) == 0 && length > 0) {
        uint64_t room = *out_size;
        code = 0;
        *out_size = total_of(bytes, length);
        if (*out_size <= room) {
            code = write_answer(bytes, (uint64_t)length, out, *out_size);
        } else {
            answer = result; /* for rowen_python_rowen_result */
            result = NULL;
        }
    }
    if (result) py.forget(result);
    leave();
    return code;
}

int32_t rowen_python_rowen_result(void *out) {
    char *bytes;
    Py_ssize_t length;
    enter();
    int32_t code = answer && py.as_bytes(answer, &bytes, &length) == 0 ? write_answer(bytes, (uint64_t)length, out, total_of(bytes, length)) : FAILED;
    if (answer) py.forget(answer);
    answer = NULL;
    leave();
    return code;
}
