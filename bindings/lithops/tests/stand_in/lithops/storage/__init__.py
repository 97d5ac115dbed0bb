import importlib
import json

from ..config import default_storage_config, extract_storage_config
from .utils import CloudObject, StorageNoSuchKeyError, create_output_key, create_status_key


class Storage:
    def __init__(self, config=None, backend=None, storage_config=None):
        self.config = storage_config or extract_storage_config(default_storage_config(config, backend))
        self.backend = self.config["backend"]
        module = importlib.import_module(f"lithops.storage.backends.{self.backend}")
        self.storage_handler = module.StorageBackend(self.config[self.backend])
        self.bucket = self.config[self.backend]["storage_bucket"]

    def __getattr__(self, name):
        return getattr(self.__dict__["storage_handler"], name)

    def put_cloudobject(self, body, bucket=None, key=None):
        self.put_object(bucket or self.bucket, key, body)
        return CloudObject(self.backend, bucket or self.bucket, key)

    def get_cloudobject(self, found, stream=False):
        return self.get_object(found.bucket, found.key, stream)


class InternalStorage:
    def __init__(self, storage_config):
        self.storage = Storage(storage_config=storage_config)
        self.backend, self.bucket = self.storage.backend, self.storage.bucket
        self.storage.create_bucket(self.bucket)

    def get_storage_config(self):
        return self.storage.config

    def put_data(self, key, data):
        self.storage.put_object(self.bucket, key, data)

    def get_data(self, key, stream=False, extra_get_args={}):
        return self.storage.get_object(self.bucket, key, stream, extra_get_args)

    def get_call_status(self, *call):
        found = self._get(create_status_key(*call))
        return None if found is None else json.loads(found.decode("ascii"))

    def get_call_output(self, *call):
        return self._get(create_output_key(*call))

    def _get(self, key):
        try:
            return self.storage.get_object(self.bucket, key)
        except StorageNoSuchKeyError:
            return None
