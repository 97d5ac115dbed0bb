"""librowen through ctypes. rowen.h says what each call means; nothing of the package but this file knows ctypes' types of it."""
from __future__ import annotations

import ctypes
import os
from ctypes import POINTER, byref, c_char_p, c_double, c_int, c_int32, c_int64, c_size_t, c_ubyte, c_uint32, c_uint64, c_void_p

__all__ = ["byref"]

OK, AGAIN, BAD_ARGUMENT, FORKED, DONE, NO_OBJECT = range(6)
CAPACITY_EXHAUSTED, WAITED_TOO_LONG = 100, 107
UNKNOWN, EXECUTOR_CRASHED, FUNCTION_EXITED_PROCESS = 203, 210, 209
PACKAGE_UNUSABLE = 402
MAY_BE_CALLED_AGAIN = frozenset((100, 101, 102, 103, 104, 202))  # provably never started
LOST = frozenset((UNKNOWN, FUNCTION_EXITED_PROCESS, EXECUTOR_CRASHED, 211, 300))  # began, and nobody knows more
MOST_BYTES = (1 << 31) - 1  # of one input, or one result

Handle = c_void_p


class LeaseOptions(ctypes.Structure):
    _fields_ = [
        ("size", c_uint32), ("cores", c_int32), ("slots", c_int32), ("is_impatient", c_int32),
        ("memory_bytes", c_int64), ("slot_bytes", c_int64),
        ("duration_s", c_double), ("hot_window_s", c_double), ("max_wait_s", c_double),
        ("provider", c_char_p), ("library", c_char_p), ("functions", c_char_p), ("package", c_char_p),
    ]


class MapLimits(ctypes.Structure):
    _fields_ = [
        ("size", c_uint32), ("max_executor_deaths", c_int32), ("deadline_s", c_double), ("timeout_s", c_double), ("cores_per_lease", c_int32),
    ]


class MapItem(ctypes.Structure):
    _fields_ = [("index", c_size_t), ("data", c_void_p), ("size", c_size_t), ("code", c_int), ("core", c_int), ("duration_s", c_double)]


class Bytes(ctypes.Structure):
    _fields_ = [("data", c_char_p), ("size", c_size_t)]  # which takes bytes, and addresses too


OnObject = ctypes.CFUNCTYPE(c_int, c_void_p, c_char_p, c_uint64, c_char_p)


class _Buffer(ctypes.Structure):
    """The beginning of CPython's Py_buffer, and room for the rest."""

    _fields_ = [("data", c_void_p), ("owner", ctypes.py_object), ("size", ctypes.c_ssize_t), ("rest", c_size_t * 16)]


_get_buffer = ctypes.pythonapi.PyObject_GetBuffer
_get_buffer.argtypes = (ctypes.py_object, POINTER(_Buffer), c_int)
_release_buffer = ctypes.pythonapi.PyBuffer_Release
_release_buffer.argtypes, _release_buffer.restype = (POINTER(_Buffer),), None
_view_of = ctypes.pythonapi.PyMemoryView_FromMemory
_view_of.argtypes, _view_of.restype = (c_void_p, ctypes.c_ssize_t, c_int), ctypes.py_object
_READ = 0x100


def view_of(address: int, size: int) -> memoryview:
    """Memory that is read where it lies: valid as long as its owner says."""
    return _view_of(address, size, _READ)


class Result(c_ubyte * (1 << 31)):  # one type for every length: nobody looks beyond
    """Where a call's result lies. Whoever looks at it keeps it, and `last` is called with the call when nobody does any more."""

    def __del__(self):
        self.last(self.call)


def result_of(call, address: int, size: int, last) -> memoryview:
    """A result that stays where it is."""
    made = Result.from_address(address)
    made.call, made.last = call, last
    return memoryview(made).cast("B")[:size]


def address_of(view: memoryview) -> int:
    """Where contiguous memory lies, read-only memory too. The caller keeps the view."""
    if not view.nbytes:
        return 0
    buffer = _Buffer()
    _get_buffer(view, byref(buffer), 0)
    address = buffer.data
    _release_buffer(byref(buffer))
    return address


