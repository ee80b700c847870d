"""Arrays as they are read where a part of them is no image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_flowprior.data._lazy_array import LazyArray

__all__ = ["FillValues", "Unfilled", "unfilled_of"]


@dataclass(frozen=True, kw_only=True)
class FillValues:
    """Numbers that stand where there is no image.

    Attributes
    ----------
    values : tuple of float
        Which ones, one or two.
    share : float
        Of the pixels, that are no part of the image.
    below, above : float or None
        Pixels below and above are no part of the image; None if all may be.
    dark, bright : float
        The least and the greatest intensity of the others, but for a few.
    """

    values: tuple[float, ...]
    share: float
    below: float | None
    above: float | None
    dark: float
    bright: float

    def marked(self, raw: NDArray[Any]) -> NDArray[np.bool_]:
        """Tell which pixels are no part of the image."""
        return self._darker(raw) | self._brighter(raw)

    def replaced(self, raw: NDArray[Any]) -> NDArray[Any]:
        """Return a copy, in which what is no image is as dark or as bright as that."""
        seen = raw.copy()
        seen[self._darker(raw)] = self.dark
        seen[self._brighter(raw)] = self.bright
        return seen

    def _darker(self, raw: NDArray[Any]) -> NDArray[np.bool_]:
        limit = -np.inf if self.below is None else self.below
        darker: NDArray[np.bool_] = np.less(raw, limit)
        return darker

    def _brighter(self, raw: NDArray[Any]) -> NDArray[np.bool_]:
        limit = np.inf if self.above is None else self.above
        brighter: NDArray[np.bool_] = np.greater(raw, limit)
        return brighter

    def __str__(self) -> str:
        named = " or ".join(f"{value:g}" for value in self.values)
        return (
            f"{100 * self.share:.2g} % of the pixels are {named}, far from all others, "
            "as where there is no image; they stay as they are."
        )


class Unfilled:
    """An array as it is read with an intensity of the image where there is none.

    Parameters
    ----------
    raw : LazyArray
        The array.
    axes : str
        One letter each.
    fill : FillValues
        What is no image.
    alpha : str
        Along which axis there is a fourth sample that is no light; empty for none.
    kept : bool
        Whether what is no image goes into results as it is.
    """

    def __init__(
        self,
        raw: LazyArray,
        axes: str,
        fill: FillValues,
        *,
        alpha: str = "",
        kept: bool = True,
    ) -> None:
        self.raw, self.fill, self.kept = raw, fill, kept
        self.shape, self.dtype = raw.shape, raw.dtype
        self._alpha = axes.index(alpha) if alpha else -1

    def __getitem__(self, key: tuple[int | slice, ...]) -> NDArray[Any]:
        region = np.asarray(self.raw[key])
        if self._alpha >= 0 and key[self._alpha] == 3:
            return region
        return self.fill.replaced(region)


def unfilled_of(array: Any) -> Unfilled | None:
    """Return what an array is read through whose fill values are kept, or None.

    Arrays that change what they read of another one pass it on as ``unfilled``.

    Parameters
    ----------
    array : object
        The array of a view.

    Returns
    -------
    Unfilled or None
        With the array that holds them.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.data import unfilled_of
    >>> unfilled_of(np.zeros((64, 64))) is None
    True
    """
    if isinstance(array, Unfilled):
        return array if array.kept else None
    return getattr(array, "unfilled", None)
