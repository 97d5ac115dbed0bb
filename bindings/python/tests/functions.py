"""Functions that the tests call by name: without cloudpickle only those of modules travel."""
import ctypes
import logging
import os
import sys
import threading
import time

kept = []
begun = {}
thread_local = threading.local()


def nothing():
    pass


def double(x):
    return 2 * x


def where(*_):
    return os.getpid()


def meet(folder, processes):
    """Waits until so many processes have been here, and says which this is."""
    with open(os.path.join(folder, str(os.getpid())), "w", encoding="utf-8"):
        pass
    while len(os.listdir(folder)) < processes:
        time.sleep(0.001)
    return os.getpid()


def say(text):
    print(text)
    print(text, file=sys.stderr)
    logging.getLogger("crop").warning("logged %s", text)


def divide(a, b=1):
    return a / b


class Odd(Exception):
    """Cannot be made again from its arguments."""

    def __init__(self, first, second):
        super().__init__(f"{first} and {second}")


def fail_oddly():
    raise Odd(1, 2)


def leave(x):
    sys.exit(x)


def crash_once(path):
    """Kills its process the first time."""
    if not os.path.exists(path):
        with open(path, "w", encoding="utf-8"):
            pass
        os.abort()
    return "survived"


def say_and_abort(text):
    print(text)
    os.abort()


def fail_times(folder, name, times):
    """Raises until it has been called so often."""
    path = os.path.join(folder, name)
    with open(path, "a", encoding="utf-8") as file:
        file.write("x")
    if os.path.getsize(path) <= times:
        raise ConnectionError(f"call {os.path.getsize(path)}")
    return os.path.getsize(path)


def fail_slowly(seconds):
    time.sleep(seconds)
    raise ConnectionError("after a while")


def read_in_C(text):
    """Its length; None is what a C extension with a defect reads."""
    return len(text) if text is not None else ctypes.string_at(0)


def long_text(size):
    return "x" * size


def nap(seconds):
    time.sleep(seconds)
    return seconds


def begin(value):
    begun["value"] = value


def began():
    return begun.get("value")


def fail_to_begin():
    raise RuntimeError("no crop here")


def remember(value=None):
    """What the thread of this core was told last."""
    last, thread_local.value = getattr(thread_local, "value", None), value
    return last


class OnlyThere:
    """Can be pickled, and not be made again."""

    def __reduce__(self):
        return int, ("no number",)


def unreadable():
    return OnlyThere()


def unpicklable():
    return threading.Lock()


def type_and_length(value):
    return type(value).__name__, len(value)


def filled(number, size):
    return bytes([number]) * size


def same(value):
    return value


def keep(array):
    kept.append(array)


def total(*arrays):
    return [float(each.sum()) for each in arrays]


def scaled(array, factor):
    return array * factor


def overwrite(array):
    array[0] = 1


def interpreter():
    return sys.version_info[:2], sys.prefix