def folder() -> str:
    """Where librowen.so and librowen_python.so are: ROWEN_NATIVE, beside this file (a wheel), or what build/librowen.sh made."""
    here = os.path.dirname(os.path.abspath(__file__))
    named = os.environ.get("ROWEN_NATIVE")
    places = [named] if named else [os.path.join(here, "lib"), os.path.join(here, "..", "..", "..", "artifacts", "native", "lib")]
    for place in places:
        if os.path.exists(os.path.join(place, "librowen.so")):
            return os.path.abspath(place)
    raise ImportError("librowen.so is not in " + " nor in ".join(places) + ": install the wheel, run build/librowen.sh, or set ROWEN_NATIVE to its folder")


def _load() -> ctypes.CDLL:
    loaded = ctypes.CDLL(os.path.join(folder(), "librowen.so"))
    handle, place = c_void_p, POINTER(c_void_p)
    calls = {
        "rowen_version": (c_char_p,),
        "rowen_error_name": (c_char_p, c_int),
        "rowen_last_error": (c_char_p,),
        "rowen_connect": (c_int, c_char_p, place),
        "rowen_start_local": (c_int, c_char_p, c_int32, place),
        "rowen_disconnect": (c_int, handle),
        "rowen_lease_options_init": (None, POINTER(LeaseOptions)),
        "rowen_lease_cores": (c_int, handle, POINTER(LeaseOptions), place),
        "rowen_release": (c_int, handle),
        "rowen_lease_end": (c_int, handle),
        "rowen_lease_is_held": (c_int, handle),
        "rowen_lease_provider": (c_char_p, handle),
        "rowen_lease_name": (c_char_p, handle),
        "rowen_find": (c_int, handle, c_char_p, place),
        "rowen_invoke": (c_int, handle, c_char_p, c_size_t, c_void_p, c_size_t, POINTER(c_size_t), c_double),
        "rowen_call_open": (c_int, handle, place),
        "rowen_call_start": (c_int, handle, POINTER(Bytes), c_size_t, c_size_t, c_double),
        "rowen_call_wait": (c_int, handle, c_double, place, POINTER(c_size_t)),
        "rowen_call_close": (c_int, handle),
        "rowen_map_start": (c_int, handle, POINTER(LeaseOptions), POINTER(MapLimits), c_char_p, POINTER(Bytes), c_size_t, place),
        "rowen_map_next": (c_int, handle, c_double, POINTER(MapItem)),
        "rowen_map_end": (c_int, handle),
        "rowen_memory_lease": (c_int, handle, c_uint64, c_int32, place),
        "rowen_memory_read": (c_int, handle, c_uint64, c_void_p, c_size_t),
        "rowen_memory_write": (c_int, handle, c_uint64, c_void_p, c_size_t),
        "rowen_memory_release": (c_int, handle),
        "rowen_store_open": (c_int, handle, c_char_p, place),
        "rowen_store_close": (c_int, handle),
        "rowen_store_put": (c_int, handle, c_char_p, c_void_p, c_size_t),
        "rowen_store_delete": (c_int, handle, c_char_p),
        "rowen_store_copy": (c_int, handle, c_char_p, c_char_p),
        "rowen_store_list": (c_int, handle, c_char_p, OnObject, c_void_p),
        "rowen_object_open": (c_int, handle, c_char_p, place, POINTER(c_uint64)),
        "rowen_object_read": (c_int, handle, c_uint64, c_void_p, c_size_t),
        "rowen_object_close": (c_int, handle),
    }
    for name, (result, *arguments) in calls.items():
        call = getattr(loaded, name)
        call.restype, call.argtypes = result, arguments
    return loaded


library = _load()


def name_of(code: int) -> str:
    return library.rowen_error_name(code).decode()


def last_error() -> str:
    return library.rowen_last_error().decode(errors="replace")
