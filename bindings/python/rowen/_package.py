"""What executors load: the host, which interpreter it is for, and the path of this one."""
from __future__ import annotations

import os
import shutil
import sys
import sysconfig
import tempfile
from typing import Optional, Sequence

from . import _forks, _native
from ._travel import Shipped
from .errors import RowenError

FUNCTION = b"rowen_python"


class Package:
    """A folder, made when it is first asked for and removed by `close`. It is the same for every function but large ones, which each have one of their own, until sys.path
    changes. Any thread."""

    def __init__(self):
        self._folders = {}
        self._pid = os.getpid()
        self._lock = _forks.lock()

    def folder(self, function: Optional[Shipped] = None) -> str:
        """The folder; with the function in it, if one is given."""
        path = tuple(os.path.abspath(each) for each in sys.path)
        key = path, None if function is None else function.key
        with self._lock:
            if key not in self._folders:
                self._folders[key] = _made(path, function)
            return self._folders[key]

    def close(self) -> None:
        if os.getpid() != self._pid:
            return  # a fork: its parent needs them
        with self._lock:
            for each in self._folders.values():
                shutil.rmtree(each, ignore_errors=True)
            self._folders.clear()


def _made(path: Sequence[str], function: Optional[Shipped]) -> str:
    folder = tempfile.mkdtemp(prefix="rowen-python-")
    here = os.path.dirname(os.path.abspath(__file__))
    sources = []
    for name in ("_wire.py", "_host.py"):
        with open(os.path.join(here, name), encoding="utf-8") as file:
            sources.append(file.read())
    files = {
        "_host.py": "\n".join(sources + [f"_sys.path[:] = {path!r}\n"]),
        "python.conf": f"{libpython()}\n{sys.executable}\n",
        "rowen.functions": f"native librowen_python.so: {FUNCTION.decode()}\n",
    }
    for name, content in files.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(content)
    shutil.copy(os.path.join(_native.folder(), "librowen_python.so"), folder)
    if function is not None:
        with open(os.path.join(folder, function.file_name), "wb") as file:
            file.write(function.content)
    return folder


def libpython() -> str:
    """The shared library of this interpreter. Raises RowenError if it has none."""
    name = sysconfig.get_config_var("INSTSONAME") or ""
    for folder in (sysconfig.get_config_var("LIBDIR"), os.path.join(sys.base_prefix, "lib"), sysconfig.get_config_var("LIBPL")):
        if folder and ".so" in name and os.path.exists(os.path.join(folder, name)):
            return os.path.join(folder, name)
    if ".so" in name:
        return name  # the loader may know it
    raise RowenError(
        _native.BAD_ARGUMENT,
        f"{sys.executable} has no shared libpython, which executors load: use Debian's (package libpython3.N) or one that was built with --enable-shared "
        "(pyenv: PYTHON_CONFIGURE_OPTS=--enable-shared pyenv install 3.N)")
