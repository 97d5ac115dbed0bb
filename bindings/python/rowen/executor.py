"""A concurrent.futures.Executor on leased cores."""
from __future__ import annotations

import atexit
import collections
import concurrent.futures
import itertools
import os
import threading
import time
import weakref
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Callable, Iterable, Iterator, Optional

from . import _native
from ._travel import Failed, Shipped, packed
from .errors import RowenError
from .lease import Lease

_LEASE_WAIT = 1.0  # seconds: so often a thread that waits for a core looks whether it is still needed
_MOST_LOST = 3  # processes in a row that end in the initializer, as in maps: then it may be the reason
_open = weakref.WeakSet()  # executors of this process
_FULL = frozenset((_native.CAPACITY_EXHAUSTED, _native.WAITED_TOO_LONG))


class Executor(concurrent.futures.Executor):
    """Stands in for concurrent.futures.ProcessPoolExecutor: at most max_workers cores, each leased when calls wait for it and kept until `shutdown`.

    max_workers: None is as many as this machine has. initializer(*initargs) runs in each process before its first call; if it raises, the executor is broken, as a
    process pool is. max_tasks_per_child: after so many calls a core gets a new process. mp_context: accepted, and means nothing here. memory: bytes for each core; 0: its
    share of the node. max_wait: seconds that calls wait for the first core of a full cluster before they fail.

    A call whose core is taken away before it began is made again on another. One that may have begun fails with ExecutorLost, which is a BrokenProcessPool; the executor
    goes on, and so do its other calls. A core that is lost during the initializer is replaced; after three in a row, the calls that wait for one fail with ExecutorLost. Any
    thread may call it.
    """

    def __init__(self, max_workers: Optional[int] = None, mp_context: Any = None, initializer: Optional[Callable] = None, initargs: tuple = (), *,
                 max_tasks_per_child: Optional[int] = None, cluster=None, memory: int = 0, max_wait: float = 600.0):
        if max_workers is not None and max_workers < 1:
            raise ValueError("max_workers must be 1 or more")
        if max_tasks_per_child is not None and max_tasks_per_child < 1:
            raise ValueError("max_tasks_per_child must be 1 or more")
        if initializer is not None and not callable(initializer):
            raise TypeError("initializer must be callable")
        self._initializer = None if initializer is None else (Shipped(initializer), packed(tuple(initargs), {}))
        self._owned = cluster is None
        if cluster is None:
            from .cluster import connect
            cluster = connect()
        self._cluster, self._memory, self._max_wait = cluster, memory, max_wait
        self._max_workers = max_workers or os.cpu_count() or 1
        self._max_calls = max_tasks_per_child
        self._calls = collections.deque()  # with what follows, under the lock
        self._changed = threading.Condition()
        self._pid = os.getpid()
        self._threads = []
        self._lanes = 0  # threads that have not ended
        self._idle = 0
        self._leases = 0
        self._lost = 0  # in the initializer, since one has done it
        self._is_over = False
        self._broken = None
        _open.add(self)

    def submit(self, fn: Callable, /, *args, **kwargs) -> concurrent.futures.Future:
        """Schedules fn(*args, **kwargs). What cannot be pickled is the future's exception. Raises RuntimeError after shutdown, BrokenProcessPool if the initializer has failed."""
        return self._submit(fn, args, kwargs)

    def _submit(self, function: Callable, arguments: tuple, keywords: dict, in_a_chunk: bool = False) -> concurrent.futures.Future:
        if os.getpid() != self._pid:
            raise RowenError(_native.FORKED, "This process is a fork of the one that made the executor: its threads are not here. Fork before the first call, or connect after exec.")
        future = concurrent.futures.Future()
        try:
            call = future, Shipped(function), packed(arguments, keywords), in_a_chunk
        except Exception as error:
            call, unsendable = None, error
        with self._changed:
            if self._broken is not None:
                raise BrokenProcessPool(self._broken)
            if self._is_over:
                raise RuntimeError("cannot schedule new futures after shutdown")
            if call is not None:
                if self._idle > len(self._calls):
                    self._changed.notify()
                elif self._lanes < self._max_workers:
                    thread = threading.Thread(target=self._serve, name="rowen executor", daemon=True)
                    thread.start()  # which may fail: nothing has changed then
                    self._threads.append(thread)
                    self._lanes += 1
                self._calls.append(call)
        if call is None:
            future.set_exception(unsendable)
        return future

    def map(self, fn: Callable, *iterables: Iterable, timeout: Optional[float] = None, chunksize: int = 1) -> Iterator:
        """As ProcessPoolExecutor.map: results in the order of the items; chunksize items go to a core together. TimeoutError if a result is not there in time."""
        if chunksize < 1:
            raise ValueError("chunksize must be 1 or more")
        if chunksize == 1:
            return super().map(fn, *iterables, timeout=timeout)
        end = None if timeout is None else time.monotonic() + timeout
        items = zip(*iterables)
        futures = [self._submit(fn, chunk, {}, in_a_chunk=True) for chunk in iter(lambda: tuple(itertools.islice(items, chunksize)), ())]

        def values():
            try:
                futures.reverse()
                while futures:
                    yield from futures.pop().result(None if end is None else end - time.monotonic())
            finally:
                for each in futures:
                    each.cancel()

        return values()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Takes no more calls, and gives the cores back when those that it has are done; cancel_futures: those that have begun. If nobody waits here, the program's end does."""
        with self._changed:
            self._is_over = True
            dropped = list(self._calls) if cancel_futures else ()
            if cancel_futures:
                self._calls.clear()
            self._changed.notify_all()
        for future, *_ in dropped:
            if future.cancel():
                future.set_running_or_notify_cancel()
        if wait:
            for thread in self._threads:
                thread.join()
        self._close_if_done()

    def _close_if_done(self) -> None:
        """Ends the connection, if it is the executor's own: whoever is the last to need it does."""
        with self._changed:
            is_done = self._is_over and not self._lanes
        if self._owned and is_done:
            self._cluster.close()

    def _serve(self) -> None:
        """One thread for each core: it holds the lease, and makes the calls."""
        lease, since = None, None
        while self._wait_for_call():
            try:
                if lease is None:
                    since = since or time.monotonic()
                    lease = self._lease_or_none(since)
                    calls = 0
                    if lease is None:
                        continue
                    since = None
                call = self._next_or_none()
                if call is None:
                    continue
                calls += 1
                if not self._make(lease, *call) or calls == self._max_calls:
                    lease = self._give_back(lease)
            except BaseException as error:  # a fault here must not leave calls waiting for a thread that is gone
                self._fail_waiting(error)
        if lease is not None:
            self._give_back(lease)
        with self._changed:
            self._lanes -= 1
        self._close_if_done()

    def _wait_for_call(self) -> bool:
        with self._changed:
            while not self._calls:
                if self._is_over:
                    return False
                self._idle += 1
                self._changed.wait()
                self._idle -= 1
            return True

    def _next_or_none(self):
        """The next call that was not cancelled."""
        while True:
            with self._changed:
                if not self._calls:
                    return None
                call = self._calls.popleft()
            if call[0].set_running_or_notify_cancel():
                return call

    def _lease_or_none(self, since: float) -> Optional[Lease]:
        """A core, if one is to be had soon; when calls have waited too long for the first, they fail."""
        try:
            lease = Lease(self._cluster, self._memory, max_wait=_LEASE_WAIT)
        except Exception as error:
            is_full = isinstance(error, RowenError) and error.code in _FULL
            if not is_full or (time.monotonic() - since > self._max_wait and not self._leases):
                self._fail_waiting(error)
            return None
        with self._changed:
            self._leases += 1
        return lease if self._initializer is None or self._initialize(lease) else self._give_back(lease)

    def _initialize(self, lease: Lease) -> bool:
        """Whether the core is ready for calls. If the initializer raises, the pool is broken; a core that is lost meanwhile says nothing of it."""
        shipped, arguments = self._initializer
        try:
            code, result = lease._run(shipped, *arguments)
        except Exception as error:  # what it returned cannot be made here
            code, result = _native.OK, Failed(error)
        if code == _native.OK:
            if isinstance(result, Failed):
                with self._changed:
                    self._broken = f"the initializer failed: {result.error}"
                self._fail_waiting(BrokenProcessPool(self._broken), cause=result.error)
                return False
            self._lost = 0
            return True
        if code not in _native.MAY_BE_CALLED_AGAIN:
            with self._changed:
                self._lost += 1
            if code not in _native.LOST or self._lost % _MOST_LOST == 0:
                self._fail_waiting(result.error)
        return False

    def _give_back(self, lease: Lease) -> None:
        lease.close()
        with self._changed:
            self._leases -= 1

    def _fail_waiting(self, error: BaseException, cause: Optional[BaseException] = None) -> None:
        error.__cause__ = cause or error.__cause__
        while True:
            call = self._next_or_none()
            if call is None:
                return
            call[0].set_exception(error)

    def _make(self, lease: Lease, future, function: Shipped, arguments, in_a_chunk: bool) -> bool:
        """Makes a call. Returns whether the lease is good for another."""
        try:
            code, result = lease._run(function, *arguments, in_a_chunk)
        except BaseException as error:
            future.set_exception(error)
            return False
        if code in _native.MAY_BE_CALLED_AGAIN:
            with self._changed:
                self._calls.appendleft((_Begun(future), function, arguments, in_a_chunk))
            return False
        if isinstance(result, Failed):
            future.set_exception(result.error)
        else:
            future.set_result(result.value)
        return code == _native.OK or lease.is_held


def _shut_down_all() -> None:
    """As a process pool: the program ends when its calls have."""
    for each in list(_open):
        each.shutdown()


getattr(threading, "_register_atexit", atexit.register)(_shut_down_all)  # where process pools do it: before what atexit runs, such as a program's own closing of the cluster
os.register_at_fork(after_in_child=_open.clear)  # whose threads are not there


class _Begun:
    """A future whose call is made once more: it runs already, and cannot be cancelled."""

    def __init__(self, future):
        self.set_exception, self.set_result, self.cancel = future.set_exception, future.set_result, lambda: False

    @staticmethod
    def set_running_or_notify_cancel() -> bool:
        return True
