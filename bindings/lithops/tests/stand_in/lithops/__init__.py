"""Stands in for Lithops in tests: the modules, names and calls of it that rowen_lithops uses, as Lithops 3.7 has them, and nothing else. Written for these tests.

Where Lithops sleeps between two looks, this sleeps SLEEP seconds: longer than any test may take, so that only what ends sleeps lets a test pass.
"""
from .executors import FunctionExecutor
from .storage import Storage
from .version import __version__
from .wait import get_result, wait

__all__ = ["FunctionExecutor", "Storage", "__version__", "get_result", "wait"]
