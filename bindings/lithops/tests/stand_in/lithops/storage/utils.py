from ..constants import JOBS_PREFIX


class StorageNoSuchKeyError(Exception):
    def __init__(self, bucket, key):
        super().__init__(f"No such key /{bucket}/{key}")


class CloudObject:
    def __init__(self, backend, bucket, key):
        self.backend, self.bucket, self.key = backend, bucket, key


def create_status_key(executor_id, job_id, call_id):
    return f"{JOBS_PREFIX}/{executor_id}-{job_id}/{call_id}/status.json"


def create_output_key(executor_id, job_id, call_id):
    return f"{JOBS_PREFIX}/{executor_id}-{job_id}/{call_id}/output.pickle"
