"""Images without their impulses and lines, which are taken out as they are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_flowprior.data import PlaneView, unfilled_of
from napari_flowprior.restoration.noise._impulses import (
    REACH,
    Impulses,
    find_impulses,
)
from napari_flowprior.restoration.noise._lines import Lines, find_lines

if TYPE_CHECKING:
    from collections.abc import Generator

    from numpy.typing import NDArray

    from napari_flowprior.data import LazyArray

__all__ = ["Repairs", "repair", "repairs_of"]

Key = tuple[int | slice, ...]


@dataclass(frozen=True)
class Repairs:
    """What was taken out of an image before anything else.

    Parameters
    ----------
    impulses : Impulses, optional
        Salt and pepper.
    lines : tuple of Lines
        Rows and columns.
    """

    impulses: Impulses | None = None
    lines: tuple[Lines, ...] = ()

    def __bool__(self) -> bool:
        return self.impulses is not None or bool(self.lines)

    def summary(self) -> dict[str, float]:
        """Return a JSON-able description, for provenance.

        Returns
        -------
        dict
            ``impulses``, the share of pixels, and the standard deviations of the
            offsets of ``rows`` and of ``columns``, in units of the image; what was not
            found is left out.
        """
        told = {"Y": "rows", "X": "columns"}
        found = {told[lines.axis]: lines.level for lines in self.lines}
        if self.impulses is not None:
            found["impulses"] = self.impulses.share
        return found


class _Repaired:
    """An array as it is read without impulses and lines."""

    def __init__(self, view: PlaneView, repairs: Repairs) -> None:
        self._array: LazyArray = view.array
        self.shape, self.dtype = view.array.shape, view.array.dtype
        self._axes = view.axes
        self.repairs = repairs
        self.unfilled = unfilled_of(view.array)
        self._offsets = [_spread(view, lines) for lines in repairs.lines]

    def __getitem__(self, key: Key) -> NDArray[Any]:
        sample = key[self._axes.index("S")] if "S" in self._axes else 0
        if sample == 3:
            # Alpha is no light.
            return np.asarray(self._array[key])
        region = self._filled(key)
        for offsets in self._offsets:
            there = zip(key, offsets.shape, strict=True)
            whole = slice(None)
            near = tuple(
                whole if size == 1 and isinstance(place, slice) else place
                for place, size in there
            )
            region = region - offsets[near]
        return region

    def _filled(self, key: Key) -> NDArray[np.float64]:
        impulses = self.repairs.impulses
        if impulses is None:
            return np.asarray(self._array[key], dtype=np.float64)
        wide, inner = zip(*map(self._widened, key, self._axes, self.shape), strict=True)
        region = np.array(self._array[wide], dtype=np.float64)
        left = [axis for axis, n in zip(self._axes, key, strict=True) if _is_kept(n)]
        at = left.index("Y"), left.index("X")
        planes = np.moveaxis(region, at, (-2, -1))
        for place in np.ndindex(planes.shape[:-2]):
            planes[place] = impulses.fill(planes[place])
        filled: NDArray[np.float64] = region[tuple(n for n in inner if n is not None)]
        return filled

    @staticmethod
    def _widened(
        place: int | slice, axis: str, size: int
    ) -> tuple[int | slice, slice | None]:
        """Return a place with margins, and where it lies in what is read."""
        if not isinstance(place, slice):
            return place, None
        if axis not in "YX":
            return place, slice(None)
        start, stop, step = place.indices(size)
        assert step == 1
        first = max(0, start - REACH)
        wide = slice(first, min(size, stop + REACH))
        return wide, slice(start - first, stop - first)


def repair(view: PlaneView) -> Generator[None, None, PlaneView]:
    """Look for impulses and lines, and view the image without them.

    Parameters
    ----------
    view : PlaneView
        A channel of an image.

    Returns
    -------
    PlaneView
        Of the same axes and places; the view itself if nothing was found.

    Yields
    ------
    None
        Between looks.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.data import PlaneView
    >>> from napari_flowprior.restoration.noise import repair
    >>> for _ in repair(PlaneView(np.zeros((64, 64), np.uint8), "YX")):
    ...     pass  # the place to give up
    """
    repairs = Repairs(find_impulses(view))
    yield
    for axis in "YX":
        found = find_lines(_without(view, repairs), axis)
        yield
        if found is not None:
            repairs = Repairs(repairs.impulses, (*repairs.lines, found))
    return _without(view, repairs)


def repairs_of(view: PlaneView) -> Repairs:
    """Return what was taken out of an image.

    Parameters
    ----------
    view : PlaneView
        As `repair` returned it, or some planes of that.

    Returns
    -------
    Repairs
        Nothing for other views.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.data import PlaneView
    >>> from napari_flowprior.restoration.noise import repairs_of
    >>> repairs_of(PlaneView(np.zeros((64, 64), np.uint8), "YX")).lines
    ()
    """
    return view.array.repairs if isinstance(view.array, _Repaired) else Repairs()


def _without(view: PlaneView, repairs: Repairs) -> PlaneView:
    if not repairs:
        return view
    return view.of(_Repaired(view, repairs))


def _is_kept(place: int | slice) -> bool:
    return isinstance(place, slice)


def _spread(view: PlaneView, lines: Lines) -> NDArray[np.float64]:
    """Lay the offsets of lines over the axes of the whole image, 0 where not shown."""
    sizes = dict(zip(view.axes, view.array.shape, strict=True))
    sizes["X" if lines.axis == "Y" else "Y"] = 1
    offsets = np.zeros(tuple(sizes.values()))
    whole = slice(None)
    rows = lines.offsets if lines.axis == "Y" else lines.offsets[..., np.newaxis, :]
    stub = view.of(offsets)
    for sample, block in enumerate(rows):
        planes = block[:, :, np.newaxis] if lines.axis == "Y" else block
        stub.write(offsets, sample, whole, whole, planes)
    return offsets
