import importlib


class ServerlessHandler:
    def __init__(self, config, internal_storage):
        name = config["lithops"]["backend"]
        self.backend = importlib.import_module(f"lithops.serverless.backends.{name}").ServerlessBackend(config[name], internal_storage)

    def invoke(self, payload):
        return self.backend.invoke(payload["runtime_name"], payload["runtime_memory"], payload)

    def clear(self, job_keys=None, exception=None):
        if hasattr(self.backend, "clear"):
            self.backend.clear(job_keys)
