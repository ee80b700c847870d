"""Warnings of libraries that compute in the background, which are no news to users."""

from __future__ import annotations

import threading
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["quietly"]

_MODULES = "napari_flowprior|torch|numpy|scipy|skimage|pywt|PIL|tifffile|dask|zarr"

_lock = threading.Lock()
_inside = 0
_caught: Any = None


@contextmanager
def quietly() -> Iterator[None]:
    """Keep napari from showing warnings of libraries as notifications.

    The filters are those of the process: where several jobs overlap, the first one sets
    them and the last one puts back what was there.
    """
    _enter()
    try:
        yield
    finally:
        _leave()


def _enter() -> None:
    global _inside, _caught
    with _lock:
        _inside += 1
        if _inside == 1:
            _caught = warnings.catch_warnings()
            _caught.__enter__()
            warnings.filterwarnings("ignore", module=rf"({_MODULES})(\.|$)")


def _leave() -> None:
    global _inside, _caught
    with _lock:
        _inside -= 1
        if _inside == 0:
            _caught.__exit__(None, None, None)
            _caught = None
