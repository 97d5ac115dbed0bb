"""A leased core, for calls of microseconds."""
from __future__ import annotations

import ctypes
import os
from ctypes import byref
from typing import Any, Callable, Optional, Sequence

from . import _forks, _native
from ._closing import Closing
from ._package import FUNCTION
from ._travel import Failed, FunctionUnknown, Shipped, error_of, outcome, packed
from .errors import opened

_MOST_CALLS = 3  # each has room of its own and one of the lease's four slots: two whose results somebody still looks at, and one that goes on
_SLICE = 0.2  # seconds in C at a time: Ctrl-C is noticed in between


def options(package: Optional[str] = None, *, library: Optional[str] = None, functions: Sequence[str] = (), cores: int = 1, memory: int = 0, hot: float = 0.0,
            max_wait: float = 0.0) -> _native.LeaseOptions:
    """rowen_lease_options for Python's functions, in a package, or for those of a library."""
    made = _native.LeaseOptions()
    _native.library.rowen_lease_options_init(byref(made))
    made.cores, made.memory_bytes = cores, memory
    made.hot_window_s, made.max_wait_s = hot, max_wait
    if package is not None:
        made.package = os.fsencode(package)
    if library is not None:
        made.library, made.functions = os.fsencode(library), ",".join(functions).encode()
    return made


class Leased(Closing):
    """One core of a node, with a process on it, until `close` or the end of `with`."""

    def __init__(self, cluster, leased: _native.LeaseOptions):
        self._handle = opened(_native.library.rowen_lease_cores, cluster._live(), byref(leased))
        self._calls = []
        self._turn = _forks.lock()
        self._handles = _forks.lock()  # a handle is given back while nobody asks it anything
        self._result, self._size = ctypes.c_void_p(), ctypes.c_size_t()
        self._answer = byref(self._result), byref(self._size)

    @property
    def provider(self) -> str:
        """The fabric that calls go over: "shm", "tcp" or "ofi"."""
        with self._handles:
            return _native.library.rowen_lease_provider(self._live()).decode()

    @property
    def name(self) -> str:
        """What `rowen logs` calls it: "L7"."""
        with self._handles:
            return _native.library.rowen_lease_name(self._live()).decode()

    @property
    def is_held(self) -> bool:
        """False once the lease has ended: a batch job took the core, or the process died."""
        with self._handles:
            return self._handle is not None and bool(_native.library.rowen_lease_is_held(self._handle))

    def close(self) -> None:
        """Gives the core back, once no thread is in a call."""
        with self._turn:
            with self._handles:
                handle, self._handle = self._handle, None
            if handle is None:
                return
            for each in self._calls:
                _native.library.rowen_call_close(each)
            _native.library.rowen_release(handle)

    def _live(self):
        if self._handle is None:
            raise ValueError("the lease is closed")
        return self._handle

    def _opened(self, name: bytes):
        """A function with room of its own, called in turn."""
        call = opened(_native.library.rowen_call_open, opened(_native.library.rowen_find, self._live(), name))
        self._calls.append(call)
        return call

    def _called(self, call, pieces, count: int, room: int, deadline: float = 0.0) -> int:
        """Makes a call in this thread's turn: the code, and the result where `_result` says."""
        library, (result, size) = _native.library, self._answer
        code = library.rowen_call_start(call, pieces, count, room, deadline)
        if code == _native.OK:
            code = library.rowen_call_wait(call, _SLICE, result, size)
            while code == _native.AGAIN:
                code = library.rowen_call_wait(call, _SLICE, result, size)
        return code


