"""Estimating gain and read noise of a camera from an image."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from napari_flowprior.restoration.noise._anscombe import Anscombe
from napari_flowprior.restoration.noise._level import estimate_noise
from napari_flowprior.restoration.noise._line import NoiseLine
from napari_flowprior.restoration.noise._photon_counts import photon_gain
from napari_flowprior.restoration.noise._variances import measure_variances

if TYPE_CHECKING:
    from napari_flowprior.data import PlaneView
    from napari_flowprior.restoration.noise._variances import Variances

__all__ = ["estimate_camera", "fit_camera"]

# Of the greatest intensity: read noise of an image without any noise.
_NO_NOISE = 1e-9
# How many times the level of white noise a line finds where it is of patterns.
_PATTERNED = 1.5


def estimate_camera(
    view: PlaneView,
    gain: float | None = None,
    offset: float | None = None,
    read_noise: float | None = None,
) -> Anscombe:
    """Estimate what is not known of a camera from an image of any scene.

    The variance of the noise is ``gain (mean - offset) + read_noise^2``, a line over
    the mean. A line is laid through the variances by intensity, see
    `measure_variances`, which ignores those that are of texture.

    Noise tells the slope of the line and its intercept, so that without an offset only
    one of two numbers can be found: an intercept of 0 or more is taken for read noise
    with black at 0, one below for an offset without read noise. If pixels are darker
    than such a black, which photons cannot be, it is put where the image is darkest,
    and the noise there is taken for read noise. Each has the right noise at each
    intensity, and that is what matters for denoising. All planes and channels are taken
    for those of one camera. Counts of few photons tell by themselves that they are, see
    `photon_gain`.

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
    if gain is offset is read_noise is None and (counted := photon_gain(view)):
        return Anscombe(counted, 0.0, 0.0)
    found = _fitted(measure_variances(view), _Known(gain, offset, read_noise))
    if found.gain or gain is not None or read_noise is not None:
        return found
    # Noise of one level has no other than this, which heeds fine patterns.
    plain = estimate_noise(view)
    fine = 0 < _PATTERNED * plain < found.read_noise
    return Anscombe(0.0, found.offset, plain) if fine else found


def fit_camera(bins: Variances) -> Anscombe:
    """Fit a camera to the variance of noise by intensity.

    Parameters
    ----------
    bins : Variances
        What was measured.

    Returns
    -------
    Anscombe
        The camera, see `estimate_camera`.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.restoration.noise import Variances, fit_camera
    >>> means = np.linspace(10, 100, 10)
    >>> camera = fit_camera(Variances(means, 3 * means, np.full(10, 100.0), 10.0))
    >>> round(camera.gain, 6)
    3.0
    """
    return _fitted(bins, _Known(None, None, None))


def _fitted(bins: Variances, known: _Known) -> Anscombe:
    gain, offset, read_noise = known.complete(*known.fit(bins), bins)
    if gain == 0 and read_noise == 0:
        read_noise = _NO_NOISE * max(1.0, float(np.abs(bins.means).max()))
    return Anscombe(gain, offset, read_noise)


class _Known(NamedTuple):
    """What is known of a camera beforehand."""

    gain: float | None
    offset: float | None
    read_noise: float | None

    def fit(self, bins: Variances) -> tuple[float, float]:
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
        self, slope: float, above: float, bins: Variances
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


def _black(zero: float, gain: float, bins: Variances) -> float:
    """Choose the offset, `zero` or above, where there would be no noise without light.

    If the noise is the same everywhere, zero means nothing.
    """
    darkest = float(bins.means.min())
    if gain == 0 or zero <= 0:
        return max(zero, min(darkest, 0.0)) if gain else 0.0
    return zero if bins.lowest >= zero - gain / 2 else max(zero, darkest)
