"""What travels: functions, arguments and results, as bytes. The form is _wire.py's."""
from __future__ import annotations

import ctypes
import hashlib
import pickle
from typing import Any, Callable, Optional, Sequence, Tuple

from . import _native
from ._wire import (AS_BEFORE, BY_FILE, BY_NAME, BY_VALUE, CALL, FAILURE, HEAD_AT, IN_A_CHUNK, NONE, RESULT, UNKNOWN_FUNCTION, VALUE, VALUE_WITH_BUFFERS, beside,
                    parts, pickled, pieces)
from .errors import ExecutorLost, RemoteError, RowenError

try:
    import cloudpickle
except ImportError:
    cloudpickle = None

LARGE_FUNCTION = 1 << 16  # what is larger goes into the package of a map, which each node gets once


class Shipped:
    """A function as it travels. Made once for as many calls as wanted: what it captures is what it captured then."""

    def __init__(self, function: Callable):
        kind, self.content = _sent(function)
        self.key = hashlib.blake2b(bytes([kind]) + self.content, digest_size=16).digest()  # stands for it where it is known
        self._kind = kind

    @property
    def is_large(self) -> bool:
        return len(self.content) > LARGE_FUNCTION

    @property
    def file_name(self) -> str:
        """What it is called in a package."""
        return f"function-{self.key.hex()}"

    def head(self, is_known: bool = False, in_file: bool = False, in_a_chunk: bool = False) -> Head:
        """What a call begins with. is_known: the executor has had it before. in_file: it is in the package."""
        kind, content = (AS_BEFORE, b"") if is_known else (BY_FILE, self.file_name.encode()) if in_file else (self._kind, self.content)
        return Head(kind, IN_A_CHUNK if in_a_chunk else 0, self.key, content)


class Head:
    """The beginning of every call of one function."""

    __slots__ = ("_arguments", "plain")

    def __init__(self, kind: int, flags: int, key: bytes, content: bytes):
        self._arguments = (kind, flags, key, content)
        self.plain = self._packed(0)

    def _packed(self, buffers: int) -> bytes:
        kind, flags, key, content = self._arguments
        return CALL.pack(CALL.size - HEAD_AT + len(content), buffers, kind, flags, key) + content

    def call(self, data: bytes, buffers: Sequence[memoryview]) -> Sequence:
        """The pieces of a call, one after the other: bytes, and views of what the arguments hold."""
        return pieces(self._packed(len(buffers)), data, buffers)[0] if buffers else (self.plain + data,)


def packed(arguments: Sequence, keywords: dict) -> Tuple[bytes, Sequence[memoryview]]:
    """The pickle of a call's arguments, and those of their buffers that are not copied into it."""
    if not arguments and not keywords:
        return b"", ()
    return pickled(([beside(each) for each in arguments], keywords), cloudpickle and cloudpickle.dumps)


def _sent(function: Callable) -> Tuple[int, bytes]:
    if cloudpickle is not None:
        return BY_VALUE, cloudpickle.dumps(function, 5)
    module, name = getattr(function, "__module__", None), getattr(function, "__qualname__", "")
    if name and module and module != "__main__" and "<" not in name and not hasattr(function, "__self__"):
        return BY_NAME, f"{module}:{name}".encode()
    try:
        data = pickle.dumps(function, 5)  # a method of an object, functools.partial, an object that can be called
        if b"__main__" not in data:
            return BY_VALUE, data
    except (pickle.PicklingError, AttributeError, TypeError):
        pass
    raise TypeError(
        f"{function!r} cannot travel: without cloudpickle only functions of modules can, which the executors import (pip install cloudpickle)") from None


def bytes_of(each: Sequence) -> bytes:
    """Pieces as one."""
    return each[0] if len(each) == 1 else b"".join(each)


class Value:
    """What a function returned."""

    __slots__ = ("value",)

    def __init__(self, value: Any):
        self.value = value

    def get(self) -> Any:
        return self.value


class Failed:
    """What was raised instead."""

    __slots__ = ("error",)

    def __init__(self, error: BaseException):
        self.error = error

    def get(self) -> Any:
        raise self.error


class FunctionUnknown(Exception):
    """The executor does not know the function any more: send it whole."""


def outcome(code: int, address: int, size: int, stays: Optional[Callable[[int, int], memoryview]] = None):
    """What became of a call: Value or Failed. stays: gives a result with buffers that can stay where it is, for the value to look at; without it, it is copied."""
    if code != _native.OK:
        return Failed(error_of(code, ctypes.string_at(address, size).decode(errors="replace")))
    if size <= 1024:  # most
        answer = ctypes.string_at(address, size)
        if answer == NONE:
            return Value(None)
    else:
        answer = _native.view_of(address, size)
    kind = answer[0]
    if kind == VALUE:
        return Value(pickle.loads(memoryview(answer)[1:]))
    if kind == VALUE_WITH_BUFFERS:
        _, is_copied, count, _ = RESULT.unpack_from(answer)
        if stays is not None and not is_copied:
            data, buffers = parts(stays(address, size), RESULT.size, count)
        else:
            data, buffers = parts(answer, RESULT.size, count)
            buffers = buffers if is_copied else [bytearray(each) for each in buffers]
        return Value(pickle.loads(data, buffers=buffers))
    if kind == UNKNOWN_FUNCTION:
        raise FunctionUnknown
    if kind != FAILURE:
        return Failed(RowenError(_native.PACKAGE_UNUSABLE, "no Python in the executor: " + bytes(answer[1:]).decode(errors="replace")))
    type_name, message, traceback, kept = pickle.loads(memoryview(answer)[1:])
    remote = RemoteError(type_name, message, traceback)
    try:
        error = pickle.loads(kept) if kept else None
    except Exception:  # its class is not to be had here
        error = None
    if error is None:
        return Failed(remote)
    error.__cause__ = remote
    return Failed(error)


def error_of(code: int, sentence: str) -> RowenError:
    """The exception for a code of librowen."""
    return (ExecutorLost if code in _native.LOST else RowenError)(code, sentence)
