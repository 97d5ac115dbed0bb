import time

from .constants import SLEEP
from .monitor import JobMonitor
from .storage import InternalStorage

ALL_COMPLETED, ANY_COMPLETED = 100, -1


def wait(fs, internal_storage=None, job_monitor=None, throw_except=True, return_when=ALL_COMPLETED, download_results=False):
    fs = fs if isinstance(fs, list) else [fs]
    internal_storage = internal_storage or InternalStorage(fs[0]._storage_config)
    if not job_monitor:
        job_monitor = JobMonitor(executor_id=fs[0].executor_id, internal_storage=internal_storage)
        job_monitor.start(fs=fs)
    while not _is_enough(fs, return_when, download_results):
        if not job_monitor.is_alive():
            job_monitor.start(fs=fs)
        ready = [each for each in fs if each.ready]
        for each in ready:
            (each.result if download_results else each.status)(throw_except=throw_except, internal_storage=internal_storage)
            fs.extend(each._new_futures or ())
        time.sleep(0 if ready else SLEEP)
    return [each for each in fs if each.success or each.done], [each for each in fs if not (each.success or each.done)]


def get_result(fs, internal_storage=None, throw_except=True):
    done, _ = wait(fs, internal_storage, throw_except=throw_except, download_results=True)
    return [each.result(throw_except=throw_except) for each in done if each._produce_output and not each._new_futures]


def _is_enough(fs, return_when, download_results):
    ended = sum(each.done if download_results else each.success or each.done for each in fs)
    return ended >= 1 if return_when == ANY_COMPLETED else ended == len(fs)
