"""Lithops' calls as they are handed on, and what is said of those that could not say it themselves."""
import collections
import io
import json
import logging
import pickle
import time

from ._futures import ledger

_logger = logging.getLogger("lithops.rowen")


class Call:
    __slots__ = ("key", "job_key", "head", "data", "timeout", "group", "lanes", "needs", "losses", "lease", "is_cancelled", "submitted_at")

    def __init__(self, key, job_key, head, data, timeout, group, submitted_at):
        self.key, self.job_key, self.head, self.data, self.timeout, self.group = key, job_key, head, data, timeout, group
        self.submitted_at, self.lanes = submitted_at, None
        self.needs, self.losses, self.lease, self.is_cancelled = set(), 0, None, False

    @property
    def arguments(self):
        return self.head, self.key[2], self.data, self.losses, self.timeout


class Group:
    """The calls of one FunctionExecutor."""

    def __init__(self, storage, limit, idle_seconds, is_told):
        self.storage, self.limit, self.idle_seconds, self.is_told = storage, limit, idle_seconds, is_told
        self.ready = collections.deque()
        self.running = set()

    def end(self, call, status):
        ledger.end(call.key, status if self.is_told else None)

    def fail(self, call, error):
        """Ends a call whose function could not say itself what it ended with. Whoever reads futures elsewhere finds it in the storage."""
        from lithops.storage.utils import create_status_key
        status = failure(call, error)
        try:
            self.storage.put_data(create_status_key(*call.key), json.dumps(status))
        except Exception as trouble:
            _logger.error("What call %s of %s ended with is not in the storage: %s", call.key[2], call.job_key, trouble)
        self.end(call, status)


def failure(call, error):
    executor_id, job_id, call_id = call.key
    return {
        "type": "__end__", "exception": True, "exc_info": str(pickle.dumps((type(error), error, None))), "executor_id": executor_id, "job_id": job_id,
        "call_id": call_id, "activation_id": f"{call.job_key}-{call_id}", "host_submit_tstamp": call.submitted_at, "worker_start_tstamp": call.submitted_at,
        "worker_end_tstamp": time.time(), "func_result_size": 0, "chunksize": 1,
    }


def futures_in(data):
    """The calls whose futures are in the argument of a call. It would only wait for them, with a core in its hands: it is not begun before they ended."""
    if b"ResponseFuture" not in data:
        return ()
    found = set()

    class Seen:
        def __setstate__(self, state):
            found.add((state["executor_id"], state["job_id"], state["call_id"]))

    class Reader(pickle.Unpickler):
        def find_class(self, module, name):
            return Seen if (module, name) == ("lithops.future", "ResponseFuture") else super().find_class(module, name)

    try:
        Reader(io.BytesIO(data)).load()
    except Exception as error:  # an object that can be made only there: then the call waits there
        _logger.debug("What futures an argument holds is not known: %s", error)
    return found


def plain(error):
    """An exception that every reader can make again."""
    try:
        pickle.loads(pickle.dumps(error))
        return error
    except Exception:
        return RuntimeError("HANDLER", f"{type(error).__name__}: {error}")
