"""The variance of the noise of an image by intensity."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from napari_flowprior._errors import InputError
from napari_flowprior.restoration.noise._level import noise_share
from napari_flowprior.restoration.noise._pixels import seen_pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_flowprior.data import PlaneView

__all__ = ["Variances", "measure_variances"]

_SMALLEST_SIDE = 32
# Share of the pixels of an intensity that count: those in the flattest surroundings.
_FLATTEST = 0.3
# Intervals of intensity: at most so many of equal width, and as many of equal counts,
# of on average so many pixels that count, and of no fewer than so many.
_INTERVALS = 20
_USUAL = 100
_FEWEST = 15
# The noise is measured by so large a share of coefficients, not by half of them: this
# quantile is nearly that of a normal distribution with a single photon per pixel, when
# the median is well below.
_QUANTILE = 0.7
_QUANTILE_OF_NORMAL = 1.0364
# Of pixels at the greatest value, where noise is cut off there.
_CUT_OFF_SHARE = 0.02
# Share of pixels that may be darker than black.
_DARKEST = 1e-3
# Variances below are taken for this, as they have logarithms.
_TINY = 1e-100


class Variances(NamedTuple):
    """The variance of noise by intensity.

    Attributes
    ----------
    means : ndarray, shape (N,)
        Mean intensities, in grey levels; intervals of equal widths and of equal counts
        of pixels, by rising intensity.
    variances : ndarray, shape (N,)
        Squared grey levels; that of texture is in some.
    counts : ndarray, shape (N,)
        From how many pixels each is known.
    lowest : float
        Nearly the lowest value of a pixel.
    """

    means: NDArray[np.float64]
    variances: NDArray[np.float64]
    counts: NDArray[np.float64]
    lowest: float

    def misfit(self, expected: NDArray[np.float64]) -> float:
        """Return how far off variances usually are, as a logarithm.

        Parameters
        ----------
        expected : ndarray, shape (N,)
            What a model says of the variances.

        Returns
        -------
        float
            The median of the sizes of the logarithms of ratios, weighed by the pixels
            of the intervals.
        """
        ratios = np.maximum(self.variances, _TINY) / np.maximum(expected, _TINY)
        sizes = np.abs(np.log(ratios))
        order = np.argsort(sizes)
        total = np.cumsum(self.counts[order])
        return float(sizes[order][np.searchsorted(total, total[-1] / 2)])


def measure_variances(view: PlaneView) -> Variances:
    """Measure the noise of evenly spaced planes, by intensity.

    In each interval of intensities, the noise is measured in the flattest surroundings
    by a quantile of the size of the finest diagonal wavelet coefficients. Intervals are
    made by one half of the pixels and their means taken from the other, so that no
    noise is in both: it would make a line through them flatter. Those whose noise is
    cut off at white are left out. Of fine patterns only the share of noise counts, see
    `noise_share`. Where there are frames (axis T) or else slices (Z), the differences
    of neighbours are measured, which lack what the scene has in common.

    Parameters
    ----------
    view : PlaneView
        The image.

    Returns
    -------
    Variances
        What was measured.

    Raises
    ------
    InputError
        If the image is too small to tell.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.data import PlaneView
    >>> from napari_flowprior.restoration.noise import measure_variances
    >>> light = np.linspace(50, 200, 512) * np.ones((512, 1))
    >>> noisy = np.random.default_rng(0).normal(light, light / 10)
    >>> found = measure_variances(PlaneView(noisy, "YX"))
    >>> level = np.interp(150, found.means, np.sqrt(found.variances))
    >>> bool(abs(level - 15) < 2)
    True
    """
    if min(view.shape) < _SMALLEST_SIDE:
        raise InputError(
            f"The noise of a camera cannot be estimated from {view.shape[0]}x"
            f"{view.shape[1]} pixels; give gain, offset and read_noise."
        )
    details, halves, others, unrest, white, values = (
        np.concatenate(parts) for parts in zip(*seen_pixels(view), strict=True)
    )
    found, cut_off = [], []
    for inside in _intervals(halves):
        few = math.ceil(_FLATTEST * len(inside))
        if few >= _FEWEST:
            flat = inside[np.argpartition(unrest[inside], few - 1)[:few]]
            level = np.quantile(np.abs(details[flat]), _QUANTILE) / _QUANTILE_OF_NORMAL
            found.append((others[flat].mean(), level**2, few))
            cut_off.append(white[flat].mean() > _CUT_OFF_SHARE)
    bins = np.array(found, dtype=float)
    means, variances, counts = bins[~np.array(cut_off) | all(cut_off)].T
    lowest = float(np.quantile(values, _DARKEST))
    return Variances(means, noise_share(view) ** 2 * variances, counts, lowest)


def _intervals(means: NDArray[np.float64]) -> list[NDArray[np.intp]]:
    """Sort pixels into intervals, half of equal counts and half of equal widths."""
    number = min(max(int(_FLATTEST * len(means) / _USUAL), 3), _INTERVALS)
    counts = np.quantile(means, np.linspace(0, 1, number + 1))
    low, high = np.quantile(means, (0.001, 0.999))
    widths = np.linspace(low, high, number + 1)
    edges = np.unique(np.concatenate([counts, widths]))
    order = np.argsort(means)
    return np.split(order, np.searchsorted(means[order], edges[1:-1]))
