"""Estimating gain and read noise of a camera from an image."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from napari_flowprior._errors import InputError
from napari_flowprior.restoration.noise._anscombe import Anscombe
from napari_flowprior.restoration.noise._level import noise_share
from napari_flowprior.restoration.noise._line import NoiseLine
from napari_flowprior.restoration.noise._pixels import seen_pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_flowprior.data import PlaneView

__all__ = ["estimate_camera"]

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
# Of the greatest intensity: read noise of an image without any noise.
_NO_NOISE = 1e-9


class _Bins(NamedTuple):
    """The variance of noise by intensity, and from how many pixels it is known.

    Also nearly the lowest value of a pixel.
    """

    means: NDArray[np.float64]
    variances: NDArray[np.float64]
    counts: NDArray[np.float64]
    lowest: float

    def scaled(self, share: float) -> _Bins:
        """Take a share of the variances for that of noise."""
        return self._replace(variances=share * self.variances)


def estimate_camera(
    view: PlaneView,
    gain: float | None = None,
    offset: float | None = None,
    read_noise: float | None = None,
) -> Anscombe:
    """Estimate what is not known of a camera from an image of any scene.

    The variance of the noise is ``gain (mean - offset) + read_noise^2``, a line over
    the mean. In each interval of intensities, the noise is measured in the flattest
    surroundings by a quantile of the size of the finest diagonal wavelet coefficients,
    and a line is laid through the intervals which ignores those whose variance is that
    of texture. Fine patterns that are no noise are left out, see `noise_share`. Where
    there are frames (axis T) or else slices (Z), the differences of neighbours are
    measured, which lack what the scene has in common.

    Noise tells the slope of the line and its intercept, so that without an offset only
    one of two numbers can be found: an intercept of 0 or more is taken for read noise
    with black at 0, one below for an offset without read noise. If pixels are darker
    than such a black, which photons cannot be, it is put where the image is darkest,
    and the noise there is taken for read noise. Each has the right noise at each
    intensity, and that is what matters for denoising. All planes and channels are taken
    for those of one camera.

    Parameters
    ----------
    view : PlaneView
        The image.
    gain : float, optional
        Grey levels per electron, if known.
    offset : float, optional
        Grey level of black, if known.
    read_noise : float, optional
        In grey levels, if known.

    Returns
    -------
    Anscombe
        The camera, with what was given as it was given.

    Raises
    ------
    InputError
        If the image is too small to tell.

    References
    ----------
    Foi et al., *Practical Poissonian-Gaussian noise modeling and fitting for
    single-image raw-data* (2008).

    Examples
    --------
    >>> import numpy as np
    >>> from skimage import data
    >>> from napari_flowprior.data import PlaneView
    >>> from napari_flowprior.restoration.noise import estimate_camera
    >>> light = data.camera() / 4.0
    >>> counts = 100 + 4 * np.random.default_rng(0).poisson(light)
    >>> camera = estimate_camera(PlaneView(counts, "YX"), offset=100, read_noise=0)
    >>> round(camera.gain)
    4
    """
    if gain is not None and offset is not None and read_noise is not None:
        return Anscombe(gain, offset, read_noise)
    if min(view.shape) < _SMALLEST_SIDE:
        raise InputError(
            f"The noise of a camera cannot be estimated from {view.shape[0]}x"
            f"{view.shape[1]} pixels; give gain, offset and read_noise."
        )
    known = _Known(gain, offset, read_noise)
    bins = _measure(view).scaled(noise_share(view) ** 2)
    gain, offset, read_noise = known.complete(*known.fit(bins), bins)
    if gain == 0 and read_noise == 0:
        read_noise = _NO_NOISE * max(1.0, float(np.abs(bins.means).max()))
    return Anscombe(gain, offset, read_noise)


class _Known(NamedTuple):
    """What is known of a camera beforehand."""

    gain: float | None
    offset: float | None
    read_noise: float | None

    def fit(self, bins: _Bins) -> tuple[float, float]:
        """Fit a line over ``mean - offset``, of what is above the known variance."""
        means = bins.means - (self.offset or 0.0)
        floor = (self.read_noise or 0.0) ** 2
        line = NoiseLine(means, bins.variances - floor, bins.counts, floor)
        both = self.offset is not None and self.read_noise is not None
        slope, above = line.fit(self.gain, 0.0 if both else None)
        if self.gain is None and slope < 0:
            slope, above = line.fit(0.0, 0.0 if both else None)
        if self.offset is not None and above < 0:
            slope, above = line.fit(self.gain, 0.0)
        return slope, above

    def complete(
        self, slope: float, above: float, bins: _Bins
    ) -> tuple[float, float, float]:
        """Find gain, offset and read noise from the line."""
        offset, read_noise = self.offset, self.read_noise
        if offset is None:
            offset = 0.0 - above / slope if slope else 0.0
            if read_noise is None:
                offset = _black(offset, slope, bins)
            above += slope * offset
        if read_noise is None:
            read_noise = math.sqrt(max(above, 0.0))
        return slope, offset, read_noise


def _black(zero: float, gain: float, bins: _Bins) -> float:
    """Choose the offset, `zero` or above, where there would be no noise without light.

    If the noise is the same everywhere, zero means nothing.
    """
    darkest = float(bins.means.min())
    if gain == 0 or zero <= 0:
        return max(zero, min(darkest, 0.0)) if gain else 0.0
    return zero if bins.lowest >= zero - gain / 2 else max(zero, darkest)


def _measure(view: PlaneView) -> _Bins:
    """Measure the noise of evenly spaced planes, by intensity.

    Intervals are made by one half of the pixels and their means taken from the other,
    so that no noise is in both: it would make the line flatter.
    """
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
    return _Bins(means, variances, counts, float(np.quantile(values, _DARKEST)))


def _intervals(means: NDArray[np.float64]) -> list[NDArray[np.intp]]:
    """Sort pixels into intervals, half of equal counts and half of equal widths."""
    number = min(max(int(_FLATTEST * len(means) / _USUAL), 3), _INTERVALS)
    counts = np.quantile(means, np.linspace(0, 1, number + 1))
    low, high = np.quantile(means, (0.001, 0.999))
    widths = np.linspace(low, high, number + 1)
    edges = np.unique(np.concatenate([counts, widths]))
    order = np.argsort(means)
    return np.split(order, np.searchsorted(means[order], edges[1:-1]))
