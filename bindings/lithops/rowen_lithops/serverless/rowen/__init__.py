"""Lithops' calls on leased cores. The interface is that of its serverless back ends of kind 'batch'."""
import hashlib
import os
import pickle
import site
import sys
import sysconfig

from rowen_lithops import _futures, _runner

__all__ = ["ServerlessBackend"]

_OF_JOB = ("config", "chunksize", "log_level", "func_name", "func_key", "extra_env", "execution_timeout", "executor_id", "job_id", "job_key",
           "host_submit_tstamp", "runtime_name", "runtime_memory")


class ServerlessBackend:
    name = "rowen"
    type = "batch"

    def __init__(self, backend_config, internal_storage):
        _futures.install()
        self._settings, self._storage = backend_config, internal_storage
        self._group = None
        if _runner.current is None:
            self._lanes(backend_config["runtime_memory"])  # connects: what is wrong is said here, and not at the first call

    def invoke(self, runtime_name, runtime_memory, payload):
        from rowen_lithops._work import Call, Group
        if self._group is None:
            is_told = payload["config"]["lithops"]["monitoring"] == "rowen"
            idle_seconds = self._settings["idle_seconds"], self._settings["last_idle_seconds"]
            self._group = Group(self._storage, self._settings["max_workers"], idle_seconds, is_told)
        head = pickle.dumps({name: payload[name] for name in _OF_JOB})
        data = self._storage.get_data(payload["data_key"]) if payload["call_ids"] else b""
        executor_id, job_id = payload["executor_id"], payload["job_id"]
        calls = [
            Call((executor_id, job_id, call_id), payload["job_key"], head, data[first:last + 1], payload["execution_timeout"], self._group,
                 payload["host_submit_tstamp"])
            for call_id, (first, last) in zip(payload["call_ids"], payload["data_byte_ranges"])
        ]
        _futures.ledger.begin([call.key for call in calls])
        self._lanes(runtime_memory).submit(calls)
        return payload["job_key"]

    def cancel(self, job_keys):
        """Not of Lithops: see _futures.install. Calls of these jobs are dropped or ended."""
        if self._group is not None:
            for lanes in self._used():
                lanes.cancel(self._group, set(job_keys or ()))

    def clear(self, job_keys=None):
        """Lithops calls it when jobs are over; there is nothing of them left by then."""

    def clean(self, **_):
        """Nothing of ours outlives the program."""

    def get_runtime_info(self):
        return {
            "runtime_name": self._settings["runtime"], "runtime_memory": self._settings["runtime_memory"],
            "runtime_timeout": self._settings["runtime_timeout"], "max_workers": self._settings["max_workers"],
        }

    def get_runtime_key(self, runtime_name, runtime_memory, version):
        """What Lithops knows of the runtime is kept below this name: another interpreter, or virtual environment, is another runtime."""
        of = hashlib.sha256("\n".join([sys.executable, sys.version, *_installed()]).encode()).hexdigest()[:12]
        return f"rowen/{version}/{runtime_name}-{of}"

    def deploy_runtime(self, runtime_name, memory, timeout):
        """What executors can import without being sent it. Modules beside the program could be found too, but those that Lithops sends are never old ones."""
        import pkgutil

        from lithops.version import __version__
        return {
            "preinstalls": sorted([module.name, module.ispkg] for module in pkgutil.iter_modules(_installed())) + [[name, False] for name in sys.builtin_module_names],
            "python_version": f"{sys.version_info[0]}.{sys.version_info[1]}",
            "lithops_version": __version__,
        }

    def build_runtime(self, runtime_name, file, extra_args=()):
        raise NotImplementedError("Rowen builds no runtimes: executors run the interpreter and virtual environment of the program. Install there what functions need.")

    def delete_runtime(self, runtime_name, memory, version):
        """There is none."""

    def list_runtimes(self, runtime_name="all"):
        return []

    def _lanes(self, memory):
        if _runner.current is not None:
            from rowen_lithops import _nested
            return _nested.own()
        from rowen_lithops import _calls
        return _calls.lanes(self._settings["cluster"], int((memory or 0) * (1 << 20)))

    def _used(self):
        if _runner.current is not None:
            return [self._lanes(0)]
        from rowen_lithops import _calls
        return _calls.all_lanes()


def _installed():
    """Folders of modules that belong to the interpreter or the virtual environment."""
    paths = sysconfig.get_paths()
    folders = [paths["stdlib"], paths["platstdlib"], os.path.join(paths["stdlib"], "lib-dynload"), paths["purelib"], paths["platlib"], *site.getsitepackages()]
    if site.ENABLE_USER_SITE:
        folders.append(site.getusersitepackages())
    seen = {os.path.abspath(each) for each in sys.path}
    return [each for each in dict.fromkeys(folders) if os.path.abspath(each) in seen]
