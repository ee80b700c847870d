"""What was decoded, kept for as long as there is room."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

__all__ = ["LruCache"]

T = TypeVar("T")


class LruCache(Generic[T]):
    """Values by key, of which those not used for long are forgotten.

    May be used from several threads; two that miss the same value both compute it.

    Parameters
    ----------
    limit : int
        How much to keep, in the unit of the sizes. The value used last is kept even if
        it is larger.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: OrderedDict[Hashable, tuple[T, int]] = OrderedDict()
        self._held = 0
        self._lock = Lock()

    @property
    def held(self) -> int:
        """How much is kept."""
        return self._held

    def get(self, key: Hashable, load: Callable[[], tuple[T, int]]) -> T:
        """Return what is kept under a key, or else load and keep it.

        Parameters
        ----------
        key : hashable
            Name of the value.
        load : callable
            Returns the value and its size.

        Returns
        -------
        object
            The value.
        """
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key][0]
        value, size = load()
        with self._lock:
            self._keep(key, value, size)
        return value

    def _keep(self, key: Hashable, value: T, size: int) -> None:
        if key not in self._kept:
            self._kept[key] = value, size
            self._held += size
        while self._held > self._limit and len(self._kept) > 1:
            _, (_, freed) = self._kept.popitem(last=False)
            self._held -= freed
