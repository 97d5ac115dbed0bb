"""What runs Lithops' calls: leased cores of a cluster, each with a thread here that hands it one call after the other."""
import atexit
import collections
import ctypes
import logging
import os
import threading
import time

import rowen
from rowen import _native
from rowen._travel import Failed, Shipped, bytes_of, outcome, packed
from rowen.errors import opened
from rowen.lease import options as lease_options

from . import _runner
from ._futures import ledger
from ._work import futures_in, plain

_ANSWER_BYTES = 256 << 10  # kept ready for each core; a longer status is read from the storage
_LEASING_AT_ONCE = 8
_PATIENCE_S = 30  # for one request in a full cluster: after that, whether there is still something to run is looked at anew
_UNREACHABLE_S = 60  # a manager that is started again has its leases back before
_START_S = 120  # for Python and the import of Lithops in an executor
_REFUSED_S = 5  # how long no further core is asked for where one was refused, while there are others
_FULL = {"CapacityExhausted", "QueueFull", "WaitedTooLong"}
_NOT_STARTED = _native.MAY_BE_CALLED_AGAIN | {300}
_FUNCTION_FAILED, _DEADLINE_EXCEEDED, _OUT_OF_MEMORY = 200, 201, 211
_logger = logging.getLogger("lithops.rowen")


