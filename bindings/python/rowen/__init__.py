"""Python functions on leased cores of a cluster.

    import rowen

    with rowen.connect() as cluster:
        squares = cluster.map(lambda x: x * x, range(1000))

Functions, arguments and results are pickled (functions by cloudpickle where it is installed, and by `module:function` otherwise); large arrays travel beside the pickle. They
run in processes of this interpreter's version and virtual environment, one for each leased core; what they print is in `rowen logs`.
"""
from __future__ import annotations

import atexit
import concurrent.futures
from typing import Any, Callable, Iterable, List, Sequence

from . import _forks, _native
from .cluster import Cluster, Memory, connect, local
from .errors import ExecutorLost, RemoteError, RowenError
from .executor import Executor
from .lease import Lease, NativeFunction, NativeLease, RemoteFunction
from .maps import Result
from .stores import ObjectInfo, Store, StoredObject

__all__ = ["Cluster", "Executor", "ExecutorLost", "Lease", "Memory", "NativeFunction", "NativeLease", "ObjectInfo", "RemoteError", "RemoteFunction", "Result", "RowenError", "Store",
           "StoredObject", "connect", "local", "map", "open_store", "starmap", "submit", "version"]

_shared = None
_lock = _forks.lock()


def version() -> str:
    """The version of librowen."""
    return _native.library.rowen_version().decode()


def map(function: Callable, *iterables: Iterable, **settings) -> List[Any]:
    """Cluster.map on the cluster of ROWEN_CLUSTER, or of ~/.rowen."""
    with connect() as cluster:
        return cluster.map(function, *iterables, **settings)


def starmap(function: Callable, arguments: Iterable[Sequence], **settings) -> List[Any]:
    """Cluster.starmap on the cluster of ROWEN_CLUSTER, or of ~/.rowen."""
    with connect() as cluster:
        return cluster.starmap(function, arguments, **settings)


def submit(function: Callable, /, *arguments, **keywords) -> concurrent.futures.Future:
    """Cluster.submit on the cluster of ROWEN_CLUSTER, or of ~/.rowen: one connection, from the first call to the end of the program."""
    global _shared
    with _lock:
        if _shared is None:
            _shared = connect()
            atexit.register(_shared.close)
    return _shared.submit(function, *arguments, **keywords)


def open_store(uri: str) -> Store:
    """Opens an object store that no cluster is needed for; see Cluster.store."""
    return Store(uri)
