"""A map under way: its results as they are done."""
from __future__ import annotations

import contextlib
import ctypes
import time
from ctypes import byref
from typing import Any, Callable, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from . import _native
from ._package import FUNCTION
from ._travel import Failed, Shipped, bytes_of, outcome, packed
from .errors import checked, opened
from .lease import options

_SLICE = 0.2  # seconds in C at a time: Ctrl-C is noticed in between
_NONE_LEFT = 0.001  # seconds, where 0 would be for ever: the map itself says that it was late


class Result(NamedTuple):
    """What became of an item of a map."""

    index: int  # of the item, from 0
    value: Any  # None where there is an error
    error: Optional[BaseException]  # that of the function, with its remote traceback as __cause__; or RowenError
    duration: float  # seconds, from sending it to having its result
    core: int  # of the map's, from 0: on which it ran

    def get(self) -> Any:
        """The value; raises the error, if there is one."""
        if self.error is not None:
            raise self.error
        return self.value


class Run:
    """A map that runs; `some` gives its results. One thread at a time; `end` it."""

    def __init__(self, cluster, function: Shipped, arguments: Sequence[tuple], *, cores: int, memory: int, deadline: float, timeout: float, deaths: int):
        head = function.head(in_file=function.is_large)
        self._payloads = [bytes_of(head.call(*packed(each, {}))) for each in arguments]
        self._items = (_native.Bytes * len(self._payloads))(*[(each, len(each)) for each in self._payloads])
        lease = options(cluster._package.folder(function if function.is_large else None), cores=cores, memory=memory)
        limits = _native.MapLimits(ctypes.sizeof(_native.MapLimits), deaths, deadline, timeout, 1)  # a core each: lanes of one process would share its interpreter
        self._item = _native.MapItem()
        self._handle = opened(
            _native.library.rowen_map_start, cluster._live(), byref(lease), byref(limits), FUNCTION, self._items, len(self._payloads))

    def some(self, most: int = 256) -> Optional[List[Result]]:
        """Results that are there, after a wait for the first that may be in vain; None after the last."""
        found: List[Result] = []
        while len(found) < most:
            code = _native.library.rowen_map_next(self._handle, 0.0 if found else _SLICE, byref(self._item))
            if code == _native.DONE:
                return found or None
            if code == _native.AGAIN:
                break
            checked(code)
            found.append(self._result())
        return found

    def _result(self) -> Result:
        item = self._item
        became = outcome(item.code, item.data, item.size)
        value, error = (None, became.error) if isinstance(became, Failed) else (became.value, None)
        return Result(item.index, value, error, item.duration_s, item.core)

    def end(self) -> None:
        """Cancels what is not done. The second time it does nothing."""
        handle, self._handle = self._handle, None
        if handle is not None:
            checked(_native.library.rowen_map_end(handle))
            self._payloads = self._items = None


def results(*arguments, **settings) -> Iterator[Result]:
    """Results as they are done; see batches."""
    with contextlib.closing(batches(*arguments, **settings)) as found:
        for each in found:
            yield from each


def batches(cluster, function: Callable, arguments: Sequence[tuple], *, timeout: float, retries: int, retry_on: Tuple[type, ...], **settings) -> Iterator[List[Result]]:
    """Results as they are done, as many as are there, several times a second at least. Items whose function raised one of retry_on run again, up to `retries` times, when all
    others have had their turn."""
    shipped, began = Shipped(function), time.monotonic()
    indices: Sequence[int] = range(len(arguments))
    for attempt in range(retries + 1):
        failed: List[int] = []
        left = max(_NONE_LEFT, began + timeout - time.monotonic()) if timeout and attempt else timeout
        run = Run(cluster, shipped, [arguments[each] for each in indices], timeout=left, **settings)
        try:
            some = run.some()
            while some is not None:
                found = [each._replace(index=indices[each.index]) for each in some]
                if attempt < retries:
                    failed += [each.index for each in found if isinstance(each.error, retry_on)]
                    found = [each for each in found if not isinstance(each.error, retry_on)]
                yield found
                some = run.some()
        finally:
            run.end()
        if not failed:
            return
        indices = failed
