"""Python functions on leased cores of a cluster.

    import rowen

    with rowen.connect() as cluster:
        squares = cluster.map(lambda x: x * x, range(1000))

Functions, arguments and results are pickled (functions by cloudpickle where it is installed, and by `module:function` otherwise). They run in processes of
this interpreter's version and virtual environment, one for each leased core; what they print is in `rowen logs`.
"""
import concurrent.futures
import ctypes
import os
import pickle
import queue
import shutil
import sys
import sysconfig
import tempfile
import threading

from . import _native

__all__ = ["Cluster", "Executor", "RemoteError", "RowenError", "connect", "local", "map", "starmap", "version"]

_MEBIBYTE = 1 << 20


class RowenError(RuntimeError):
    """Something other than the function failed. `code` is a number of rowen.h, `name` its name."""

    def __init__(self, code, sentence):
        super().__init__(f"{_native.name_of(code)}: {sentence}")
        self.code = code
        self.name = _native.name_of(code)


class RemoteError(Exception):
    """An exception of a function, with the traceback that it had there. Where it could be pickled, it is raised itself, and this is its __cause__."""

    def __init__(self, type_name, message, traceback):
        super().__init__(f"{type_name}: {message}\n\nThere:\n{traceback}")
        self.type_name, self.traceback = type_name, traceback


def version():
    """The version of librowen."""
    return _native.library.rowen_version().decode()


def connect(cluster=None):
    """Connects to a running cluster.

    cluster: the file that `rowen up` wrote; None: ROWEN_CLUSTER, else ~/.rowen/cluster.json. Raises RowenError, which says what to do.
    """
    return Cluster(_native.opened(_native.library.rowen_connect, _encode(cluster)))


def local(cores=0, rowen=None):
    """Starts a cluster on this machine that ends with this process. cores 0: all. rowen: the program or its folder; None: PATH."""
    return Cluster(_native.opened(_native.library.rowen_start_local, _encode(rowen), cores))


def map(function, *iterables, **options):
    """Cluster.map on the cluster of ROWEN_CLUSTER."""
    with connect() as cluster:
        return cluster.map(function, *iterables, **options)


def starmap(function, arguments, **options):
    """Cluster.starmap on the cluster of ROWEN_CLUSTER."""
    with connect() as cluster:
        return cluster.starmap(function, arguments, **options)


