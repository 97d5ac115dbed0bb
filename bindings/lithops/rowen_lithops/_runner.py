"""Runs Lithops' calls in an executor, one after the other, in the executor's own process.

What Lithops does in a process of its own for each call (`lithops.worker.handler`) is done here without one: JobRunner is Lithops' own; time-outs are the caller's,
who ends the executor; environment, working folder and modules that came with a job are put back after a call.
"""
import base64
import io
import os
import pickle
import resource
import sys
import threading
import time
import types
import zlib

current = None  # the job whose call runs here; None outside of executors
_jobs = {}  # by their heads
_logs = None
_statistics = None


def run(head, call_id, data, losses, timeout):
    """Runs a call. Returns its status, or None where that is long: it is in the storage in any case."""
    global current
    begin()
    job = _jobs.get(head) or _load(head)
    if losses:  # it may have ended before its executor did
        status = job.storage.get_call_status(job.executor_id, job.job_id, call_id)
        if status is not None:
            return status
    if current is not job:
        _change(current, job)
        current = job
    timer = threading.Timer(timeout, _out_of_time, (job, call_id, timeout)) if losses > 1 else None  # in a map nobody else minds it
    if timer is not None:
        timer.daemon = True
        timer.start()
    job.call_id, job.data, job.start_tstamp = call_id, data, time.time()
    environment, folder = dict(os.environ), _folder()
    out, error = sys.stdout, sys.stderr
    _logs.begin(out)
    sys.stdout = sys.stderr = _logs
    try:
        return _run(job)
    finally:
        if timer is not None:
            timer.cancel()
        sys.stdout, sys.stderr = out, error
        if os.environ != environment:
            for name in set(os.environ) - set(environment):
                del os.environ[name]
            os.environ.update(environment)
        os.environ["WARM_CONTAINER"] = "True"  # Lithops' word for a process that has run before
        if _folder() != folder:
            os.chdir(folder)


def _folder():
    try:
        return os.getcwd()
    except FileNotFoundError:  # a function took it away
        return None


def _run(job):
    from lithops.utils import setup_lithops_logger
    from lithops.worker.jobrunner import JobRunner
    from lithops.worker.status import create_call_status

    from . import _nested
    call = f"{job.job_key}-{job.call_id}"
    os.environ.update(job.extra_env)
    os.environ.update({"__LITHOPS_ACTIVATION_ID": call, "__LITHOPS_SESSION_ID": call})
    os.environ.pop("__LITHOPS_TOTAL_EXECUTORS", None)
    if _logs.level != job.log_level:
        _logs.level = job.log_level
        setup_lithops_logger(job.log_level)
    status = create_call_status(job, job.storage)
    if job.config["lithops"]["monitoring"] != "rowen":
        status.send_init_event()  # who polls the storage looks for it
    os.ftruncate(_statistics, 0)
    before, began = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
    try:
        try:
            JobRunner(job, _Nobody, job.storage).run()
        finally:
            usage, wall = resource.getrusage(resource.RUSAGE_SELF), time.monotonic() - began
        for key, value in _read_statistics():
            status.add(key, value)
        if status.status.get("exception") is True:
            _nested.cancel()
        else:
            _nested.drain()  # the calls that it made end before it does: futures that it returns are done
    except BaseException:  # SystemExit too: the function has failed, and the executor lives on
        _nested.cancel()
        kind, error, trace = sys.exc_info()
        status.add("exception", True)
        status.add("exc_info", str(_pickled(kind, error, trace)))
    user, system = usage.ru_utime - before.ru_utime, usage.ru_stime - before.ru_stime
    status.add("worker_func_cpu_user_time", round(user, 8))
    status.add("worker_func_cpu_system_time", round(system, 8))
    status.add("worker_func_cpu_usage", [round(100 * (user + system) / max(wall, 1e-6), 1)])
    status.add("worker_func_rss", usage.ru_maxrss << 10)
    status.add("worker_end_tstamp", time.time())
    logs = _logs.end()
    status.add("logs", base64.b64encode(zlib.compress(logs.encode(errors="replace"), 1)).decode())
    status.send_finish_event()
    return status.status if len(logs) + len(status.status.get("exc_info", "")) < 100_000 else None


