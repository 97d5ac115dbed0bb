"""Rowen as compute and storage back end of Lithops: `lithops.FunctionExecutor(backend="rowen")`.

Nothing of Lithops is changed on disk. rowen_lithops.pth imports this package when Python starts; that costs a look-up, and once `lithops` is imported the
two back ends are made known to it. Where no .pth file is read (PYTHONPATH), `import rowen_lithops` does the same.
"""
import importlib.util
import os
import sys

__all__ = ["register"]


def register():
    """Makes the back ends known to the Lithops that is imported. Again is no error."""
    import lithops.constants
    import lithops.monitor
    import lithops.serverless.backends
    import lithops.storage.backends

    from . import _futures
    if "rowen" not in lithops.constants.SERVERLESS_BACKENDS:
        lithops.constants.SERVERLESS_BACKENDS.append("rowen")
    here = os.path.dirname(os.path.abspath(__file__))
    for package, folder in ((lithops.serverless.backends, "serverless"), (lithops.storage.backends, "storage")):
        path = os.path.join(here, folder)
        if path not in package.__path__:
            package.__path__.append(path)
    lithops.monitor.RowenMonitor = _futures.monitor_class()


class _Finder:
    """Waits for the import of lithops, and then is gone."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name != "lithops":
            return None
        sys.meta_path.remove(_Finder)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def load_and_register(module):
                del spec.loader.exec_module  # the loader's own again
                load(module)
                register()

            spec.loader.exec_module = load_and_register
        return spec


if "lithops" in sys.modules and hasattr(sys.modules["lithops"], "FunctionExecutor"):
    register()
elif _Finder not in sys.meta_path:
    sys.meta_path.insert(0, _Finder)
