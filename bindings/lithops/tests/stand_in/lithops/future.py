import pickle
import time

from .constants import SLEEP
from .storage import InternalStorage


class ResponseFuture:
    class State:
        New, Invoked, Running, Ready, Success, Error, Done, Unknown = "New", "Invoked", "Running", "Ready", "Success", "Error", "Done", "Unknown"

    def __init__(self, executor_id, job_id, call_id, storage_config):
        self.executor_id, self.job_id, self.call_id = executor_id, job_id, call_id
        self.job_key = f"{executor_id}-{job_id}"
        self.stats, self.logs, self.activation_id = {}, None, None
        self._storage_config = storage_config
        self._state = self.State.New
        self._call_status = self._call_output = self._new_futures = None
        self._produce_output = True

    invoked = property(lambda self: self._state == self.State.Invoked)
    running = property(lambda self: self._state == self.State.Running)
    ready = property(lambda self: self._state == self.State.Ready)
    error = property(lambda self: self._state == self.State.Error)
    success = property(lambda self: self._state in (self.State.Success, self.State.Error))
    done = property(lambda self: self._state in (self.State.Done, self.State.Error, self.State.Unknown))

    def _set_state(self, state):
        self._state = state

    def _set_exception(self):
        if not self.done:
            self._state = self.State.Unknown

    def _set_ready(self, call_status):
        self._call_status, self._state = call_status, self.State.Ready

    def _set_futures(self, call_status):
        self._call_status = call_status
        self.status(throw_except=False)
        self._state = self.State.Ready

    def status(self, throw_except=True, internal_storage=None, check_only=False, wait_dur_sec=SLEEP):
        if self.success or self.done:
            return self._call_status
        if self._call_status is None or self._call_status["type"] == "__init__":
            storage = internal_storage or InternalStorage(self._storage_config)
            self._call_status = storage.get_call_status(self.executor_id, self.job_id, self.call_id)
            while self._call_status is None:
                time.sleep(wait_dur_sec)
                self._call_status = storage.get_call_status(self.executor_id, self.job_id, self.call_id)
        status = self._call_status
        self.activation_id = status["activation_id"]
        self.logs = status.get("logs")
        self.stats["worker_exec_time"] = status["worker_end_tstamp"] - status["worker_start_tstamp"]
        self.stats.update((key, value) for key, value in status.items() if key.startswith(("func", "host", "worker")))
        if status["exception"]:
            self._set_state(self.State.Error)
            kind, error, trace = pickle.loads(eval(status["exc_info"]))
            if error.args and error.args[0] == "HANDLER":
                error.args = error.args[1:]
            if throw_except:
                raise error
            return None
        if "new_futures" in status and not self._new_futures:
            self._new_futures = pickle.loads(eval(status["new_futures"]))
        elif status["func_result_size"] == 0:
            self._produce_output = False
        if "result" in status:
            self._call_output = pickle.loads(eval(status["result"]))
        self._set_state(self.State.Done if self._call_output is not None or not self._produce_output else self.State.Success)
        return status

    def result(self, throw_except=True, internal_storage=None):
        self.status(throw_except, internal_storage)
        if not self.done:
            storage = internal_storage or InternalStorage(self._storage_config)
            self._call_output = self._new_futures or pickle.loads(storage.get_call_output(self.executor_id, self.job_id, self.call_id))
            self._set_state(self.State.Done)
        return self._call_output
