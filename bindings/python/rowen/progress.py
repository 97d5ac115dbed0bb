"""How far a map is: a bar in terminals and notebooks, lines elsewhere."""
from __future__ import annotations

import sys
import time
from typing import Callable, Union

_REDRAW = 0.1  # seconds between drawings: nobody reads faster
_LINE = 30.0  # seconds between lines where nothing can be redrawn
_WIDTH = 30


def shown(progress: Union[bool, None, Callable[[int, int], None]], total: int):
    """What is told how many items are done, and closed at the end, for the `progress` of a map: True draws, a function is called with (done, total)."""
    if not progress:
        return _Silent()
    if callable(progress):
        return _Told(progress, total)
    if _is_notebook():
        try:
            return _Widget(total)
        except ImportError:  # of ipywidgets
            pass
    return _Text(total, sys.stderr)


def _is_notebook() -> bool:
    try:
        return type(get_ipython()).__name__ == "ZMQInteractiveShell"  # IPython puts it among the builtins
    except NameError:
        return False


class _Silent:
    def update(self, done: int) -> None:
        pass

    def close(self) -> None:
        pass


class _Told(_Silent):
    def __init__(self, function, total: int):
        self._function, self._total = function, total

    def update(self, done: int) -> None:
        self._function(done, self._total)


class _Widget:
    def __init__(self, total: int):
        from IPython.display import display
        from ipywidgets import HTML, HBox, IntProgress
        self._bar, self._text, self._line = IntProgress(max=max(1, total)), HTML(), _Line(total)
        self._drawn = 0.0
        display(HBox([self._bar, self._text]))

    def update(self, done: int) -> None:
        now = time.monotonic()
        if now - self._drawn >= _REDRAW or done == self._line.total:
            self._drawn = now
            self._bar.value, self._text.value = done, self._line.text(done, now)

    def close(self) -> None:
        self._bar.bar_style = "success" if self._bar.value == self._bar.max else "danger"


class _Text:
    def __init__(self, total: int, stream):
        self._stream, self._line = stream, _Line(total)
        self._is_terminal = stream.isatty()
        self._drawn = time.monotonic() if not self._is_terminal else 0.0
        self._done = None

    def update(self, done: int) -> None:
        now = time.monotonic()
        is_last = done == self._line.total
        if now - self._drawn < (_REDRAW if self._is_terminal else _LINE) and not is_last:
            return
        self._drawn, self._done = now, done
        bar = ""
        if self._is_terminal:
            filled = _WIDTH * done // max(1, self._line.total)
            bar = "\r\033[K" + "#" * filled + "." * (_WIDTH - filled) + " "
        self._stream.write(bar + self._line.text(done, now) + ("" if self._is_terminal else "\n"))
        self._stream.flush()

    def close(self) -> None:
        if self._is_terminal and self._done is not None:
            self._stream.write("\n")
            self._stream.flush()


class _Line:
    """What is said beside the bar."""

    def __init__(self, total: int):
        self.total = total
        self._began = time.monotonic()

    def text(self, done: int, now: float) -> str:
        passed = max(now - self._began, 1e-9)
        rest = f", {_clock((self.total - done) * passed / done)} left" if 0 < done < self.total else f" in {_clock(passed)}" if done else ""
        return f"{done:,} of {self.total:,} done, {done / passed:,.1f} a second{rest}"


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(int(seconds + 0.5), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