class Cluster:
    """A connection. Close it, or use it with `with`: leases end with it. Any thread may use it; a fork of this process may not."""

    def __init__(self, handle):
        self._handle = handle
        self._package = _Package()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        handle, self._handle = self._handle, None
        if handle is not None:
            _native.check(_native.library.rowen_disconnect(handle))
            self._package.close()

    def map(self, function, *iterables, **options):
        """Runs a function on every item, as builtins.map does, and returns the list of results in the order of the items. See starmap."""
        return self.starmap(function, zip(*iterables), **options)

    def starmap(self, function, arguments, *, cores=0, memory=0, max_result=_MEBIBYTE, errors="raise", progress=None):
        """Runs function(*each) for each of the arguments, on as many cores as the cluster has and the work needs.

        cores: at most so many; 0: all. memory: bytes for each core; 0: its share of the node. max_result: most bytes of a pickled result. errors: "raise"
        raises the first failure, after every other item is done; "return" puts the exception into the item's place. progress: called with (done, total).
        Items whose core is taken away run again elsewhere; each has exactly one result.
        """
        if errors not in ("raise", "return"):
            raise ValueError(f"errors is {errors!r}; it must be 'raise' or 'return'")
        head = _head(function)
        payloads = [_payload(head, tuple(each), {}) for each in arguments]
        results, failure, seen = [None] * len(payloads), [], [0]

        def take(_, index, code, data, size):
            try:
                results[index] = _outcome(code, ctypes.string_at(data, size))
                seen[0] += 1
                if progress is not None:
                    progress(seen[0], len(payloads))
                return 0
            except BaseException as error:  # of `progress`, or Ctrl-C: nothing may pass through C
                failure.append(error)
                return 1

        options = self._options(cores, memory, max_result)
        items = (_native.Bytes * len(payloads))(*[_native.Bytes(each, len(each)) for each in payloads])
        _native.check(_native.library.rowen_map_each(
            self._live(), ctypes.byref(options), b"rowen_python", items, len(payloads), _native.OnResult(take), None))
        if failure:
            raise failure[0]
        if errors == "raise":
            for result in results:
                if isinstance(result, _Failed):
                    raise result.error
        return [result.error if isinstance(result, _Failed) else result.value for result in results]

    def call(self, function, *arguments, **options):
        """Runs function(*arguments) once and returns its result. For many calls use an executor: it keeps its leases."""
        return self.starmap(function, [arguments], **options)[0]

    def executor(self, max_workers=1, **options):
        """A concurrent.futures.Executor on max_workers leased cores; see Executor."""
        return Executor(max_workers, cluster=self, **options)

    def memory(self, size, nodes=1):
        """Leases zeroed memory of other processes or nodes; see Memory."""
        return Memory(_native.opened(_native.library.rowen_memory_lease, self._live(), size, nodes))

    def _live(self):
        if self._handle is None:
            raise ValueError("the connection is closed")
        return self._handle

    def _options(self, cores, memory, max_result):
        options = _native.LeaseOptions()
        _native.library.rowen_lease_options_init(ctypes.byref(options))
        options.cores, options.memory_bytes = cores, memory
        options.slot_bytes = max(65536, -(-(max_result + 1) // 64) * 64)
        options.package = os.fsencode(self._package.folder)
        return options


class Memory:
    """Leased memory: read and write bytes at offsets. It is given back by close, or at the end of `with`."""

    def __init__(self, handle):
        self._handle = handle

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def read(self, offset, size):
        target = ctypes.create_string_buffer(size)
        _native.check(_native.library.rowen_memory_read(self._handle, offset, target, size))
        return target.raw

    def write(self, offset, content):
        content = bytes(content)
        _native.check(_native.library.rowen_memory_write(self._handle, offset, content, len(content)))

    def close(self):
        handle, self._handle = self._handle, None
        _native.check(_native.library.rowen_memory_release(handle))


class Executor(concurrent.futures.Executor):
    """Stands in for concurrent.futures.ProcessPoolExecutor: max_workers cores, each leased when the first call needs it and kept until shutdown.

    A call whose core is taken away before it began is made again on another lease; one that may have begun fails with RowenError, as with a process pool that broke.
    """

    def __init__(self, max_workers=1, *, cluster=None, memory=0, max_result=_MEBIBYTE):
        if max_workers < 1:
            raise ValueError("max_workers must be 1 or more")
        self._owned = cluster is None
        self._cluster = connect() if cluster is None else cluster
        self._memory, self._max_result = memory, max_result
        self._max_workers = max_workers
        self._calls = queue.SimpleQueue()
        self._threads = []
        self._idle = threading.Semaphore(0)
        self._lock = threading.Lock()
        self._is_over = False

    def submit(self, function, /, *arguments, **keywords):
        payload = _payload(_head(function), arguments, keywords)
        future = concurrent.futures.Future()
        with self._lock:
            if self._is_over:
                raise RuntimeError("cannot schedule new futures after shutdown")
            self._calls.put((future, payload))
            if not self._idle.acquire(blocking=False) and len(self._threads) < self._max_workers:
                thread = threading.Thread(target=self._serve, name="rowen executor", daemon=True)
                self._threads.append(thread)
                thread.start()
        return future

    def shutdown(self, wait=True, *, cancel_futures=False):
        with self._lock:
            is_first, self._is_over = not self._is_over, True
            if cancel_futures:
                self._drop()
            for _ in self._threads if is_first or cancel_futures else ():
                self._calls.put(None)
        if wait:
            for thread in self._threads:
                thread.join()
            if self._owned:
                self._cluster.close()

    def _drop(self):
        while True:
            try:
                call = self._calls.get_nowait()
            except queue.Empty:
                return
            if call is not None:
                call[0].cancel()

    def _serve(self):
        lease = None
        try:
            while (call := self._calls.get()) is not None:
                future, payload = call
                if future.set_running_or_notify_cancel():
                    lease = self._run(lease, future, payload)
                self._idle.release()
        finally:
            if lease is not None:
                lease.close()

    def _run(self, lease, future, payload):
        try:
            while True:
                lease = lease or _Lease(self._cluster, self._memory, self._max_result)
                code, answer = lease.invoke(payload)
                may_be_called_again = code in _native.MAY_BE_CALLED_AGAIN
                if may_be_called_again or (code != _native.OK and not _native.library.rowen_lease_is_held(lease.handle)):
                    lease.close()
                    lease = None
                if not may_be_called_again:
                    break
            outcome = _outcome(code, answer)
        except BaseException as error:
            outcome = _Failed(error)
        if isinstance(outcome, _Failed):
            future.set_exception(outcome.error)
        else:
            future.set_result(outcome.value)
        return lease


class _Lease:
    """One core, and room for its answer."""

    def __init__(self, cluster, memory, max_result):
        options = cluster._options(1, memory, max_result)
        self.handle = _native.opened(_native.library.rowen_lease_cores, cluster._live(), ctypes.byref(options))
        try:
            self._function = _native.opened(_native.library.rowen_find, self.handle, b"rowen_python")
        except BaseException:
            self.close()
            raise
        self._room = ctypes.create_string_buffer(options.slot_bytes)
        self._length = ctypes.c_size_t()

    def invoke(self, payload):
        code = _native.library.rowen_invoke(self._function, payload, len(payload), self._room, len(self._room), self._length, 0)
        answer = ctypes.string_at(self._room, self._length.value) if code == _native.OK else _native.library.rowen_last_error()
        return code, answer

    def close(self):
        _native.library.rowen_release(self.handle)


class _Done:
    __slots__ = ("value",)

    def __init__(self, value):
        self.value = value


class _Failed:
    __slots__ = ("error",)

    def __init__(self, error):
        self.error = error


def _outcome(code, answer):
    if code != _native.OK:
        return _Failed(RowenError(code, answer.decode(errors="replace")))
    if answer[:1] == b"\0":
        return _Done(pickle.loads(answer[1:]))
    type_name, message, traceback, kept = pickle.loads(answer[1:])
    remote = RemoteError(type_name, message, traceback)
    if not kept:
        return _Failed(remote)
    error = pickle.loads(kept)
    error.__cause__ = remote
    return _Failed(error)


def _payload(head, arguments, keywords):
    return head + pickle.dumps((arguments, keywords), 5)


def _head(function):
    """What says which function it is: its length, and by value or by name."""
    blob = _sent(function)
    return len(blob).to_bytes(4, "little") + blob


def _sent(function):
    try:
        import cloudpickle
    except ImportError:
        module, name = getattr(function, "__module__", None), getattr(function, "__qualname__", "")
        if not module or module == "__main__" or "<" in name:
            raise TypeError(
                f"{function!r} cannot travel: without cloudpickle only functions of modules can, which the executors import (pip install cloudpickle)") from None
        return b"m" + f"{module}:{name}".encode()
    return b"p" + cloudpickle.dumps(function)


class _Package:
    """What executors load: the host, which interpreter it is for, and the path of this one. The same for every function."""

    def __init__(self):
        self._folder = None
        self._lock = threading.Lock()

    @property
    def folder(self):
        with self._lock:
            if self._folder is None:
                self._folder = self._make()
            return self._folder

    def close(self):
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    @staticmethod
    def _make():
        folder = tempfile.mkdtemp(prefix="rowen-python-")
        here = os.path.dirname(os.path.abspath(__file__))
        shutil.copy(os.path.join(_native.folder(), "librowen_python.so"), folder)
        with open(os.path.join(here, "_host.py"), encoding="utf-8") as source, open(os.path.join(folder, "_host.py"), "w", encoding="utf-8") as target:
            path = [os.path.abspath(each) for each in sys.path]
            target.write(source.read() + f"\n_sys.path[:] = {path!r}\n")
        with open(os.path.join(folder, "python.conf"), "w", encoding="utf-8") as conf:
            conf.write(f"{_libpython()}\n{sys.executable}\n")
        with open(os.path.join(folder, "rowen.functions"), "w", encoding="utf-8") as functions:
            functions.write("native librowen_python.so: rowen_python\n")
        return folder


def _libpython():
    name = sysconfig.get_config_var("INSTSONAME") or ""
    for folder in (sysconfig.get_config_var("LIBDIR"), os.path.join(sys.base_prefix, "lib")):
        if folder and ".so" in name and os.path.exists(os.path.join(folder, name)):
            return os.path.join(folder, name)
    if ".so" in name:
        return name  # the loader may know it
    raise RowenError(_native.BAD_ARGUMENT, f"{sys.executable} has no shared libpython, which executors need: use Debian's or one built with --enable-shared")


def _encode(text):
    return None if text is None else os.fsencode(text)
