"""What calls raise beside the exceptions of the functions themselves."""
from __future__ import annotations

from concurrent.futures.process import BrokenProcessPool

from . import _native


class RowenError(RuntimeError):
    """Something other than the function failed. `code` is a number of rowen.h, `name` its name."""

    def __init__(self, code: int, sentence: str):
        super().__init__(f"{_native.name_of(code)}: {sentence}")
        self.code = code
        self.name = _native.name_of(code)
        self._sentence = sentence

    def __reduce__(self):
        return type(self), (self.code, self._sentence)


class ExecutorLost(RowenError, BrokenProcessPool):
    """The process that ran a function died, or its core was taken away, and nobody can know how far it came. Programs that expect BrokenProcessPool catch it."""


class RemoteError(Exception):
    """An exception of a function, with the traceback that it had there. Where the exception itself can be made again, that is raised, and this is its __cause__."""

    def __init__(self, type_name: str, message: str, traceback: str):
        super().__init__(f"{type_name}: {message}\n\nThere:\n{traceback}")
        self.type_name, self.traceback = type_name, traceback
        self._message = message

    def __reduce__(self):
        return type(self), (self.type_name, self._message, self.traceback)


def checked(code: int) -> None:
    """Raises RowenError with the last sentence of librowen, unless the code is OK."""
    if code != _native.OK:
        raise RowenError(code, _native.last_error())


def opened(call, *arguments):
    """The handle that a call of librowen gives as its last argument."""
    handle = _native.Handle()
    checked(call(*arguments, _native.byref(handle)))
    return handle
