"""The noises of several degradations, added up pixel by pixel."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy.ndimage import gaussian_filter

from napari_flowprior.data import PlaneView

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

    from napari_flowprior.restoration.noise import Anscombe

__all__ = ["CameraShare", "SummedNoise"]

# Light is measured around a pixel, so that its own noise hardly counts.
_SMOOTHING = 2.0
# Pixels that the smoothing reaches.
_REACH = 8
# The least light that the noise of a camera is computed for, in electrons: about what
# one may say of a pixel that counted none.
_LEAST_ELECTRONS = 3 / 8


class CameraShare(NamedTuple):
    """A camera, and how much of the variance of its noise is left in the image."""

    camera: Anscombe
    share: float


class SummedNoise(PlaneView):
    """Standard deviations of noises that add up, computed as they are read.

    There is something to read only if it varies.

    Parameters
    ----------
    view : PlaneView
        The image.
    variance : float
        Of all noise that is the same everywhere, in squared units of the image.
    cameras : list of CameraShare
        Whose variance is ``gain (E[y] - offset) + read_noise^2``, where the image,
        smoothed over 2 pixels, stands for E[y].
    maps : list of PlaneView
        Standard deviations of other noises.
    missing : PlaneView, optional
        True where the image means nothing.
    """

    def __init__(
        self,
        view: PlaneView,
        variance: float,
        cameras: list[CameraShare],
        maps: list[PlaneView],
        missing: PlaneView | None = None,
    ) -> None:
        super().__init__(
            view.array, view.axes, view.joint, view.fixed, alike=view.alike
        )
        self._image = view
        self._variance = variance
        self._cameras = cameras
        self._maps = maps
        self._missing = missing

    def read(
        self, sample: int, ys: slice, xs: slice, dtype: DTypeLike = np.float32
    ) -> NDArray[Any]:
        """Compute the noise of a region of a sample.

        Parameters
        ----------
        sample : int
            Which sample.
        ys, xs : slice
            Rows and columns.
        dtype : dtype
            Type of the result.

        Returns
        -------
        ndarray, shape (C, h, w)
            Standard deviations, in units of the image.
        """
        variance: Any = self._variance
        for given in self._maps:
            variance = variance + given.read(sample, ys, xs, np.float64) ** 2
        if self._cameras:
            light = self._light(sample, ys, xs)
            for camera, share in self._cameras:
                variance = variance + share * camera.variance(light, _LEAST_ELECTRONS)
        levels: NDArray[Any] = np.sqrt(variance).astype(dtype)
        return levels

    @property
    def varies(self) -> bool:
        """Whether it is not the same for all pixels."""
        return bool(self._cameras or self._maps)

    def highest(self) -> float:
        """Return the highest standard deviation of the image, which is streamed.

        Returns
        -------
        float
            In units of the image.
        """
        return max(
            float(self.read(sample, ys, slice(None), np.float64).max())
            for sample, ys in self.bands()
        )

    def usual(self) -> float:
        """Return the root of the mean variance; the image is streamed if it varies.

        Returns
        -------
        float
            In units of the image.
        """
        if not self.varies:
            return math.sqrt(self._variance)
        total, count = 0.0, 0
        for sample, ys in self.bands():
            levels = self.read(sample, ys, slice(None), np.float64)
            total += float((levels**2).sum())
            count += levels.size
        return math.sqrt(total / count)

    def _light(self, sample: int, ys: slice, xs: slice) -> NDArray[np.float64]:
        """Smooth the image, but for what is missing."""
        rows, inner_rows = _widened(ys, self.shape[0])
        columns, inner_columns = _widened(xs, self.shape[1])
        image = self._image.read(sample, rows, columns, np.float64)
        known = np.ones(image.shape)
        if self._missing is not None:
            known -= self._missing.read(sample, rows, columns, np.float64)
        seen = _smooth(known).clip(min=1e-9)
        light = _smooth(np.where(known > 0, image, 0.0)) / seen
        inner: NDArray[np.float64] = light[:, inner_rows, inner_columns]
        return inner


def _smooth(planes: NDArray[np.float64]) -> NDArray[np.float64]:
    smoothed: NDArray[np.float64] = gaussian_filter(planes, (0, _SMOOTHING, _SMOOTHING))
    return smoothed


def _widened(part: slice, side: int) -> tuple[slice, slice]:
    """Return a slice with margins, as far as there are any, and where it lies in it."""
    start, stop, _ = part.indices(side)
    first = max(start - _REACH, 0)
    wide = slice(first, min(stop + _REACH, side))
    return wide, slice(start - first, stop - first)
