"""White noise where an image shows nothing else.

In skies, walls and backgrounds a window holds a slope and noise. White noise is told
from texture there: its neighbours have nothing to do with each other in any direction,
its values are normal, and it is as strong in one window as in another. Of clean
photographs and micrographs hardly any has such windows, but for noise of less than a
grey level. Other noise, and noise among texture, only a prior tells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from napari_flowprior.restoration.noise._cutting import cut_windows, without_slope
from napari_flowprior.restoration.noise._neighbours import LAGS, neighbours

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["PlainNoise", "plain_noise"]

_SIDE = 16
# The most that neighbours in a window may be alike or opposite, three deviations of
# what chance makes; kurtosis of normal values; share of them that may be cut off.
_ALIKE, _KURTOSIS, _CUT = 0.2, (2.2, 4.2), 0.02
# Windows that are needed, and their share of all. In white noise the quantile of their
# levels that is taken is lower than the level by so much; others may hold faint detail.
_FEWEST, _SHARE = 6, 0.05
_QUANTILE, _QUANTILE_OF_LEVEL = 0.3, 0.977
# As unlike as levels of one noise may be; how much the variance may rise, relative to
# its mean, between the quantiles of intensity.
_SPREAD, _UNEVEN, _RANGE = 0.2, 0.5, (0.02, 0.98)
# Standard errors by which the rise of one level may seem larger.
_BY_CHANCE = 3


class PlainNoise(NamedTuple):
    """White noise that is seen by itself.

    Attributes
    ----------
    level : float
        Standard deviation in the units of the image, 0 if there is no such noise.
    even : bool
        Whether it was seen to be as strong in the dark as in the light.
    """

    level: float
    even: bool


def plain_noise(image: NDArray[np.float64]) -> PlainNoise:
    """Measure white noise in windows that hold nothing else.

    Parameters
    ----------
    image : ndarray, shape (C, Y, X)
        Intensities of one plane.

    Returns
    -------
    PlainNoise
        The level, where there is enough such noise, and of one level.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.restoration.noise import plain_noise
    >>> sky = np.linspace(100, 150, 128) * np.ones((1, 128, 1))
    >>> noisy = sky + np.random.default_rng(0).normal(0, 5, (1, 128, 128))
    >>> found = plain_noise(noisy)
    >>> round(found.level), found.even
    (5, True)
    """
    windows = cut_windows(image[None], _SIDE)
    cut = (windows == image.min()) | (windows == image.max())
    rest = without_slope(windows)
    variance = (rest**2).mean((2, 3))
    plain = (cut.mean((2, 3)) < _CUT).all(1) & (variance > 0).all(1)
    plain[plain] = _white_and_normal(rest[plain], variance[plain])
    if plain.sum() < max(_FEWEST, _SHARE * len(plain)):
        return PlainNoise(0.0, even=False)
    # A slope takes three degrees of freedom.
    levels = np.sqrt(variance[plain].mean(1) / (1 - 3 / _SIDE**2))
    return _one_level(levels, windows[plain].mean((1, 2, 3)), image)


def _one_level(
    levels: NDArray[np.float64],
    means: NDArray[np.float64],
    image: NDArray[np.float64],
) -> PlainNoise:
    """Return the level of windows, if it is one, by their intensities."""
    spread = float(np.median(np.abs(np.log(levels / np.median(levels)))))
    rise, error = _rise(levels**2, means, float(np.ptp(np.quantile(image, _RANGE))))
    if spread > _SPREAD or abs(rise) > _UNEVEN + _BY_CHANCE * error:
        return PlainNoise(0.0, even=False)
    level = float(np.quantile(levels, _QUANTILE)) / _QUANTILE_OF_LEVEL
    return PlainNoise(level, even=abs(rise) + 2 * error < _UNEVEN)


def _rise(
    variances: NDArray[np.float64], means: NDArray[np.float64], span: float
) -> tuple[float, float]:
    """Return by how much of itself a variance rises over a span, and its error."""
    x, y = means - means.mean(), variances / variances.mean() - 1
    if not x.any():
        return 0.0, np.inf
    slope = (x @ y) / (x @ x)
    rest = y - slope * x
    error = np.sqrt((rest @ rest) / (len(x) - 2) / (x @ x))
    return float(slope * span), float(error * span)


def _white_and_normal(
    rest: NDArray[np.float64], variance: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Tell which windows look like white noise, by the mean over their channels."""
    standard = rest / np.sqrt(variance)[..., None, None]
    low, high = _KURTOSIS
    kurtosis = (standard**4).mean((2, 3))
    like: NDArray[np.bool_] = ((kurtosis > low) & (kurtosis < high)).all(1)
    for lag in LAGS:
        pixels, others = neighbours(standard, *lag)
        like &= np.abs((pixels * others).mean((1, 2, 3))) < _ALIKE
    return like
