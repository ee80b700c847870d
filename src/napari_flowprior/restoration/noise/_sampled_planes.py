"""Which planes of an image noise is measured in, and which part of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_flowprior.data import evenly_spaced

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from napari_flowprior.data import PlaneView

__all__ = ["block_of", "chosen_samples", "planes_of"]

_SAMPLES, _SIDE = 9, 2048


def chosen_samples(view: PlaneView) -> Sequence[int]:
    """Return the numbers of evenly spaced samples."""
    return evenly_spaced(view.samples, _SAMPLES)


def planes_of(view: PlaneView, side: int = _SIDE) -> Iterator[NDArray[np.float64]]:
    """Read the planes of evenly spaced samples, (Y, X), the middle of large ones."""
    for sample in chosen_samples(view):
        yield from block_of(view, sample, side)


def block_of(view: PlaneView, sample: int, side: int = _SIDE) -> NDArray[np.float64]:
    """Read a sample, (C, Y, X), the middle of large ones."""
    ys, xs = (_middle(length, side) for length in view.shape)
    block: NDArray[np.float64] = view.read(sample, ys, xs, np.float64)
    return block


def _middle(length: int, side: int) -> slice:
    start = max(0, (length - side) // 2)
    return slice(start, min(length, start + side))
