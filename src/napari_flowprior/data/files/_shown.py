"""Arrays whose values are turned into those that viewers show, when they are read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from napari_flowprior.data._lazy_array import LazyArray

__all__ = ["Interpretation", "Pixels", "Shown", "same"]

Pixels = npt.NDArray[Any]


def same(values: Pixels) -> Pixels:
    """Return values that are shown as they are stored."""
    return values


@dataclass(frozen=True, eq=False)
class Interpretation:
    """From stored values to those that are shown.

    Parameters
    ----------
    show : callable
        Turns stored values into shown ones. If there are samples, these come last.
    dtype : dtype
        Type of the shown values.
    samples : int, optional
        How many samples the last axis has when it is shown; None if each value is
        turned by itself.
    info : dict
        What `stored` needs to go back.
    """

    show: Callable[[Pixels], Pixels]
    dtype: np.dtype[Any]
    samples: int | None = None
    info: dict[str, Any] = field(default_factory=dict)

    @property
    def changes(self) -> bool:
        """Whether shown values differ from stored ones."""
        return self.show is not same


class Shown:
    """An array whose values are turned into shown ones when they are read.

    Parameters
    ----------
    stored : LazyArray
        Values as a file has them.
    shape : tuple of int
        Shape of the shown array.
    how : Interpretation
        What they stand for.
    """

    def __init__(
        self, stored: LazyArray, shape: tuple[int, ...], how: Interpretation
    ) -> None:
        self.shape = shape
        self.dtype = how.dtype
        self._stored = stored
        self._how = how

    def __getitem__(self, key: Any, /) -> Pixels:
        key = key if isinstance(key, tuple) else (key,)
        key += (slice(None),) * (len(self.shape) - len(key))
        if self._how.samples is None:
            return self._how.show(np.asarray(self._stored[key]))
        shown = self._how.show(np.asarray(self._stored[key[:-1]]))
        return np.asarray(shown[..., key[-1]])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.asarray(self[()], dtype=dtype)