class Lease(Leased):
    """One core of a node, with a process of this interpreter on it, until `close` or the end of `with`. Calls of several threads take turns."""

    def __init__(self, cluster, memory: int = 0, hot: float = 0.0, max_wait: float = 0.0):
        super().__init__(cluster, options(cluster._package.folder(), memory=memory, hot=hot, max_wait=max_wait))
        self._heads = {}  # of functions that its process has had
        self._rooms, self._spare = 1, []  # whose results nobody looks at any more
        try:
            self._call = self._opened(FUNCTION)
        except BaseException:
            self.close()
            raise
        self._piece = _native.Bytes()
        self._only = byref(self._piece)

    def close(self) -> None:
        """Gives the core back, once no thread is in a call. Results stay what they are."""
        super().close()
        self._close_spare()

    def function(self, function: Callable) -> RemoteFunction:
        """The function on this lease: call it like the function itself. What it captures is copied now."""
        return RemoteFunction(self, function)

    def call(self, function: Callable, *arguments, **keywords) -> Any:
        """Runs it once. For many calls of one function use `function`: it is pickled once."""
        return RemoteFunction(self, function)(*arguments, **keywords)

    def _run(self, function: Shipped, data: bytes, buffers, in_a_chunk: bool = False):
        """Makes a call of what `packed` made: the code, and Value or Failed."""
        key = function.key, in_a_chunk
        head = self._heads.get(key)
        code, result = self._exchange((head or function.head(in_a_chunk=in_a_chunk)).call(data, buffers))
        if result is None:  # it has forgotten it
            code, result = self._exchange(function.head(in_a_chunk=in_a_chunk).call(data, buffers))
        if head is None and code == _native.OK:
            self._heads[key] = function.head(is_known=True, in_a_chunk=in_a_chunk)
        return code, result

    def _exchange(self, pieces):
        with self._turn:
            self._live()
            if len(pieces) == 1:
                content = pieces[0]
                self._piece.data, self._piece.size = content, len(content)
                code = self._called(self._call, self._only, 1, _native.MOST_BYTES)
            else:
                views = [memoryview(each) for each in pieces]
                several = (_native.Bytes * len(views))(*[(_native.address_of(each), each.nbytes) for each in views])
                code = self._called(self._call, several, len(views), _native.MOST_BYTES)
            if code != _native.OK:
                return code, Failed(error_of(code, _native.last_error()))
            try:
                can_stay = self._spare or self._rooms < _MOST_CALLS
                return code, outcome(code, self._result.value, self._size.value, self._kept if can_stay else None)
            except FunctionUnknown:
                return code, None

    def _kept(self, address: int, size: int) -> memoryview:
        """The result where it lies. The next call has room of its own."""
        if self._spare:
            self._calls.append(self._spare.pop())
        else:
            self._opened(FUNCTION)
            self._rooms += 1
        call, self._call = self._calls
        self._calls.remove(call)
        return _native.result_of(call, address, size, self._let)

    def _let(self, call) -> None:
        """Nobody looks at its result any more. Comes from anywhere, and takes no lock."""
        self._spare.append(call)
        if self._handle is None:
            self._close_spare()

    def _close_spare(self) -> None:
        while self._spare:
            try:
                _native.library.rowen_call_close(self._spare.pop())
            except IndexError:  # another thread was faster
                pass


class RemoteFunction:
    """A function on a lease. A hot call costs microseconds; a failed one raises what the function raised, or RowenError."""

    __slots__ = ("_lease", "_shipped", "__wrapped__")

    def __init__(self, lease: Lease, function: Callable):
        self._lease, self._shipped, self.__wrapped__ = lease, Shipped(function), function

    def __call__(self, *arguments, **keywords):
        return self._lease._run(self._shipped, *packed(arguments, keywords))[1].get()


class NativeLease(Leased):
    """One core of a node, with a process on it that has loaded a library of C or Fortran functions, until `close` or the end of `with`. Calls of several threads take turns.
    Made by Cluster.native_lease."""

    def __init__(self, cluster, library, functions: Sequence[str], memory: int = 0, hot: float = 0.0, max_wait: float = 0.0):
        super().__init__(cluster, options(library=library, functions=functions, memory=memory, hot=hot, max_wait=max_wait))

    def function(self, name: str) -> NativeFunction:
        """A function of those that the lease was made with. Any thread. Raises RowenError (UnknownFunction) if there is none of that name."""
        with self._turn:
            return NativeFunction(self, self._opened(name.encode()))


class NativeFunction:
    """A C or Fortran function on a lease, `int32_t f(const void *in, uint64_t in_size, void *out, uint64_t *out_size)`; valid as long as the lease.

    Any thread; calls on one lease take turns, without Python's lock while they wait. A failed call raises RowenError: FunctionFailed if the function returned a number other
    than 0, ResultTooLarge if there is too little room, LeaseRevoked and others where the core was taken; ExecutorLost, which is one, if the process died in the call.
    ValueError on a closed lease.
    """

    __slots__ = ("_lease", "_call")

    def __init__(self, lease: NativeLease, call):
        self._lease, self._call = lease, call

    def __call__(self, content=b"", *, room: int = 65_536, deadline: float = 0.0) -> bytes:
        """Calls it with bytes, or anything contiguous that has a buffer, such as an array; returns a copy of what it wrote.

        room: bytes that the result may have, at most 2 GiB less one. deadline: seconds that the call may take, else RowenError (DeadlineExceeded); 0: for ever.
        """
        return self._made(content, room, deadline, ctypes.string_at)

    def into(self, target, content=b"", *, deadline: float = 0.0) -> int:
        """The same, with the result in a writable buffer, such as an array, whose length is the room. Returns how many bytes of it were written; after a failure it is as it was."""
        view = memoryview(target)
        if view.readonly or not view.contiguous:
            raise ValueError("the target must be writable and lie in one piece")

        def fill(address: int, size: int) -> int:
            ctypes.memmove(_native.address_of(view), address, size)
            return size

        return self._made(content, view.nbytes, deadline, fill)

    def _made(self, content, room: int, deadline: float, read: Callable):
        view = memoryview(content)
        if not view.contiguous:
            raise ValueError("what is sent must lie in one piece: numpy.ascontiguousarray makes it so")
        if not 0 <= room <= _native.MOST_BYTES:
            raise ValueError(f"room is {room}; it must be from 0 to {_native.MOST_BYTES} bytes")
        lease, piece = self._lease, _native.Bytes(content if type(content) is bytes else _native.address_of(view), view.nbytes)
        with lease._turn:
            lease._live()
            code = lease._called(self._call, byref(piece), 1, room, deadline)
            if code != _native.OK:
                raise error_of(code, _native.last_error())
            size = lease._size.value
            return read(lease._result.value, size) if size else read(0, 0)
