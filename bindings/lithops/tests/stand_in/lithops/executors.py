import os
import pickle
import time
import uuid

from .config import default_config, extract_storage_config
from .future import ResponseFuture
from .monitor import JobMonitor
from .serverless import ServerlessHandler
from .storage import InternalStorage
from .utils import FuturesList
from .version import __version__
from .wait import ALL_COMPLETED, wait
from .worker.jobrunner import _arguments


class FunctionExecutor:
    def __init__(self, config=None, backend=None, storage=None, monitoring=None, modules=None, **settings):
        named = {"backend": backend, "storage": storage, "monitoring": monitoring}
        self.config = default_config(config, {"lithops": {name: value for name, value in named.items() if value}, "backend": settings})
        number = int(os.environ.get("__LITHOPS_TOTAL_EXECUTORS", -1)) + 1
        os.environ["__LITHOPS_TOTAL_EXECUTORS"] = str(number)
        self.executor_id = f"{os.environ.setdefault('__LITHOPS_SESSION_ID', uuid.uuid4().hex[:6])}-{number}"
        self.internal_storage = InternalStorage(extract_storage_config(self.config))
        self.storage = self.internal_storage.storage
        self.compute_handler = ServerlessHandler(self.config, self.internal_storage)
        self.job_monitor = JobMonitor(self.executor_id, self.internal_storage, self.config)
        self.futures, self._count, self._modules = [], 0, modules or {}
        info = self.compute_handler.backend.get_runtime_info()
        key = self.compute_handler.backend.get_runtime_key(info["runtime_name"], info["runtime_memory"], __version__)
        meta = self.compute_handler.backend.deploy_runtime(info["runtime_name"], info["runtime_memory"], timeout=info["runtime_timeout"])
        assert key and meta["lithops_version"] == __version__ and ["json", True] in meta["preinstalls"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.job_monitor.stop()
        self.compute_handler.clear()

    def call_async(self, func, data, extra_env=None, timeout=None):
        return self._run("A", func, [_arguments(func, data)], extra_env, timeout)[0]

    def map(self, map_function, map_iterdata, extra_env=None, timeout=None):
        is_chain = isinstance(map_iterdata, FuturesList)
        return self._run("M", map_function, [{"future": each} if is_chain else _arguments(map_function, each) for each in map_iterdata], extra_env, timeout)

    def map_reduce(self, map_function, map_iterdata, reduce_function):
        mapped = self.map(map_function, map_iterdata)
        reduced = self._run("R", reduce_function, [_arguments(reduce_function, (list(mapped),))], {"__LITHOPS_REDUCE_JOB": "True"}, None)
        for each in mapped:
            each._produce_output = False
        return FuturesList([*mapped, *reduced])

    def wait(self, fs=None, throw_except=True, return_when=ALL_COMPLETED, download_results=False):
        futures = fs or self.futures
        futures = futures if isinstance(futures, list) else [futures]
        try:
            found = wait(futures, self.internal_storage, self.job_monitor, throw_except, return_when, download_results)
            if return_when == ALL_COMPLETED:
                self.compute_handler.clear({each.job_key for each in futures})
            return found
        except (KeyboardInterrupt, Exception) as error:
            self.job_monitor.remove(futures)
            for each in futures:
                each._set_exception()
            self.compute_handler.clear({each.job_key for each in futures}, exception=error)
            raise

    def get_result(self, fs=None, throw_except=True):
        done, _ = self.wait(fs, throw_except, download_results=True)
        found = [each.result(throw_except=throw_except) for each in done if each._produce_output and not each._new_futures]
        return found[0] if len(found) == 1 else found

    def _run(self, kind, function, items, extra_env, timeout):
        job_id = f"{kind}{self._count:03d}"
        self._count += 1
        job_key = f"{self.executor_id}-{job_id}"
        prefix = f"lithops.jobs/{job_key}"
        self.internal_storage.put_data(f"{prefix}/func.pickle", pickle.dumps({"func": pickle.dumps(function), "module_data": self._modules}))
        packed, ranges, at = [pickle.dumps(each) for each in items], [], 0
        for each in packed:
            ranges.append((at, at + len(each) - 1))
            at += len(each)
        self.internal_storage.put_data(f"{prefix}/aggdata.pickle", b"".join(packed))
        info = self.compute_handler.backend.get_runtime_info()
        call_ids = [f"{index:05d}" for index in range(len(items))]
        self.compute_handler.invoke({
            "config": self.config, "chunksize": 1, "log_level": 20, "func_name": getattr(function, "__name__", ""), "func_key": f"{prefix}/func.pickle",
            "data_key": f"{prefix}/aggdata.pickle", "extra_env": extra_env or {}, "total_calls": len(items),
            "execution_timeout": timeout or self.config["lithops"]["execution_timeout"], "data_byte_ranges": ranges, "executor_id": self.executor_id,
            "job_id": job_id, "job_key": job_key, "max_workers": info["max_workers"], "call_ids": call_ids, "host_submit_tstamp": time.time(),
            "lithops_version": __version__, "runtime_name": info["runtime_name"], "runtime_memory": info["runtime_memory"], "worker_processes": 1,
        })
        futures = [ResponseFuture(self.executor_id, job_id, call_id, self.internal_storage.get_storage_config()) for call_id in call_ids]
        for each in futures:
            each._set_state(each.State.Invoked)
        self.job_monitor.start(fs=futures, job_id=job_id)
        self.futures.extend(futures)
        return FuturesList(futures)
