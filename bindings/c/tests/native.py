"""native.py LIBROWEN LIBKERNELS: a function in C and one in Fortran, called from Python through librowen."""
import ctypes
import struct
import sys

rowen = ctypes.CDLL(sys.argv[1])
rowen.rowen_last_error.restype = ctypes.c_char_p


class LeaseOptions(ctypes.Structure):
    _fields_ = [
        ("size", ctypes.c_uint32), ("cores", ctypes.c_int32), ("slots", ctypes.c_int32), ("is_impatient", ctypes.c_int32),
        ("memory_bytes", ctypes.c_int64), ("slot_bytes", ctypes.c_int64),
        ("duration_s", ctypes.c_double), ("hot_window_s", ctypes.c_double), ("max_wait_s", ctypes.c_double),
        ("provider", ctypes.c_char_p), ("library", ctypes.c_char_p), ("functions", ctypes.c_char_p), ("package", ctypes.c_char_p),
    ]


def check(code):
    if code:
        sys.exit(rowen.rowen_last_error().decode())


def call(lease, name, content, count):
    function, length, out = ctypes.c_void_p(), ctypes.c_size_t(), (ctypes.c_double * count)()
    check(rowen.rowen_find(lease, name, ctypes.byref(function)))
    check(rowen.rowen_invoke(
        function, content, ctypes.c_size_t(len(content)), out, ctypes.c_size_t(ctypes.sizeof(out)), ctypes.byref(length), ctypes.c_double(0)))
    return out[:length.value // 8]


client, lease, options = ctypes.c_void_p(), ctypes.c_void_p(), LeaseOptions()
check(rowen.rowen_connect(None, ctypes.byref(client)))
rowen.rowen_lease_options_init(ctypes.byref(options))
options.library, options.functions = sys.argv[2].encode(), b"black_scholes,transport"
check(rowen.rowen_lease_cores(client, ctypes.byref(options), ctypes.byref(lease)))
print("%.4f" % call(lease, b"black_scholes", struct.pack("5d", 100, 100, 1, 0.02, 0.2), 1)[0])
print(" ".join("%.17g" % value for value in call(lease, b"transport", struct.pack("2q", 0, 1000), 22)))
check(rowen.rowen_release(lease))
check(rowen.rowen_disconnect(client))
