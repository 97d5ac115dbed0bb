"""What is closed at the end of `with`."""
from typing import TypeVar

_Self = TypeVar("_Self", bound="Closing")


class Closing:
    """The two methods of `with`, for classes that have `close`."""

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        raise NotImplementedError
