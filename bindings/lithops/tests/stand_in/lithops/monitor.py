import queue
import sys
import threading


class Monitor(threading.Thread):
    def __init__(self, executor_id, internal_storage, token_bucket_q, job_chunksize, generate_tokens, config):
        super().__init__(daemon=True)
        self.executor_id, self.internal_storage, self.token_bucket_q = executor_id, internal_storage, token_bucket_q
        self.job_chunksize, self.generate_tokens, self.config = job_chunksize, generate_tokens, config
        self.futures = set()
        self.should_run = True

    def add_futures(self, fs):
        self.futures.update(fs)

    def remove_futures(self, fs):
        self.futures.difference_update(fs)


class JobMonitor:
    def __init__(self, executor_id, internal_storage, config=None):
        self.executor_id, self.internal_storage, self.config = executor_id, internal_storage, config
        self.storage_backend = internal_storage.backend
        self.type = config["lithops"]["monitoring"].lower() if config else "storage"
        self.monitor = None
        # Lithops has a monitor for the storage too: tests that would need it fail here
        self.MonitorClass = getattr(sys.modules[__name__], f"{self.type.capitalize()}Monitor", None)

    def start(self, fs, job_id=None, chunksize=None, generate_tokens=False):
        monitor_config = {"monitoring_interval": 2} if self.type == "storage" else self.config.get(self.type)
        if not self.monitor or not self.monitor.is_alive():
            self.monitor = self.MonitorClass(
                executor_id=self.executor_id, internal_storage=self.internal_storage, token_bucket_q=queue.Queue(), job_chunksize={},
                generate_tokens=generate_tokens, config=monitor_config)
        self.monitor.add_futures(fs)
        if not self.monitor.is_alive():
            self.monitor.start()

    def is_alive(self):
        return self.monitor.is_alive()

    def remove(self, fs):
        self.monitor.remove_futures(fs)

    def stop(self):
        if self.monitor and self.monitor.is_alive():
            self.monitor.stop()
