"""Functions that the tests call by name: without cloudpickle only those of modules travel."""
import os
import sys
import time


def double(x):
    return 2 * x


def where(*_):
    return os.getpid()


def say(text):
    print(text)
    print(text, file=sys.stderr)


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


def long_text(size):
    return "x" * size


def nap(seconds):
    time.sleep(seconds)
    return seconds
