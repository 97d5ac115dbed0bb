"""Object stores: folders, S3, Redis, and memory of the cluster."""
from __future__ import annotations

import ctypes
from ctypes import byref
from typing import List, NamedTuple, Optional

from . import _native
from ._closing import Closing
from .errors import checked, opened


class ObjectInfo(NamedTuple):
    """An object of a store, when the store was asked."""

    name: str
    size: int  # bytes
    version: str  # changes when the object is replaced


class Store(Closing):
    """Named bytes. An object is replaced at once or not at all. Any thread. Close it, or use it with `with`."""

    def __init__(self, uri: str, cluster=None):
        self._handle = opened(_native.library.rowen_store_open, None if cluster is None else cluster._live(), uri.encode())

    def close(self) -> None:
        """Ends connections. Memory of rowen-memory: is given back, with what is in it."""
        handle, self._handle = self._handle, None
        if handle is not None:
            checked(_native.library.rowen_store_close(handle))

    def put(self, name: str, content) -> None:
        """Stores an object in place of the one of that name. content: bytes, or anything contiguous that has a buffer; it is read where it lies."""
        view = memoryview(content)
        if not view.contiguous:
            raise ValueError("what is put must lie in one piece: numpy.ascontiguousarray makes it so")
        checked(_native.library.rowen_store_put(self._live(), name.encode(), _native.address_of(view), view.nbytes))

    def get(self, name: str, offset: int = 0, size: Optional[int] = None) -> bytearray:
        """An object, or `size` bytes of it from `offset` on, fewer if it ends before. Raises KeyError if there is none."""
        with self.open(name) as found:
            return found.read(offset, size)

    def open(self, name: str) -> StoredObject:
        """An object as it is now, to be read in parts: none is of another version. Raises KeyError if there is none."""
        return StoredObject(self, name)

    def size(self, name: str) -> Optional[int]:
        """Its bytes; None if there is no such object."""
        try:
            with self.open(name) as found:
                return found.size
        except KeyError:
            return None

    def list(self, prefix: str = "") -> List[ObjectInfo]:
        """Objects whose names begin so, in the order of their names."""
        found = []

        def add(_, name, size, version):
            found.append(ObjectInfo(name.decode(), size, version.decode()))
            return 0

        checked(_native.library.rowen_store_list(self._live(), prefix.encode(), _native.OnObject(add), None))
        return found

    def delete(self, name: str) -> bool:
        """Removes an object. False if there was none."""
        return self._is_there(_native.library.rowen_store_delete(self._live(), name.encode()))

    def copy(self, name: str, copy: str) -> bool:
        """Stores an object under a second name, where the store can without bringing it here. False if there is none."""
        return self._is_there(_native.library.rowen_store_copy(self._live(), name.encode(), copy.encode()))

    @staticmethod
    def _is_there(code: int) -> bool:
        if code != _native.NO_OBJECT:
            checked(code)
        return code == _native.OK

    def _live(self):
        if self._handle is None:
            raise ValueError("the store is closed")
        return self._handle


class StoredObject(Closing):
    """An object as it was when it was opened. `size` is in bytes. Reading fails with RowenError (StoreFailed) once it has been replaced."""

    def __init__(self, store: Store, name: str):
        size, self._handle = ctypes.c_uint64(), None
        handle = _native.Handle()
        code = _native.library.rowen_object_open(store._live(), name.encode(), byref(handle), byref(size))
        if code == _native.NO_OBJECT:
            raise KeyError(name)
        checked(code)
        self._handle, self.name, self.size = handle, name, size.value

    def close(self) -> None:
        handle, self._handle = self._handle, None
        if handle is not None:
            checked(_native.library.rowen_object_close(handle))

    def read(self, offset: int = 0, size: Optional[int] = None) -> bytearray:
        """Bytes from `offset` on, to its end or as many; fewer if it ends before."""
        if offset < 0 or (size is not None and size < 0):
            raise ValueError("offset and size are 0 or more")
        rest = max(0, self.size - offset)
        target = bytearray(rest if size is None else min(size, rest))
        self.read_into(target, offset)
        return target

    def read_into(self, target, offset: int = 0) -> None:
        """Fills a writable buffer, such as a numpy array, with the bytes from `offset` on: without a copy between."""
        if self._handle is None:
            raise ValueError("the object is closed")
        view = memoryview(target)
        if view.readonly or not view.contiguous:
            raise ValueError("the target must be writable and lie in one piece")
        if view.nbytes:
            checked(_native.library.rowen_object_read(self._handle, offset, _native.address_of(view), view.nbytes))
