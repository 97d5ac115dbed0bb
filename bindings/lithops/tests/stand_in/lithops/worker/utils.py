import os
import pickle
import sys

from ..storage import InternalStorage  # noqa: F401

MODULES = os.path.join(os.environ.get("TMPDIR", "/tmp"), "lithops-stand-in", "modules")


def get_function_and_modules(job, internal_storage):
    loaded = pickle.loads(internal_storage.get_data(job.func_key))
    if loaded["module_data"]:
        folder = os.path.join(MODULES, job.job_key)
        os.makedirs(folder, exist_ok=True)
        sys.path.append(folder)
        for name, text in loaded["module_data"].items():
            with open(os.path.join(folder, name), "w", encoding="utf-8") as target:
                target.write(text)
    return loaded["func"]
