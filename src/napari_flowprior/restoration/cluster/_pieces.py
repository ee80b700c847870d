"""Arrays of which some regions are at hand, and where regions lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_flowprior._errors import RestoreError

if TYPE_CHECKING:
    from napari_flowprior.data import PlaneView

__all__ = ["Patchwork", "Region", "chunks_within", "region_of"]

Region = tuple[slice, ...]
"""First and last place, plus one, on each axis of an array."""


@dataclass(frozen=True)
class Patchwork:
    """An array of which some regions are at hand, to be read like a whole one.

    Parameters
    ----------
    shape : tuple of int
        Of the whole array.
    dtype : dtype
        Type of its values.
    regions : sequence of tuple of slice
        Which regions are at hand; they do not overlap.
    pieces : sequence of ndarray
        What is there.

    Raises
    ------
    RestoreError
        When something is read that is not at hand.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    regions: Sequence[Region]
    pieces: Sequence[NDArray[Any]]

    def __getitem__(self, key: tuple[int | slice, ...]) -> NDArray[Any]:
        wanted = span_of(key, self.shape)
        found = np.empty(_sides(wanted), self.dtype)
        filled = 0
        for region, piece in zip(self.regions, self.pieces, strict=True):
            shared = _intersection(region, wanted)
            values = piece[_within(shared, region)]
            found[_within(shared, wanted)] = values
            filled += values.size
        if filled != found.size:
            raise RestoreError(
                f"The region {_text(wanted)} of the image was not sent along, only "
                f"{', '.join(map(_text, self.regions)) or 'none'}."
            )
        kept = tuple(slice(None) if isinstance(each, slice) else 0 for each in key)
        return found[kept]


def span_of(key: tuple[int | slice, ...], shape: tuple[int, ...]) -> Region:
    """Return what integers and slices of an array stand for, by slices alone."""
    return tuple(
        slice(*place.indices(size)[:2])
        if isinstance(place, slice)
        else slice(place, place + 1)
        for place, size in zip(key, shape, strict=True)
    )


def region_of(
    view: PlaneView, sample: int, ys: slice, xs: slice, margin: int = 0
) -> Region:
    """Return where rows and columns of a sample lie in the array of a view.

    Parameters
    ----------
    view : PlaneView
        The image.
    sample : int
        Which sample.
    ys, xs : slice
        Rows and columns; what lies beyond the borders is left out.
    margin : int
        How many more on every side, as far as there are any.

    Returns
    -------
    tuple of slice
        Of all axes of the array; without the alpha of the sample.
    """
    wide = (slice(max(0, span.start - margin), span.stop + margin) for span in (ys, xs))
    return span_of(view.key(sample, *wide), tuple(view.array.shape))


def chunks_within(
    chunks: Sequence[Sequence[int]], region: Region
) -> list[tuple[tuple[int, ...], Region]]:
    """Return which chunks of an array share something with a region.

    Parameters
    ----------
    chunks : sequence of sequence of int
        Sizes of the chunks along each axis, as Dask has them.
    region : tuple of slice
        The region.

    Returns
    -------
    list of tuple
        Number along each axis, and the region that the chunk is.
    """
    along = [
        _chunks_along(each, span) for each, span in zip(chunks, region, strict=True)
    ]
    return [
        (tuple(n for n, _ in places), tuple(span for _, span in places))
        for places in product(*along)
    ]


def _chunks_along(sizes: Sequence[int], wanted: slice) -> list[tuple[int, slice]]:
    ends = np.cumsum(sizes)
    first = int(np.searchsorted(ends, wanted.start, side="right"))
    last = int(np.searchsorted(ends, wanted.stop, side="left"))
    spans = [slice(int(ends[n] - sizes[n]), int(ends[n])) for n in range(len(sizes))]
    return [(n, spans[n]) for n in range(first, min(last + 1, len(sizes)))]


def _intersection(one: Region, other: Region) -> Region:
    """Return what two regions share, which may be nothing."""
    spans = []
    for a, b in zip(one, other, strict=True):
        start = max(a.start, b.start)
        spans.append(slice(start, max(start, min(a.stop, b.stop))))
    if not prod(_sides(tuple(spans))):
        return tuple(slice(a.start, a.start) for a in spans)
    return tuple(spans)


def _within(region: Region, outer: Region) -> Region:
    """Return a region as counted from the first place of another one."""
    pairs = zip(region, outer, strict=True)
    return tuple(slice(a.start - b.start, a.stop - b.start) for a, b in pairs)


def _sides(region: Region) -> tuple[int, ...]:
    return tuple(span.stop - span.start for span in region)


def _text(region: Region) -> str:
    return "x".join(f"{span.start}:{span.stop}" for span in region)
