"""The section `rowen` of Lithops' configuration, which both back ends share."""
import os

DEFAULTS = {
    "cluster": None,  # the file that `rowen up` wrote; None: ROWEN_CLUSTER, else ~/.rowen/cluster.json
    "storage_root": "~/.rowen/lithops",  # where objects lie; every node must see it
    "storage_bucket": "lithops",
    "max_workers": 1000,  # cores at most, for each FunctionExecutor
    "idle_seconds": 2,  # how long a core without calls is kept: the next call needs no start of Python
    "last_idle_seconds": 30,  # the same for the last core that is left
    "runtime": "python3",  # a name for reports: executors run the interpreter of the program
    "runtime_memory": 0,  # MiB for each core; 0: its share of the node
    "runtime_timeout": 86_400,
    "worker_processes": 1,  # read by Lithops; each core is one process
}
_OF_LITHOPS = {"user_agent", "runtime_include_function", "invoke_pool_threads", "remote_invoker", "backend"}


def fill(config):
    """Completes the section and checks it. Raises ValueError, which names the setting and what it may be."""
    section = config.get("rowen")
    if section is None:
        section = config["rowen"] = {}
    if not isinstance(section, dict):
        raise ValueError(f"The section 'rowen' of Lithops' configuration is {section!r}: it must have settings below it, such as 'max_workers: 8'.")
    unknown = sorted(set(section) - set(DEFAULTS) - _OF_LITHOPS)
    if unknown:
        raise ValueError(f"The section 'rowen' of Lithops' configuration has {unknown[0]!r}, which it does not know. It knows {', '.join(DEFAULTS)}.")
    for name, value in DEFAULTS.items():
        if section.get(name) is None:
            section[name] = value
    for name, least in (("max_workers", 1), ("idle_seconds", 0), ("last_idle_seconds", 0), ("runtime_memory", 0), ("runtime_timeout", 10)):
        value = section[name]
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value < least:
            raise ValueError(f"'{name}' in the section 'rowen' of Lithops' configuration is {value!r}: it must be a number, {least} or more.")
    for name in ("cluster", "storage_root"):
        if section[name] is not None:  # nested calls run elsewhere, from another folder
            section[name] = os.path.abspath(os.path.expanduser(_text(name, section[name])))
    bucket = _text("storage_bucket", section["storage_bucket"])
    if bucket in (".", "..") or "/" in bucket:
        raise ValueError(f"'storage_bucket' in the section 'rowen' of Lithops' configuration is {bucket!r}: it must be the name of one folder.")
    return section


def _text(name, value):
    if not isinstance(value, str) or not value:
        raise ValueError(f"'{name}' in the section 'rowen' of Lithops' configuration is {value!r}: it must be text.")
    return value