class Lanes:
    """Cores of one cluster with so much memory each. One for all FunctionExecutors of this process, so that they share what is warm."""

    def __init__(self, cluster, memory):
        self._cluster, self._memory = cluster, memory
        self._changed = threading.Condition(_lock)
        self._groups = collections.deque()
        self._idle = self._leasing = 0
        self._idle_seconds = self._last_idle_seconds = 0
        self._open_count = 0  # lanes with a lease
        self._refused_at = -_REFUSED_S
        self._careful = 0  # maps of one call, which lease cores by themselves
        self._is_over = False

    def submit(self, calls):
        with _lock:
            for call in calls:
                call.lanes = self
                call.needs = {key for key in futures_in(call.data) if key in ledger.pending}
                for key in call.needs:
                    _waiting.setdefault(key, []).append(call)
                if not call.needs:
                    self._add(call)
            self._changed.notify_all()
            self._grow()

    def resume(self, call):
        """A call whose futures have all ended."""
        with _lock:
            self._add(call)
            self._changed.notify()
            self._grow()

    def cancel(self, group, job_keys):
        """Drops calls of these jobs, and ends the executors that run them: their cores are free then."""
        with _lock:
            dropped = [call for call in group.ready if call.job_key in job_keys]
            group.ready = collections.deque(call for call in group.ready if call.job_key not in job_keys)
            held = {id(call): call for calls in _waiting.values() for call in calls if call.group is group and call.job_key in job_keys}
            for call in held.values():
                call.is_cancelled = True
            running = [call for call in group.running if call.job_key in job_keys]
            leases = []
            for call in running:
                call.is_cancelled = True
                if call.lease is not None:
                    leases.append(call.lease)
        for lease in leases:
            lease.end()
        for call in [*dropped, *held.values(), *running]:
            _end(call, None)

    def stop(self):
        """The program ends. Lanes are not woken: the connection gives back what they hold, and waits for it only where no lane is about to."""
        with _lock:
            self._is_over = True

    def _add(self, call, is_first=False):
        if call.is_cancelled:
            return
        if call.group not in self._groups:
            self._groups.append(call.group)
            self._idle_seconds, self._last_idle_seconds = call.group.idle_seconds
        (call.group.ready.appendleft if is_first else call.group.ready.append)(call)

    def _runnable(self):
        return sum(min(len(group.ready), group.limit - len(group.running)) for group in self._groups)

    def _grow(self):
        if self._open_count > 0 and time.monotonic() < self._refused_at + _REFUSED_S:
            return
        wanted = self._runnable() - self._idle - self._leasing
        while wanted > 0 and self._leasing < _LEASING_AT_ONCE and not self._is_over:
            wanted -= 1
            self._leasing += 1
            threading.Thread(target=self._serve, name="rowen lithops lane", daemon=True).start()

    def _serve(self):
        lease = None
        try:
            while True:
                lease = self._open()
                if lease is None:
                    return
                with _lock:
                    self._open_count += 1
                while (call := self._take()) is not None:
                    if not self._try(lease, call):
                        break
                lease.close()
                if call is None:
                    return
                with _lock:
                    self._open_count -= 1
                    self._leasing += 1
        finally:
            if lease is not None:
                lease.close()
            with _lock:
                self._grow()

    def _open(self):
        """A lease; None if there is nothing to run, or nothing can be."""
        began = told = time.monotonic()
        try:
            while True:
                if not self._is_wanted():
                    return None
                try:
                    return Lease(self._cluster, self._memory, self._is_wanted)
                except _Lost:
                    time.sleep(0.01)
                except Exception as error:
                    now = time.monotonic()
                    name = getattr(error, "name", None)
                    if name not in _FULL and (name != "ManagerUnreachable" or now - began > _UNREACHABLE_S):
                        self._refuse(error)
                        return None
                    if now - told > 60:
                        told = now
                        _logger.warning("Calls wait for cores of the cluster since %d s: %s", now - began, error)
                    time.sleep(0.2)
        finally:
            with _lock:
                self._leasing -= 1
                self._grow()

    def _is_wanted(self):
        with _lock:
            return not self._is_over and self._runnable() > 0

    def _refuse(self, error):
        """No core is to be had, and waiting would not help: calls fail, unless others can run them."""
        with _lock:
            self._refused_at = time.monotonic()
            if self._is_over or self._open_count > 0:
                return
            calls = [call for group in self._groups for call in group.ready]
            for group in self._groups:
                group.ready.clear()
        for call in calls:
            call.group.fail(call, RuntimeError("HANDLER", f"No core could be leased for it. {error}"))
            _release(call.key)

    def _take(self):
        with _lock:
            since = time.monotonic()
            while not self._is_over:
                for _ in range(len(self._groups)):
                    group = self._groups.popleft()
                    if not group.ready:
                        continue  # until it has calls again
                    self._groups.append(group)  # in turns
                    if len(group.running) < group.limit:
                        call = group.ready.popleft()
                        group.running.add(call)
                        return call
                kept = self._last_idle_seconds if self._open_count == 1 else self._idle_seconds
                left = since + kept - time.monotonic()
                if left <= 0 or self._careful > 0:
                    self._open_count -= 1
                    return None
                self._idle += 1
                self._changed.wait(left)
                self._idle -= 1
            self._open_count -= 1
            return None

    def _try(self, lease, call):
        try:
            return self._run(lease, call)
        except Exception as error:  # a fault here must not leave a program waiting for ever
            call.group.fail(call, plain(error))
            _release(call.key)
            return False

    def _run(self, lease, call):
        """Runs a call. False if the lease is of no further use."""
        with _lock:
            call.lease = lease
        ledger.run(call.key)
        code, answer = _native.OK, None
        status = error = None
        if not call.is_cancelled:
            code, answer = lease.invoke(_RUN, call.arguments, call.timeout)
        with _lock:
            call.lease = None
            call.group.running.discard(call)
            if call.group.ready:
                self._changed.notify()
            if call.is_cancelled:
                return False
        is_usable = code == _native.OK
        if is_usable:
            status, error = _read(answer)
        elif code == _DEADLINE_EXCEEDED:
            error = TimeoutError("HANDLER", f"Function exceeded maximum time of {call.timeout} seconds and was killed")
        else:
            lease.close()
            if code in _NOT_STARTED:
                self._again(call)
                return False
        if status is None and error is None:
            status = self._stored(call)
        if status is None and error is None:
            call.losses += 1
            if call.losses == 1 and code != _OUT_OF_MEMORY:
                _logger.info("Call %s of %s was lost with its executor (%s) and runs again", call.key[2], call.job_key, _native.name_of(code))
                self._again(call)
                return False
            status, error = self._map(call)
        if error is not None:
            call.group.fail(call, error)
        else:
            call.group.end(call, status)
        _release(call.key)
        return is_usable

    def _again(self, call):
        time.sleep(0.01)  # a lease that ends at once is no reason to spin
        with _lock:
            self._add(call, is_first=True)
            self._changed.notify()
            self._grow()

    def _map(self, call):
        """What was lost twice: a map of one item judges by what its executors died of, as every map of Rowen does, and gives more memory where that was it."""
        with _lock:
            self._careful += 1
            self._changed.notify_all()  # idle lanes give their cores
        try:
            became = self._cluster.starmap(_runner.run, [call.arguments], cores=1, memory=self._memory, errors="return")[0]
        finally:
            with _lock:
                self._careful -= 1
        if isinstance(became, rowen.RowenError):
            kind = MemoryError if became.code == _OUT_OF_MEMORY else RuntimeError
            return None, kind("HANDLER", str(became))
        if isinstance(became, BaseException):
            return None, plain(became)
        return became or self._stored(call), None

    @staticmethod
    def _stored(call):
        try:
            return call.group.storage.get_call_status(*call.key)
        except Exception as trouble:
            _logger.warning("Whether call %s of %s has ended could not be looked up: %s", call.key[2], call.job_key, trouble)
            return None


