import os
import sys


def create_call_status(job, internal_storage):
    return getattr(sys.modules[__name__], f"{job.config['lithops']['monitoring'].capitalize()}CallStatus")(job, internal_storage)


class CallStatus:
    def __init__(self, job, internal_storage):
        self.job, self.config, self.internal_storage = job, job.config, internal_storage
        self.status = {
            "exception": False, "activation_id": os.environ.get("__LITHOPS_ACTIVATION_ID"), "worker_start_tstamp": job.start_tstamp,
            "host_submit_tstamp": job.host_submit_tstamp, "call_id": job.call_id, "job_id": job.job_id, "executor_id": job.executor_id,
            "chunksize": job.chunksize, "worker_cold_start": os.environ.get("WARM_CONTAINER") != "True",
        }

    def add(self, key, value):
        self.status[key] = value

    def send_init_event(self):
        self.status["type"] = "__init__"
        self._send()

    def send_finish_event(self):
        self.status["type"] = "__end__"
        self._send()
