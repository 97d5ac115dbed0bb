"""How a call and its result look as bytes. Both ends run this file: executors as the beginning of what they run, without the rest of the package.

A call: length of its head and number of its buffers (4 bytes each); the head, which is kind, flags, 16 bytes that stand for the function, and what makes it; the arguments' pickle.
A result: a byte that says what it is; then the value's pickle.
Buffers (pickle's protocol 5) of LEAST bytes or more follow the pickle, each at a multiple of 64 bytes; before it, then, are the lengths of the pickle and of each of them.
"""
import pickle
import struct

CALL = struct.Struct("<IIBB16s")
RESULT = struct.Struct("<B?xxIQ")  # of a result with buffers: what it is, whether its type copies them, their number, and the length of all
HEAD_AT = 8
VALUE, FAILURE, VALUE_WITH_BUFFERS, UNKNOWN_FUNCTION = 0, 1, 2, 3
BY_VALUE, BY_NAME, BY_FILE, AS_BEFORE = 0, 1, 2, 3
IN_A_CHUNK = 1  # a flag: the only argument is a list of arguments
LEAST = 1 << 16
_ALIGNMENT = 64
NONE = bytes([VALUE]) + pickle.dumps(None, 5)


class Buffer:
    """Stands for bytes, a bytearray or a memoryview in what is pickled, so that it lies beside the pickle."""

    __slots__ = ("content",)

    def __init__(self, content):
        self.content = content

    def __reduce_ex__(self, _):
        return type(self.content), (pickle.PickleBuffer(self.content),)


def beside(value):
    """The value, or what is pickled in its place."""
    return Buffer(value) if type(value) in (bytes, bytearray, memoryview) and memoryview(value).nbytes >= LEAST else value


def pickled(value, otherwise=None):
    """The pickle of a value, and its large buffers. otherwise: what pickles (as pickle.dumps does) if that fails, or names something of this program's __main__."""
    buffers = []

    def keep(buffer):
        raw = buffer.raw()
        return True if raw.nbytes < LEAST else buffers.append(raw)

    try:
        data = pickle.dumps(value, 5, buffer_callback=keep)
        if otherwise is None or b"__main__" not in data:
            return data, buffers
    except (pickle.PicklingError, AttributeError, TypeError):
        if otherwise is None:
            raise
    buffers.clear()
    return otherwise(value, 5, buffer_callback=keep), buffers


def pieces(prefix, data, buffers):
    """What lies one after the other: prefix, lengths, pickle, buffers; and the length of all."""
    lengths = struct.pack(f"<{1 + len(buffers)}Q", len(data), *[each.nbytes for each in buffers])
    laid, total = [prefix + lengths + data], len(prefix) + len(lengths) + len(data)
    for buffer in buffers:
        gap = -total % _ALIGNMENT
        laid += [bytes(gap), buffer]
        total += gap + buffer.nbytes
    return laid, total


def parts(view, start, count):
    """The pickle and the buffers of what `pieces` made; count: how many buffers."""
    lengths = struct.unpack_from(f"<{1 + count}Q", view, start)
    at = start + 8 * len(lengths) + lengths[0]
    data, found = view[at - lengths[0]:at], []
    for length in lengths[1:]:
        at += -at % _ALIGNMENT
        found.append(view[at:at + length])
        at += length
    return data, found
