import copy
import importlib

from . import constants
from .version import __version__


def load_config(config_file=None, log=True):
    return {"lithops": {"mode": "localhost", "backend": "localhost", "storage": "localhost"}}


def default_config(config_data=None, config_overwrite=None):
    config = copy.deepcopy(config_data) or load_config()
    config.setdefault("lithops", {}).update((config_overwrite or {}).get("lithops", {}))
    backend = config["lithops"]["backend"]
    if backend not in constants.SERVERLESS_BACKENDS:
        raise Exception(f"Unknown compute backend: {backend}")
    config["lithops"]["mode"] = "serverless"
    config[backend] = {**(config.get(backend) or {}), **(config_overwrite or {}).get("backend", {})}
    importlib.import_module(f"lithops.serverless.backends.{backend}.config").load_config(config)
    config["lithops"].setdefault("chunksize", config[backend]["worker_processes"])
    config = default_storage_config(config)
    if config["lithops"]["storage"] == "localhost":
        raise Exception(f"Localhost storage backend cannot be used with {backend}")
    for name, value in (("monitoring", "storage"), ("monitoring_interval", 2), ("execution_timeout", 1800)):
        config["lithops"].setdefault(name, value)
    return config


def default_storage_config(config_data=None, backend=None):
    config = copy.deepcopy(config_data) or load_config()
    if backend:
        config["lithops"]["storage"] = backend
    importlib.import_module(f"lithops.storage.backends.{config['lithops']['storage']}.config").load_config(config)
    return config


def extract_storage_config(config):
    backend = config["lithops"]["storage"]
    config[backend]["user_agent"] = f"lithops/{__version__}"
    return {"backend": backend, backend: config[backend], "monitoring_interval": config["lithops"].get("monitoring_interval", 2)}
