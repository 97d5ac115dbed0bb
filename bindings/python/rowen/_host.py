# Runs in executors after _wire.py, as __main__ of the interpreter that host.c starts: one call after the other.
import gc as _gc
import os as _os
import sys as _sys
import traceback as _traceback
from _thread import get_ident as _this_thread

_MOST_FUNCTIONS = 1000
_functions = {}  # by the 16 bytes that stand for them: a function is made once
_unwritten = {}  # by the thread that has run it, the pieces of a result with buffers, until `write`: other threads run in between

if _sys.stdout is not None:
    _sys.stdout.reconfigure(line_buffering=True)  # a file would have the lines when much has been printed, and never those before a crash; stderr is so by itself


def _made(kind, content):
    if kind == BY_VALUE:
        return pickle.loads(content)
    if kind == BY_FILE:
        with open(_os.path.join(_os.environ["ROWEN_PYTHON_PACKAGE"], bytes(content).decode()), "rb") as file:
            return pickle.load(file)
    module, _, name = bytes(content).decode().partition(":")
    found = __import__(module, fromlist=["_"])
    for part in name.split("."):
        found = getattr(found, part)
    return found


def _cloudpickled(value, *_, **options):
    import cloudpickle
    return cloudpickle.dumps(value, 5, **options)


def _kept(error):
    """An exception's pickle; empty if it can be made again neither here nor there."""
    for dumps in (pickle.dumps, _cloudpickled):
        try:
            kept = dumps(error, 5)
            pickle.loads(kept)
            return kept
        except BaseException:
            pass
    return b""


def _failure(error):
    text = "".join(_traceback.format_exception(type(error), error, error.__traceback__.tb_next if error.__traceback__ else None))
    return bytes([FAILURE]) + pickle.dumps((type(error).__module__ + "." + type(error).__qualname__, str(error), text, _kept(error)), 5)


def _result(function, flags, data, buffers):
    """Runs it: the pickle of what it returns, its buffers, and whether its type copies them."""
    arguments, keywords = pickle.loads(data, buffers=buffers)
    value = [function(*each) for each in arguments] if flags & IN_A_CHUNK else function(*arguments, **keywords)
    return _laid_out(value)


def _laid_out(value):
    stand_in = beside(value)
    try:
        data, buffers = pickled(stand_in)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        try:
            data, buffers = pickled(stand_in, _cloudpickled)  # of a class of the caller's __main__, which came by value
        except ImportError:
            raise error from None
    return data, buffers, stand_in is not value and type(value) is not memoryview


class _Input:
    """The caller's memory, which is another call's in a moment: it knows whether something still looks at it. (A memoryview does not: it may be released while others of it live.)"""

    _address = _whole = None

    def __init__(self):
        import ctypes  # here: most calls have no buffers
        if _Input._whole is None:
            library = ctypes.PyDLL(_os.path.join(_os.environ["ROWEN_PYTHON_PACKAGE"], "librowen_python.so"))
            library.rowen_python_input.restype = ctypes.c_size_t
            _Input._address, _Input._whole = library.rowen_python_input, ctypes.c_ubyte * (1 << 31)  # one type for every length: nobody looks beyond
        self._memory = _Input._whole.from_address(_Input._address())
        self._bare = _sys.getrefcount(self._memory)

    def view(self, length):
        return memoryview(self._memory).cast("B")[:length].toreadonly()

    def give_back(self, results):
        """Raises BufferError if the function has kept some of it. Results that are views of it are copied."""
        if _sys.getrefcount(self._memory) > self._bare:
            results[:] = [memoryview(bytes(each)) for each in results]
            if _sys.getrefcount(self._memory) > self._bare:
                _gc.collect()
            if _sys.getrefcount(self._memory) > self._bare:
                raise BufferError("the function keeps an argument's memory, which is its caller's and gone when it returns: keep a copy, as in numpy.array(argument)")


def _answer(data, buffers, is_copied):
    if not buffers:
        return b"\0" + data
    laid, total = pieces(RESULT.pack(VALUE_WITH_BUFFERS, is_copied, len(buffers), 0), data, buffers)
    _unwritten[_this_thread()] = laid
    return RESULT.pack(VALUE_WITH_BUFFERS, is_copied, len(buffers), total)


def _run(view):
    length, count, kind, flags, key = CALL.unpack_from(view)
    end = HEAD_AT + length
    function = _functions.get(key)
    if function is None:
        if kind == AS_BEFORE:
            return bytes([UNKNOWN_FUNCTION])
        if len(_functions) >= _MOST_FUNCTIONS:
            _functions.clear()
        function = _functions[key] = _made(kind, view[CALL.size:end])
    if end == len(view):
        value = function()
        return NONE if value is None else _answer(*_laid_out(value))
    if not count:
        return _answer(*_result(function, flags, view[end:], ()))
    memory, failure, results = _Input(), None, []
    try:
        data, results, is_copied = _result(function, flags, *parts(memory.view(len(view)), end, count))
    except BaseException as error:
        failure = _failure(error)
    memory.give_back(results)
    return failure or _answer(data, results, is_copied)


def run(view):
    """Runs a call. Returns its result; if that has buffers only its beginning, with the length of all: `write` follows."""
    _unwritten.pop(_this_thread(), None)
    try:
        result = _run(view)
    except BaseException as error:  # also SystemExit: a function that exits has failed, and its executor lives on
        result = _failure(error)
    try:
        _sys.stdout.flush()
        _sys.stderr.flush()
    except (AttributeError, ValueError, OSError):
        pass  # the function has closed them, or put something else in their place
    return result


def write(target):
    """Writes the result that `run` has only begun."""
    at = 0
    for each in _unwritten.pop(_this_thread()):
        target[at:at + len(each)] = each
        at += len(each)
