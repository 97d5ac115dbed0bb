"""Tells Lithops' futures what happens to their calls, in place of its polling.

The ledger knows the calls that this process has begun. Where one ends, its future is told at once, and whoever waits is woken: Lithops' own `wait` and
`ResponseFuture.status` run as they are, with sleeps that end then. Futures of other processes (read from a file, returned by a function, handed to a reducer)
are looked up in the storage, often at first and then less.
"""
import importlib
import threading
import time

FIRST_PAUSE, LONGEST_PAUSE = 0.002, 0.25


def key_of(future):
    return future.executor_id, future.job_id, future.call_id


class Ledger:
    """Thread safety: any thread. Where a monitor's lock is held too, it was taken first."""

    def __init__(self):
        self.changed = threading.Condition()
        self.ended_count = 0
        self.pending = {}  # key: whether it runs
        self._untold = {}  # key: status of a call that ended before its future was known
        self._told = {}  # key: the future that is to be told, and its monitor

    def begin(self, keys):
        with self.changed:
            self.pending.update(dict.fromkeys(keys, False))

    def run(self, key):
        with self.changed:
            if key in self.pending:
                self.pending[key] = True
                if key in self._told:
                    _set_running(self._told[key][0])

    def end(self, key, status):
        """status None: nobody is to be told, as after a cancellation, or where Lithops watches the storage itself."""
        new = ()
        with self.changed:
            if self.pending.pop(key, None) is None:
                return  # cancelled
            future, monitor = self._told.pop(key, (None, None))
            if future is not None and status is not None:
                new = tell(future, status)
            elif status is not None:
                self._untold[key] = status
            self.ended_count += 1
            self.changed.notify_all()
        if new:
            monitor.add_futures(new)

    def watch(self, future, monitor):
        """Tells the future, now or later. False if this process does not know its call; else the futures that the call has returned."""
        key = key_of(future)
        with self.changed:
            status = self._untold.pop(key, None)
            if status is not None:
                return tell(future, status)
            if key not in self.pending:
                return False
            self._told[key] = future, monitor
            if self.pending[key]:
                _set_running(future)
            return ()

    def forget(self, future):
        with self.changed:
            self._told.pop(key_of(future), None)

    def wake(self):
        with self.changed:
            self.ended_count += 1
            self.changed.notify_all()

    def wait_for(self, future):
        """Returns once this process knows of no reason to wait longer: the call ended, or it is not one of this process."""
        key = key_of(future)
        with self.changed:
            self.changed.wait_for(lambda: key not in self.pending or _has_ended(future))


def tell(future, status):
    """Gives a future the status that its call ended with. Returns the futures that the call has returned, if it did."""
    if "new_futures" in status:
        future._set_futures(status)
        return future._new_futures
    future._set_ready(status)
    return ()


def _set_running(future):
    if future.invoked:
        future._set_state(future.State.Running)  # without a status, which `result` might take for the last one


ledger = Ledger()


def _has_ended(future):
    return future.success or future.done or (future._call_status or {}).get("type") == "__end__"


def monitor_class():
    from lithops.monitor import Monitor

    class RowenMonitor(Monitor):
        """Lithops has one for each FunctionExecutor, and starts its thread, which is needed for the calls of other processes alone."""

        def __init__(self, *arguments, **keywords):
            super().__init__(*arguments, **keywords)
            self._lock = threading.Condition()
            self._elsewhere = {}  # key: future

        def add_futures(self, fs):
            super().add_futures(fs)
            with self._lock:
                for future in list(fs):
                    self._add(future)
                self._lock.notify()

        def remove_futures(self, fs):
            super().remove_futures(fs)
            with self._lock:
                for future in fs:
                    ledger.forget(future)
                    self._elsewhere.pop(key_of(future), None)

        def stop(self):
            with self._lock:
                self.should_run = False
                self._lock.notify()

        def run(self):
            pause = FIRST_PAUSE
            while True:
                with self._lock:
                    if not self.should_run:
                        return
                    self._lock.wait(pause if self._elsewhere else None)
                    waiting = list(self._elsewhere.values())
                found = [future for future in waiting if self._look(future)]
                pause = FIRST_PAUSE if found or not waiting else min(2 * pause, LONGEST_PAUSE)
                if found:
                    ledger.wake()

        def _add(self, future):
            if _has_ended(future):
                return
            new = ledger.watch(future, self)
            if new is False:
                self._elsewhere[key_of(future)] = future
            elif new:
                self._add_new(new)

        def _add_new(self, new):
            self.futures.update(new)
            for future in new:
                self._add(future)

        def _look(self, future):
            status = None
            if not _has_ended(future):
                try:
                    status = self.internal_storage.get_call_status(*key_of(future))
                except Exception:  # the storage is away: the next look may find it
                    return False
                if status is None:
                    return False
            with self._lock:
                self._elsewhere.pop(key_of(future), None)
                if status is not None:
                    self._add_new(tell(future, status))
            return True

    return RowenMonitor


class _Clock:
    """The module `time`, but who sleeps is woken when a call of this process ends."""

    def __init__(self):
        self._own = threading.local()

    def __getattr__(self, name):
        return getattr(time, name)

    def sleep(self, seconds):
        own = self._own
        if seconds <= 0:
            with ledger.changed:
                own.seen, own.returned = ledger.ended_count, time.monotonic()
            return
        now = time.monotonic()
        between = now - getattr(own, "returned", 0)
        if between > 1:
            own.pause = FIRST_PAUSE
        own.pause = getattr(own, "pause", FIRST_PAUSE)
        with ledger.changed:
            if len(ledger.pending) > 8 and 0.001 < between < 1:
                # Lithops looks at every future whenever one ended: of many, it is let look at several at once, for a tenth of the time at most.
                ledger.changed.wait_for(lambda: len(ledger.pending) <= 8, min(10 * between, seconds))
            seen = getattr(own, "seen", -1)
            is_woken = ledger.changed.wait_for(lambda: ledger.ended_count != seen, min(seconds, own.pause))
            own.seen = ledger.ended_count
        own.pause = FIRST_PAUSE if is_woken else 2 * own.pause
        own.returned = time.monotonic()


def install():
    """Makes Lithops' waiting end when calls end. Again is no error."""
    import lithops.future
    import lithops.monitor
    import lithops.serverless
    wait = importlib.import_module("lithops.wait")  # lithops.wait is a function
    if isinstance(wait.time, _Clock):
        return
    wait.time = lithops.future.time = _Clock()
    future_class, monitor, handler = lithops.future.ResponseFuture, lithops.monitor.JobMonitor, lithops.serverless.ServerlessHandler
    plain_status, plain_init, plain_clear = future_class.status, monitor.__init__, handler.clear

    def status(self, throw_except=True, internal_storage=None, check_only=False, wait_dur_sec=1):
        if not check_only:
            ledger.wait_for(self)
        return plain_status(self, throw_except, internal_storage, check_only, wait_dur_sec)

    def init(self, executor_id, internal_storage, config=None, *arguments, **keywords):
        plain_init(self, executor_id, internal_storage, config, *arguments, **keywords)
        if config is None and self.storage_backend == "rowen":  # lithops.wait() of futures alone
            self.type, self.config, self.MonitorClass = "rowen", {}, lithops.monitor.RowenMonitor

    def clear(self, job_keys=None, exception=None):
        cancel = getattr(self.backend, "cancel", None)
        if exception is not None and cancel is not None:
            cancel(job_keys)
        return plain_clear(self, job_keys, exception)

    future_class.status, monitor.__init__, handler.clear = status, init, clear
