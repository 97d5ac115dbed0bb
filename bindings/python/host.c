/* The function that executors load for Python: it runs the interpreter in its own process. Beside it lie `python.conf` (which interpreter) and `_host.py`
 * (what that runs). libpython is found when the first item comes, so that this is compiled once for every version.
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

enum { READ_ONLY = 0x100, FAILED = 1, NO_INTERPRETER = 2 };

static struct {
    void (*initialize)(int);
    void (*set_program)(const wchar_t *);
    wchar_t *(*decode)(const char *, size_t *);
    void *(*save_thread)(void);
    int (*ensure)(void);
    void (*release)(int);
    int (*run_string)(const char *);
    PyObject *(*add_module)(const char *);
    PyObject *(*get_attribute)(PyObject *, const char *);
    PyObject *(*view)(char *, Py_ssize_t, int);
    PyObject *(*call)(PyObject *, ...);
    int (*as_bytes)(PyObject *, char **, Py_ssize_t *);
    void (*forget)(PyObject *);
    void (*print_error)(void);
} py;

static PyObject *run;
static int state; /* 0: not begun; 1: there; -1: cannot be had */
static pthread_mutex_t beginning = PTHREAD_MUTEX_INITIALIZER;

static int fault(const char *what, const char *detail) {
    fprintf(stderr, "rowen: no Python in this executor: %s%s%s\n", what, detail ? ": " : "", detail ? detail : "");
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
        {"Py_InitializeEx", &py.initialize}, {"Py_DecodeLocale", &py.decode}, {"PyEval_SaveThread", &py.save_thread}, {"PyGILState_Ensure", &py.ensure},
        {"PyGILState_Release", &py.release}, {"PyRun_SimpleString", &py.run_string}, {"PyImport_AddModule", &py.add_module},
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
    char *settings = read_file(folder, "python.conf"), *source = read_file(folder, "_host.py"), *rest = NULL;
    if (!settings || !source) {
        return fault("python.conf or _host.py is not in the package", folder);
    }
    const char *libpython = strtok_r(settings, "\n", &rest), *program = strtok_r(NULL, "\n", &rest);
    void *library = libpython ? dlopen(libpython, RTLD_NOW | RTLD_GLOBAL) : NULL; /* global: extension modules look there */
    if (!library) {
        return fault("libpython cannot be loaded", dlerror());
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
    py.save_thread();
    return run ? 0 : fault("_host.py failed", NULL);
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

int32_t rowen_python(const void *in, uint64_t in_size, void *out, uint64_t *out_size) {
    if (!is_there()) {
        return NO_INTERPRETER;
    }
    int32_t code = FAILED;
    int turn = py.ensure();
    PyObject *input = py.view((char *)in, (Py_ssize_t)in_size, READ_ONLY);
    PyObject *result = input ? py.call(run, input, NULL) : NULL;
    char *bytes;
    Py_ssize_t length;
    if (result && py.as_bytes(result, &bytes, &length) == 0) {
        uint64_t room = *out_size;
        *out_size = (uint64_t)length;
        code = 0;
        if (*out_size <= room) {
            memcpy(out, bytes, *out_size);
        }
    } else {
        py.print_error();
    }
    if (result) py.forget(result);
    if (input) py.forget(input);
    py.release(turn);
    return code;
}