class _Lost(Exception):
    """A lease that ended before its executor had begun, or was not needed any more."""


class Lease:
    """One core with Python and Lithops started on it, and room for its answer: of one thread, which calls and closes it. Another may end it, and its executor, meanwhile."""

    def __init__(self, cluster, memory, is_wanted):
        options = lease_options(cluster._package.folder(), memory=memory, max_wait=_PATIENCE_S)
        options.slots, options.slot_bytes = 1, _ANSWER_BYTES
        self._lock = threading.Lock()
        self._handle = opened(_native.library.rowen_lease_cores, cluster._live(), ctypes.byref(options))
        try:
            if not is_wanted():  # others have run what there was, meanwhile
                raise _Lost
            self._function = opened(_native.library.rowen_find, self._handle, b"rowen_python")
            self._room = ctypes.create_string_buffer(options.slot_bytes)
            self._length = ctypes.c_size_t()
            code, answer = self.invoke(_BEGIN, (), _START_S)
            if code == _FUNCTION_FAILED or code == _DEADLINE_EXCEEDED:
                raise rowen.RowenError(code, f"Python did not start in an executor: {_native.library.rowen_last_error().decode(errors='replace')} "
                                             "Its reason is in `rowen logs`.")
            if code != _native.OK:
                raise _Lost
            _, error = _read(answer)
            if error is not None:
                raise RuntimeError(f"Lithops could not be imported in an executor, which has this program's path: {type(error).__name__}: {error}")
        except BaseException:
            self.close()
            raise

    def invoke(self, head, arguments, timeout):
        payload = bytes_of(head.call(*packed(arguments, {})))
        code = _native.library.rowen_invoke(self._function, payload, len(payload), self._room, len(self._room), ctypes.byref(self._length), timeout)
        return code, outcome(code, ctypes.addressof(self._room), self._length.value) if code == _native.OK else None

    def end(self):
        with self._lock:
            if self._handle is not None:
                _native.library.rowen_lease_end(self._handle)

    def close(self):
        with self._lock:
            handle, self._handle = self._handle, None
        if handle is not None:
            _native.library.rowen_release(handle)


def lanes(cluster, memory):
    """The lanes of a cluster, by its file (None: the usual one), with so much memory for each core. Connects. Raises rowen.RowenError, which says what to do."""
    with _lock:
        connection = _clusters.get(cluster)
        if connection is None:
            connection = _clusters[cluster] = rowen.connect(cluster)
        found = _lanes.get((cluster, memory))
        if found is None:
            found = _lanes[cluster, memory] = Lanes(connection, memory)
        return found


def all_lanes():
    with _lock:
        return list(_lanes.values())


def _end(call, status):
    call.group.end(call, status)
    _release(call.key)


def _release(key):
    with _lock:
        calls = _waiting.pop(key, ())
        ready = []
        for call in calls:
            call.needs.discard(key)
            if not call.needs:
                ready.append(call)
    for call in ready:
        call.lanes.resume(call)


def _read(answer):
    """Status, or why there is none; neither if it is in the storage."""
    return (None, plain(answer.error)) if isinstance(answer, Failed) else (answer.value, None)


def _forget():
    """In a fork: librowen cannot be used there, which the next connection says."""
    global _lock
    _lock = threading.RLock()
    _clusters.clear()
    _lanes.clear()
    _waiting.clear()


@atexit.register
def _stop():
    for each in all_lanes():
        each.stop()
    for cluster in list(_clusters.values()):
        try:
            cluster.close()
        except rowen.RowenError as error:
            _logger.debug("At the end: %s", error)
    _lanes.clear()
    _clusters.clear()


_lock = threading.RLock()
_clusters, _lanes, _waiting = {}, {}, {}
_BEGIN, _RUN = Shipped(_runner.begin).head(), Shipped(_runner.run).head()
os.register_at_fork(after_in_child=_forget)
