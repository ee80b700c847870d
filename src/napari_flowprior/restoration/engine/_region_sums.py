"""Sums over regions, sample by sample: deviations of pixels do not add."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_flowprior._errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_flowprior.data import PlaneView

__all__ = ["RegionSums"]


class RegionSums:
    """Sums of samples, and of their mean, over the regions of a labels image.

    Errors of neighbouring pixels are alike, so how uncertain a sum is cannot be told
    from the deviations of pixels; but each sample of the posterior has a sum.

    Parameters
    ----------
    regions : array_like of int
        The label of each pixel, 0 for none: of the shape of the image, of that shape
        without its colour axis, or (Y, X) for all planes alike.
    view : PlaneView
        The whole image.
    samples : int
        How many samples there will be of each plane.

    Attributes
    ----------
    labels, pixels : ndarray of int, shape (L,)
        Labels, and of how many values each region consists.
    sums : ndarray, shape (K, L)
        Sum of each sample over each region, in the image's own units.
    best : ndarray, shape (L,)
        Sum of the posterior mean.

    Raises
    ------
    InputError
        If the labels are no whole numbers, are all 0, or have another shape.
    """

    def __init__(self, regions: Any, view: PlaneView, samples: int) -> None:
        array = np.asarray(regions)
        if array.dtype.kind not in "biu":
            raise InputError(
                f"The regions are of type {array.dtype}; pass whole numbers, such as "
                "those of a labels layer."
            )
        self._regions = array
        view.like(array)
        self.labels = np.unique(array[array != 0])
        if not len(self.labels):
            raise InputError("The regions are all 0, which marks no region.")
        self.pixels = np.zeros(len(self.labels), np.int64)
        self.sums = np.zeros((samples, len(self.labels)))
        self.best = np.zeros(len(self.labels))

    def add(
        self, view: PlaneView, plane: int, number: int, values: NDArray[np.float64]
    ) -> None:
        """Take in a sample of a plane.

        Parameters
        ----------
        view : PlaneView
            The image, or a part of it.
        plane : int
            Which of its planes.
        number : int
            Which sample.
        values : ndarray, shape (C, H, W)
            The sample, in the image's own units.
        """
        self.sums[number] += self._summed(view, plane, values)

    def add_best(
        self, view: PlaneView, plane: int, values: NDArray[np.float64]
    ) -> None:
        """Take in the posterior mean of a plane, as `add` does a sample."""
        self.best += self._summed(view, plane, values)
        self.pixels += self._summed(view, plane, np.ones(values.shape)).astype(int)

    def _summed(
        self, view: PlaneView, plane: int, values: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        whole = slice(None)
        kind = self._regions.dtype
        places = view.like(self._regions).read(plane, whole, whole, kind).ravel()
        marked = places != 0
        numbers = np.searchsorted(self.labels, places[marked])
        summed = np.bincount(numbers, values.ravel()[marked], len(self.labels))
        return summed.astype(np.float64)
