import inspect
import pickle
import sys
import time

from ..future import ResponseFuture
from ..storage.utils import create_output_key
from ..utils import FuturesList
from ..wait import wait


class JobRunner:
    def __init__(self, job, jobrunner_conn, internal_storage):
        self.job, self.connection, self.storage = job, jobrunner_conn, internal_storage
        self.statistics = open(job.stats_file, "w", encoding="ascii")

    def run(self):
        result = None
        try:
            function, data = pickle.loads(self.job.func), pickle.loads(self.job.data)
            if self.job.extra_env.get("__LITHOPS_REDUCE_JOB"):
                (name, futures), = data.items()
                wait(futures, self.storage, download_results=True)
                data = {name: [each.result() for each in futures]}
            elif list(data) == ["future"]:
                data = _arguments(function, data["future"].result(internal_storage=self.storage))
            if "storage" in inspect.signature(function).parameters:
                data["storage"] = self.storage.storage
            began = time.time()
            result = function(**data)
            self._write("worker_func_exec_time", time.time() - began)
            self._write("func_result_size", 0)
            if isinstance(result, (ResponseFuture, FuturesList)):
                self._write("new_futures", pickle.dumps(result if isinstance(result, list) else [result]))
            elif result is not None:
                packed = pickle.dumps(result)
                self._write("func_result_size", len(packed))
                if len(packed) < 8192:
                    self._write("result", packed)
                else:
                    self.storage.put_data(create_output_key(self.job.executor_id, self.job.job_id, self.job.call_id), packed)
        except Exception:
            self._write("exception", True)
            kind, error, _ = sys.exc_info()
            self._write("exc_info", str(pickle.dumps((kind, error, None))))
        finally:
            self.statistics.close()
            self.connection.send("Finished")

    def _write(self, key, value):
        self.statistics.write(f"{key} {value}\n")


def _arguments(function, value):
    names = [name for name in inspect.signature(function).parameters if name != "storage"]
    return value if isinstance(value, dict) else dict(zip(names, value if isinstance(value, tuple) else (value,)))
