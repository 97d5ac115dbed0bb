"""librowen through ctypes. rowen.h says what each call means."""
import ctypes
import os
from ctypes import POINTER, byref, c_char_p, c_double, c_int, c_int32, c_int64, c_size_t, c_uint32, c_uint64, c_void_p

OK, AGAIN, BAD_ARGUMENT, FORKED = 0, 1, 2, 3
RESULT_TOO_LARGE = 207
MAY_BE_CALLED_AGAIN = frozenset((100, 101, 102, 103, 104, 202))  # provably never started


class LeaseOptions(ctypes.Structure):
    _fields_ = [
        ("size", c_uint32), ("cores", c_int32), ("slots", c_int32), ("is_impatient", c_int32),
        ("memory_bytes", c_int64), ("slot_bytes", c_int64),
        ("duration_s", c_double), ("hot_window_s", c_double), ("max_wait_s", c_double),
        ("provider", c_char_p), ("library", c_char_p), ("functions", c_char_p), ("package", c_char_p),
    ]


class Bytes(ctypes.Structure):
    _fields_ = [("data", c_char_p), ("size", c_size_t)]


OnResult = ctypes.CFUNCTYPE(c_int, c_void_p, c_size_t, c_int, c_void_p, c_size_t)


def folder():
    """Where librowen.so and librowen_python.so are: ROWEN_NATIVE, beside this file (a wheel), or what build/librowen.sh made."""
    here = os.path.dirname(os.path.abspath(__file__))
    named = os.environ.get("ROWEN_NATIVE")
    places = [named] if named else [os.path.join(here, "lib"), os.path.join(here, "..", "..", "..", "artifacts", "native", "lib")]
    for place in places:
        if os.path.exists(os.path.join(place, "librowen.so")):
            return os.path.abspath(place)
    raise ImportError("librowen.so is not in " + " nor in ".join(places) + ": run build/librowen.sh, or set ROWEN_NATIVE to its folder")


def _load():
    library = ctypes.CDLL(os.path.join(folder(), "librowen.so"))
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
        "rowen_lease_is_held": (c_int, handle),
        "rowen_lease_provider": (c_char_p, handle),
        "rowen_find": (c_int, handle, c_char_p, place),
        "rowen_invoke": (c_int, handle, c_char_p, c_size_t, c_void_p, c_size_t, POINTER(c_size_t), c_double),
        "rowen_map_each": (c_int, handle, POINTER(LeaseOptions), c_char_p, POINTER(Bytes), c_size_t, OnResult, c_void_p),
        "rowen_memory_lease": (c_int, handle, c_uint64, c_int32, place),
        "rowen_memory_read": (c_int, handle, c_uint64, c_void_p, c_size_t),
        "rowen_memory_write": (c_int, handle, c_uint64, c_char_p, c_size_t),
        "rowen_memory_release": (c_int, handle),
    }
    for name, (result, *arguments) in calls.items():
        call = getattr(library, name)
        call.restype, call.argtypes = result, arguments
    return library


library = _load()


def name_of(code):
    return library.rowen_error_name(code).decode()


def opened(call, *arguments):
    """A handle that a call gives."""
    handle = c_void_p()
    code = call(*arguments, byref(handle))
    if code != OK:
        from . import RowenError
        raise RowenError(code, library.rowen_last_error().decode())
    return handle


def check(code):
    if code != OK:
        from . import RowenError
        raise RowenError(code, library.rowen_last_error().decode())
