"""A connection with a cluster, and what is leased through it."""
from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import ctypes
import functools
import os
import threading
from typing import Any, AsyncIterator, Callable, Iterable, Iterator, List, Optional, Sequence, Tuple, Union

from . import _forks, _native
from ._closing import Closing
from ._package import Package
from .errors import checked, opened
from .executor import Executor
from .lease import Lease, NativeLease
from .maps import Result, batches, results
from .progress import shown
from .stores import Store

Progress = Union[bool, None, Callable[[int, int], None]]


def connect(cluster: Optional[str] = None) -> Cluster:
    """Connects to a running cluster.

    cluster: the file that `rowen up` wrote; None: ROWEN_CLUSTER, else ~/.rowen/cluster.json. Raises RowenError, which says what to do.
    """
    return Cluster(opened(_native.library.rowen_connect, _encode(cluster)))


def local(cores: int = 0, rowen: Optional[str] = None) -> Cluster:
    """Starts a cluster on this machine that ends with this process. cores 0: all. rowen: the program or its folder; None: PATH."""
    return Cluster(opened(_native.library.rowen_start_local, _encode(rowen), cores))


class Cluster(Closing):
    """A connection. Close it, or use it with `with`: leases end with it. Any thread may use it; a fork of this process may not.

    Maps take these settings, by name:
      cores: at most so many; 0: as many as are free and the items need.
      memory: bytes for each core; 0: its share of the node.
      deadline: seconds that an item may take; it then fails with RowenError (DeadlineExceeded). 0: for ever.
      timeout: seconds that the whole map may take, with its retries. 0: for ever.
      deaths: how many processes may die with an item before it has failed; 0: three. Items whose core is taken away run again in any case.
      retries, retry_on: how often an item whose function raised one of these exceptions runs again; 0, and any Exception.
    """

    def __init__(self, handle):
        self._handle = handle
        self._package = Package()
        self._pool = None
        self._lock = _forks.lock()

    def close(self) -> None:
        """Ends the connection, after the calls of `submit`. The second time it does nothing."""
        with self._lock:
            handle, self._handle = self._handle, None
            pool, self._pool = self._pool, None
        if handle is None:
            return
        if pool is not None:
            pool.shutdown()
        try:
            checked(_native.library.rowen_disconnect(handle))
        finally:
            self._package.close()

    def map(self, function: Callable, *iterables: Iterable, **settings) -> List[Any]:
        """Runs a function on every item, as builtins.map does, and returns the list of results in the order of the items. See starmap."""
        return self.starmap(function, zip(*iterables), **settings)

    def starmap(self, function: Callable, arguments: Iterable[Sequence], *, errors: str = "raise", progress: Progress = None, **settings) -> List[Any]:
        """Runs function(*each) for each of the arguments, on as many cores as the cluster has and the work needs: results in the order of the items.

        errors: "raise" raises the failure of the first item that failed, after every other item is done; "return" puts the exception into the item's place. progress:
        True shows a bar; a function is called with (done, total), and ends the map if it raises. Settings: see Cluster. Each item has exactly one result.
        """
        _check_errors(errors)
        arguments = [tuple(each) for each in arguments]
        values, failed = [None] * len(arguments), {}
        bar, done = shown(progress, len(arguments)), 0
        with contextlib.closing(self._results(function, arguments, settings)) as found, contextlib.closing(bar):
            for result in found:
                values[result.index] = result.value
                if result.error is not None:
                    failed[result.index] = result.error
                done += 1
                bar.update(done)
        if failed and errors == "raise":
            raise failed[min(failed)]
        for index, error in failed.items():
            values[index] = error
        return values

    def as_completed(self, function: Callable, arguments: Iterable[Sequence], *, progress: Progress = None, **settings) -> Iterator[Result]:
        """Runs function(*each) for each of the arguments, and yields a rowen.Result for each as it is done. Leaving the loop cancels the rest."""
        arguments = [tuple(each) for each in arguments]
        with contextlib.closing(self._results(function, arguments, settings)) as found, contextlib.closing(shown(progress, len(arguments))) as bar:
            for done, result in enumerate(found, 1):
                bar.update(done)
                yield result

    def call(self, function: Callable, *arguments, **keywords) -> Any:
        """Runs function(*arguments, **keywords) once. It takes and gives back a lease: for many calls use `lease`, `executor` or `map`."""
        with contextlib.closing(self._results(functools.partial(function, **keywords) if keywords else function, [arguments], {})) as found:
            return next(found).get()

    def submit(self, function: Callable, /, *arguments, **keywords) -> concurrent.futures.Future:
        """Schedules function(*arguments, **keywords) on an Executor of the cluster's own, with as many cores as this machine has; `executor(n)` makes others."""
        with self._lock:
            self._live()
            if self._pool is None:
                self._pool = Executor(cluster=self)
        return self._pool.submit(function, *arguments, **keywords)

    async def call_async(self, function: Callable, *arguments, **keywords) -> Any:
        """`submit`, awaited. Who cancels it stops waiting, and what has begun goes on."""
        return await asyncio.wrap_future(self.submit(function, *arguments, **keywords))

    async def as_completed_async(self, function: Callable, arguments: Iterable[Sequence], *, progress: Progress = None, **settings) -> AsyncIterator[Result]:
        """`as_completed` for asyncio. A function for progress is called in the loop's thread."""
        arguments = [tuple(each) for each in arguments]
        loop = asyncio.get_running_loop()
        found, turn, done = batches(self, function, arguments, **self._checked(settings)), threading.Lock(), 0

        def in_turn(step):  # who is cancelled leaves a thread behind that still waits for results
            with turn:
                return step()

        try:
            with contextlib.closing(shown(progress, len(arguments))) as bar:
                while True:
                    some = await loop.run_in_executor(None, in_turn, lambda: next(found, None))
                    if some is None:
                        return
                    for each in some:
                        done += 1
                        bar.update(done)
                        yield each
        finally:
            await loop.run_in_executor(None, in_turn, found.close)

    def map_async(self, function: Callable, *iterables: Iterable, **settings) -> AsyncIterator[Any]:
        """`map` for asyncio. See starmap_async."""
        return self.starmap_async(function, zip(*iterables), **settings)

    async def starmap_async(self, function: Callable, arguments: Iterable[Sequence], *, errors: str = "raise", progress: Progress = None, **settings) -> AsyncIterator[Any]:
        """`starmap` for asyncio: yields the results in the order of the items. errors: "raise" raises the failure of an item in its turn, which cancels the rest; "return"
        yields the exception in the item's place."""
        _check_errors(errors)
        waiting, following = {}, 0
        found = self.as_completed_async(function, arguments, progress=progress, **settings)
        try:
            async for result in found:
                waiting[result.index] = result
                while following in waiting:
                    each = waiting.pop(following)
                    following += 1
                    yield each.error if errors == "return" and each.error is not None else each.get()
        finally:
            await found.aclose()  # now, and not when it is collected

    def lease(self, memory: int = 0, hot: float = 0.0, max_wait: float = 0.0) -> Lease:
        """Leases one core, for calls of microseconds: see Lease. Waits while the cluster is full, for at most max_wait seconds (0: ten minutes).

        hot: seconds that the idle core polls for the next call before it sleeps, which costs the next call some 30 microseconds; 0: 0.0001; negative: for ever.
        """
        return Lease(self, memory, hot, max_wait)

    def native_lease(self, library: Union[str, os.PathLike], *functions: str, memory: int = 0, hot: float = 0.0, max_wait: float = 0.0) -> NativeLease:
        """Leases one core for functions in C or Fortran, which its process loads from a shared library: see NativeLease. No Python runs there.

        library: a file of this machine, which is sent to the node; other libraries that it needs must be there. functions: the names of those that will be called, one at least; each
        has the form `int32_t f(const void *in, uint64_t in_size, void *out, uint64_t *out_size)`, and one of another form corrupts memory there. The rest is as for `lease`.
        Raises RowenError: BadArgument without functions, PackageUnusable without such a file.
        """
        return NativeLease(self, library, functions, memory, hot, max_wait)

    def executor(self, max_workers: Optional[int] = None, **options) -> Executor:
        """A concurrent.futures.Executor on max_workers leased cores; see Executor."""
        return Executor(max_workers, cluster=self, **options)

    def memory(self, size: int, nodes: int = 1) -> Memory:
        """Leases zeroed memory of other processes or nodes, in bytes; see Memory."""
        return Memory(opened(_native.library.rowen_memory_lease, self._live(), size, nodes))

    def store(self, uri: str) -> Store:
        """Opens an object store: file:/folder, s3://bucket/prefix, redis://host/prefix, or rowen-memory:?bytes=N for memory of this cluster. Keys are in ~/.rowen/stores.json."""
        return Store(uri, self)

    def _results(self, function: Callable, arguments: Sequence[tuple], settings: dict) -> Iterator[Result]:
        return results(self, function, arguments, **self._checked(settings))

    def _checked(self, settings: dict) -> dict:
        given = {"cores": 0, "memory": 0, "deadline": 0.0, "timeout": 0.0, "deaths": 0, "retries": 0, "retry_on": (Exception,)}
        unknown = set(settings) - set(given)
        if unknown:
            raise TypeError(f"a map has no setting {', '.join(sorted(unknown))}; there are {', '.join(given)}")
        self._live()
        return {**given, **settings}

    def _live(self):
        if self._handle is None:
            raise ValueError("the connection is closed")
        return self._handle


