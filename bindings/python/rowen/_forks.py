"""Locks in processes that fork."""
import os
import threading
import weakref


def lock() -> threading.Lock:
    """A lock that is free in a fork of this process: whoever held it is not there, and what it guards is not used there either."""
    made = threading.Lock()
    _locks.add(made)
    return made


def _free():
    for each in _locks:
        each._at_fork_reinit()


_locks = weakref.WeakSet()
os.register_at_fork(after_in_child=_free)
