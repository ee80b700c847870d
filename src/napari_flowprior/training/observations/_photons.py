"""Counts of photons, under the curve that evens out their noise."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaln, xlogy

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["photon_counts"]

_FEWEST, _MOST = 0.3, 60.0
_DARK = 0.3
_POINTS = 400
_THREE_EIGHTHS = 3 / 8


def photon_counts(
    rng: np.random.Generator, clean: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32], float]:
    """Count photons where an image is bright, and even out their noise.

    A count k of mean m becomes ``f(k) = 2 (sqrt(k + 3/8) - sqrt(3/8))``, of standard
    deviation 1 from three photons up. What a denoiser should answer is ``E[f(k)]``,
    which the exact unbiased inverse of the curve takes back to m.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    clean : ndarray, shape (C, h, w)
        Brightness, from 0 to 1.

    Returns
    -------
    noisy, answer : ndarray, shape (C, h, w)
        Scaled so that most of the curve is in [0, 1].
    level : float
        Standard deviation of the noise, in the same units.

    References
    ----------
    Makitalo and Foi, *Optimal inversion of the Anscombe transformation in low-count
    Poisson image denoising* (2011).
    """
    peak = float(np.exp(rng.uniform(np.log(_FEWEST), np.log(_MOST))))
    dark = rng.uniform(0, _DARK) * rng.integers(0, 2)
    light = peak * np.maximum(clean.astype(np.float64) + dark, 0)
    counts = rng.poisson(light).astype(np.float64)
    low, high = (_curve(end) for end in np.percentile(counts, (0.1, 99.9)))
    # The range is widened where noise alone is wider, as it is in restoring.
    gain = max(float(high - low) * rng.uniform(0.9, 1.3), 1.0)
    middle = (float(high + low) - gain) / 2 if high - low < gain else float(low)
    noisy = (_curve(counts) - middle) / gain
    answer = (_expected(light) - middle) / gain
    return noisy.astype(np.float32), answer.astype(np.float32), 1 / gain


def _curve(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    curved: NDArray[np.float64] = 2 * (
        np.sqrt(counts + _THREE_EIGHTHS) - np.sqrt(_THREE_EIGHTHS)
    )
    return curved


def _expected(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of the curve over Poisson counts of some means."""
    known, means = _table()
    expected: NDArray[np.float64] = np.interp(np.sqrt(light), known, means)
    return expected


@lru_cache(maxsize=1)
def _table() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    roots = np.linspace(0, np.sqrt(_MOST * (1.1 + _DARK)), _POINTS)
    rate = roots[:, None] ** 2
    counts = np.arange(int(rate.max() + 12 * roots.max()))
    chance = np.exp(xlogy(counts, rate) - rate - gammaln(counts + 1))
    return roots, chance @ _curve(counts.astype(np.float64))
