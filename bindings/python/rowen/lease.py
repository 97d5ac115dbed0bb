"""A leased core, for calls of microseconds."""
from __future__ import annotations

import ctypes
import os
from ctypes import byref
from typing import Any, Callable

from . import _forks, _native
from ._closing import Closing
from ._package import FUNCTION
from ._travel import Failed, FunctionUnknown, Shipped, error_of, outcome, packed
from .errors import opened

_SLICE = 0.2  # seconds in C at a time: Ctrl-C is noticed in between


def options(package: str, *, cores: int = 1, memory: int = 0, hot: float = 0.0, max_wait: float = 0.0) -> _native.LeaseOptions:
    """rowen_lease_options for Python's functions."""
    made = _native.LeaseOptions()
    _native.library.rowen_lease_options_init(byref(made))
    made.cores, made.memory_bytes = cores, memory
    made.hot_window_s, made.max_wait_s = hot, max_wait
    made.package = os.fsencode(package)
    return made


class Lease(Closing):
    """One core of a node, with a process of this interpreter on it, until `close` or the end of `with`. Calls of several threads take turns."""

    def __init__(self, cluster, memory: int = 0, hot: float = 0.0, max_wait: float = 0.0):
        self._handle = opened(_native.library.rowen_lease_cores, cluster._live(), byref(options(cluster._package.folder(), memory=memory, hot=hot, max_wait=max_wait)))
        self._call = None
        self._turn = _forks.lock()
        self._handles = _forks.lock()  # a handle is given back while nobody asks it anything
        self._heads = {}  # of functions that its process has had
        try:
            function = opened(_native.library.rowen_find, self._handle, FUNCTION)
            self._call = opened(_native.library.rowen_call_open, function)
        except BaseException:
            self.close()
            raise
        self._piece = _native.Bytes()
        self._result, self._size = ctypes.c_void_p(), ctypes.c_size_t()
        self._places = byref(self._piece), byref(self._result), byref(self._size)

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

    def function(self, function: Callable) -> RemoteFunction:
        """The function on this lease: call it like the function itself. What it captures is copied now."""
        return RemoteFunction(self, function)

    def call(self, function: Callable, *arguments, **keywords) -> Any:
        """Runs it once. For many calls of one function use `function`: it is pickled once."""
        return RemoteFunction(self, function)(*arguments, **keywords)

    def close(self) -> None:
        """Gives the core back, once no thread is in a call."""
        with self._turn:
            with self._handles:
                handle, self._handle = self._handle, None
            if handle is None:
                return
            if self._call is not None:
                _native.library.rowen_call_close(self._call)
            _native.library.rowen_release(handle)

    def _live(self):
        if self._handle is None:
            raise ValueError("the lease is closed")
        return self._handle

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
        library, (piece, result, size) = _native.library, self._places
        with self._turn:
            self._live()
            if len(pieces) == 1:
                content = pieces[0]
                self._piece.data, self._piece.size = content, len(content)
                code = library.rowen_call_start(self._call, piece, 1, _native.MOST_BYTES, 0.0)
            else:
                views = [memoryview(each) for each in pieces]
                several = (_native.Bytes * len(views))(*[(_native.address_of(each), each.nbytes) for each in views])
                code = library.rowen_call_start(self._call, several, len(views), _native.MOST_BYTES, 0.0)
            if code == _native.OK:
                code = library.rowen_call_wait(self._call, _SLICE, result, size)
                while code == _native.AGAIN:
                    code = library.rowen_call_wait(self._call, _SLICE, result, size)
            if code != _native.OK:
                return code, Failed(error_of(code, _native.last_error()))
            try:
                return code, outcome(code, self._result.value, self._size.value)
            except FunctionUnknown:
                return code, None


class RemoteFunction:
    """A function on a lease. A hot call costs microseconds; a failed one raises what the function raised, or RowenError."""

    __slots__ = ("_lease", "_shipped", "__wrapped__")

    def __init__(self, lease: Lease, function: Callable):
        self._lease, self._shipped, self.__wrapped__ = lease, Shipped(function), function

    def __call__(self, *arguments, **keywords):
        return self._lease._run(self._shipped, *packed(arguments, keywords))[1].get()
