"""Calls that a call makes. They run on its own core, one after the other, in a process beside its executor: Lithops' calls use what a process has one of (environment,
output), and cores that wait for calls which wait for cores would wait for ever."""
import collections
import os
import pickle
import subprocess
import sys
import threading
import time

from ._futures import ledger

_START = """
import os, pickle, sys
source, target = os.fdopen(int(sys.argv[1]), 'rb'), os.fdopen(int(sys.argv[2]), 'wb')
sys.path[:] = pickle.load(source)
from rowen_lithops import _nested
_nested.serve(source, target)
"""


class _Nested:
    def __init__(self):
        self._changed = threading.Condition()
        self._calls = collections.deque()
        self._is_running = False
        self._thread = self._process = None

    def submit(self, calls):
        with self._changed:
            self._calls.extend(calls)
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="rowen lithops nested", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def cancel(self, group=None, job_keys=None):
        with self._changed:
            dropped = [call for call in self._calls if job_keys is None or call.job_key in job_keys]
            for call in dropped:
                self._calls.remove(call)
            if job_keys is None and self._is_running and self._process is not None:
                self._process.kill()
        for call in dropped:
            call.group.end(call, None)

    def drain(self):
        with self._changed:
            self._changed.wait_for(lambda: not self._calls and not self._is_running)

    def _serve(self):
        while True:
            with self._changed:
                self._is_running = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._calls)
                call = self._calls.popleft()
                self._is_running = True
            ledger.run(call.key)
            try:
                status = self._run(call)
                call.group.end(call, status if status is not None else call.group.storage.get_call_status(*call.key))
            except Exception as error:
                call.group.fail(call, error)

    def _run(self, call):
        if self._process is None or self._process.poll() is not None:
            self._start()
        timer = threading.Timer(call.timeout, self._process.kill)
        timer.daemon = True
        timer.start()
        began = time.monotonic()
        try:
            pickle.dump(call.arguments, self._requests)
            self._requests.flush()
            is_right, answer = pickle.load(self._answers)
        except (EOFError, OSError):
            self._process.wait()
            if time.monotonic() - began >= call.timeout:
                raise TimeoutError("HANDLER", f"Function exceeded maximum time of {call.timeout} seconds and was killed") from None
            raise RuntimeError("HANDLER", f"The process of this call within a call ended with {self._process.returncode}") from None
        finally:
            timer.cancel()
        if not is_right:
            raise RuntimeError("HANDLER", answer)
        return answer

    def _start(self):
        theirs, requests = os.pipe()
        answers, its = os.pipe()
        try:
            self._process = subprocess.Popen([sys.executable, "-c", _START, str(theirs), str(its)], pass_fds=(theirs, its), stdin=subprocess.DEVNULL)
        finally:
            os.close(theirs)
            os.close(its)
        self._requests, self._answers = os.fdopen(requests, "wb"), os.fdopen(answers, "rb")
        pickle.dump(sys.path, self._requests)


def serve(source, target):
    """Runs what comes, until nobody sends any more: the executor has ended."""
    from . import _runner
    while True:
        try:
            arguments = pickle.load(source)
        except EOFError:
            os._exit(0)
        try:
            answer = True, _runner.run(*arguments)
        except BaseException as error:
            answer = False, f"{type(error).__name__}: {error}"
        pickle.dump(answer, target)
        target.flush()


_own = None


def own():
    global _own
    if _own is None:
        _own = _Nested()
    return _own


def drain():
    if _own is not None:
        _own.drain()


def cancel():
    if _own is not None:
        _own.cancel()