def begin():
    """What the first call of a process needs. Again is no error."""
    global _logs, _statistics
    if _logs is not None:
        return
    os.environ.update({"LITHOPS_WORKER": "True", "PYTHONUNBUFFERED": "True", "__LITHOPS_BACKEND": "rowen"})
    import rowen_lithops
    rowen_lithops.register()
    import lithops.config
    import lithops.worker.status

    from . import _futures
    _futures.install()
    lithops.worker.status.RowenCallStatus = _status_class()
    load = lithops.config.load_config

    def load_config(config_file=None, log=True):
        """Calls within calls use the configuration of their job, which is not in the environment: it may hold keys of stores."""
        if config_file is not None or current is None:
            return load(config_file, log)
        return pickle.loads(current.packed_config)

    lithops.config.load_config = load_config
    _statistics = os.memfd_create("lithops statistics", os.MFD_CLOEXEC)
    _logs = _Logs()


def _load(head):
    from lithops.config import extract_storage_config
    from lithops.storage import InternalStorage
    from lithops.worker.utils import get_function_and_modules
    job = types.SimpleNamespace(**pickle.loads(head))
    job.packed_config = pickle.dumps(job.config)
    job.storage = InternalStorage(extract_storage_config(job.config))
    job.stats_file = f"/proc/self/fd/{_statistics}"
    path = list(sys.path)
    job.func = get_function_and_modules(job, job.storage)
    job.paths = [each for each in sys.path if each not in path]
    sys.path[:] = path
    if len(_jobs) >= 64:
        del _jobs[next(iter(_jobs))]
    _jobs[head] = job
    return job


def _change(before, job):
    """Modules that came with a job are found first, and are forgotten with it: another job may have others of the same names."""
    if before is not None and before.paths:
        sys.path[:] = [each for each in sys.path if each not in before.paths]
        folders = tuple(each + os.sep for each in before.paths)
        for name, module in list(sys.modules.items()):
            if (getattr(module, "__file__", None) or "").startswith(folders):
                del sys.modules[name]
        sys.path_importer_cache.clear()
    sys.path[:0] = job.paths


def _read_statistics():
    """What JobRunner wrote: a name and a value in each line."""
    text = os.pread(_statistics, os.fstat(_statistics).st_size, 0).decode()
    for line in text.splitlines():
        key, _, value = line.partition(" ")
        if key in ("exception", "exc_pickle_fail"):
            yield key, value == "True"
            continue
        try:
            yield key, float(value)
        except ValueError:
            yield key, value


def _pickled(kind, error, trace):
    for each in ((kind, error, trace), (kind, error, None)):  # tracebacks travel where tblib is installed, as Lithops demands
        try:
            packed = pickle.dumps(each)
            pickle.loads(packed)
            return packed
        except Exception:
            pass
    return pickle.dumps((RuntimeError, RuntimeError("HANDLER", f"{kind.__name__}: {error}"), None))


def _out_of_time(job, call_id, timeout):
    from ._work import Group
    call = types.SimpleNamespace(key=(job.executor_id, job.job_id, call_id), job_key=job.job_key, submitted_at=job.host_submit_tstamp)
    Group(job.storage, 1, 0, False).fail(call, TimeoutError("HANDLER", f"Function exceeded maximum time of {timeout} seconds and was killed"))
    os._exit(1)


def _status_class():
    import json

    from lithops.storage.utils import create_status_key
    from lithops.worker.status import CallStatus

    class RowenCallStatus(CallStatus):
        def _send(self):
            if self.status["type"] == "__end__":
                key = create_status_key(self.status["executor_id"], self.status["job_id"], self.status["call_id"])
                self.internal_storage.put_data(key, json.dumps(self.status))

    return RowenCallStatus


class _Nobody:
    """Whom JobRunner tells that it is done."""

    @staticmethod
    def send(_):
        pass


class _Logs(io.TextIOBase):
    """What a call prints: for `rowen logs`, and for its future. One for the process, as loggers keep what they were given."""

    level = None
    _text = _out = None

    def begin(self, out):
        self._out, self._text = out, io.StringIO()

    def end(self):
        self._out.flush()
        return self._text.getvalue()

    def writable(self):
        return True

    def write(self, text):
        self._out.write(text)
        self._text.write(text)
        return len(text)

    def flush(self):
        if self._out is not None:
            self._out.flush()

    def fileno(self):
        return self._out.fileno()