class Memory(Closing):
    """Leased memory: read and write bytes at offsets. It is given back by `close`, or at the end of `with`. Any thread."""

    def __init__(self, handle):
        self._handle = handle

    def read(self, offset: int, size: int) -> bytes:
        """A copy of so many bytes. Raises RowenError beyond its end."""
        target = ctypes.create_string_buffer(size)
        checked(_native.library.rowen_memory_read(self._live(), offset, target, size))
        return target.raw

    def read_into(self, offset: int, target) -> None:
        """Fills a writable buffer, such as a numpy array, without a copy between."""
        view = memoryview(target)
        if view.readonly or not view.contiguous:
            raise ValueError("the target must be writable and lie in one piece")
        checked(_native.library.rowen_memory_read(self._live(), offset, _native.address_of(view), view.nbytes))

    def write(self, offset: int, content) -> None:
        """Writes bytes, or anything contiguous that has a buffer; it is read where it lies."""
        view = memoryview(content)
        if not view.contiguous:
            raise ValueError("what is written must lie in one piece: numpy.ascontiguousarray makes it so")
        checked(_native.library.rowen_memory_write(self._live(), offset, _native.address_of(view), view.nbytes))

    def close(self) -> None:
        handle, self._handle = self._handle, None
        if handle is not None:
            checked(_native.library.rowen_memory_release(handle))

    def _live(self):
        if self._handle is None:
            raise ValueError("the memory was given back")
        return self._handle


def _check_errors(errors: str) -> None:
    if errors not in ("raise", "return"):
        raise ValueError(f"errors is {errors!r}; it must be 'raise' or 'return'")


def _encode(text: Optional[str]) -> Optional[bytes]:
    return None if text is None else os.fsencode(text)
