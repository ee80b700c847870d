"""The curve of intensities under which the noise of a camera is even."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaln, ndtr, xlogy

from napari_flowprior._checks import check_within
from napari_flowprior._errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Anscombe"]

_THREE_EIGHTHS = 3 / 8
# What the bias of the square root comes to when there are many electrons, in electrons.
_BIAS = 1 / 4
# Electrons up to which, and read noise up to which, the bias is tabulated.
_MOST_ELECTRONS = 250.0
_MOST_READ_NOISE = 30.0
_POINTS = 800
# Standard deviations of the read noise that are integrated over.
_REACH = 8.0


@dataclass(frozen=True)
class Anscombe:
    """The generalised Anscombe transform of a camera, and its exact unbiased inverse.

    Of ``y = gain p + n``, where p is Poisson and n is ``N(offset, read_noise^2)``, the
    variance is ``gain (E[y] - offset) + read_noise^2``. Under the curve ::

        f(y) = 2 / gain * (sqrt(gain (y - offset) + a^2) - a)  from the offset up
        f(y) = (y - offset) / a                                below
        a^2 = 3/8 gain^2 + read_noise^2

    it is about 1 everywhere, from about three electrons up, and less below. (The usual
    transform lacks the last term, which makes f(offset) zero and f, without photon
    noise, the division by the read noise. It also takes the root below the offset, as
    far as there is one. What is there is read noise alone, which needs no curve: the
    root, ever steeper, makes it strong and skewed, which cost 2 dB at 5 electrons with
    a read noise of 1.5.)

    The inverse takes ``E[f(y)]`` to ``E[y]``, and not f(y) to y: an image that is
    denoised under the curve is an estimate of the former. It goes on below the offset,
    where no expectation is but estimates may be, also of the offset.

    Parameters
    ----------
    gain : float
        Grey levels per electron; 0 if there is no photon noise.
    offset : float
        Grey level of black.
    read_noise : float
        Standard deviation of what does not depend on the light, in grey levels.

    Raises
    ------
    InputError
        If a number is not finite, or gain or read noise is negative, or both are 0.

    References
    ----------
    Makitalo and Foi, *Optimal inversion of the generalized Anscombe transformation for
    Poisson-Gaussian noise* (2013).
    """

    gain: float
    offset: float = 0.0
    read_noise: float = 0.0

    def __post_init__(self) -> None:
        for name in ("gain", "offset", "read_noise"):
            least = -math.inf if name == "offset" else 0
            check_within(name, getattr(self, name), least)
        if self.gain == 0 and self.read_noise == 0:
            raise InputError("gain and read_noise are both 0; one must be above.")

    @cached_property
    def _a(self) -> float:
        return math.hypot(math.sqrt(_THREE_EIGHTHS) * self.gain, self.read_noise)

    def variance(
        self, intensity: NDArray[np.float64], least: float = 0.0
    ) -> NDArray[np.float64]:
        """Return the variance of the noise, ``gain (E[y] - offset) + read_noise^2``.

        Parameters
        ----------
        intensity : ndarray
            Expected grey levels E[y].
        least : float
            The least light that is reckoned with, in electrons.

        Returns
        -------
        ndarray
            Squared grey levels, of the same shape.
        """
        light = (intensity - self.offset).clip(min=least * self.gain)
        variance: NDArray[np.float64] = self.gain * light + self.read_noise**2
        return variance

    def forward(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return intensities whose noise has standard deviation 1.

        Parameters
        ----------
        values : ndarray
            Intensities, grey levels; of any shape.

        Returns
        -------
        ndarray
            Their image under the curve, of the same shape.
        """
        light = values - self.offset
        root = np.sqrt(self.gain * np.maximum(light, 0) + self._a**2)
        # The difference of two roots that may be large and alike.
        curved: NDArray[np.float64] = 2 * light / (root + self._a)
        return curved

    def inverse(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return expected intensities from expected transformed ones.

        Parameters
        ----------
        values : ndarray
            Expectations under the curve; of any shape.

        Returns
        -------
        ndarray
            Grey levels, of the same shape.
        """
        if not self.gain:
            return self.offset + values * self.read_noise
        light = values * (self._a + self.gain * np.maximum(values, 0) / 4)
        return self.offset + light + self.gain * self._bias(values)

    def _bias(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return by how much undoing the curve falls short, in electrons."""
        read_noise = self.read_noise / self.gain
        if read_noise > _MOST_READ_NOISE:
            return _limit(values)
        known, biases = _table(read_noise)
        near = np.interp(values, known, biases)
        far = np.maximum(values / known[-1], 1.0) ** -2
        bias: NDArray[np.float64] = _BIAS + (near - _BIAS) * far
        return bias


def _limit(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the bias under much read noise, of which light is so many deviations.

    There the curve is a line less ``y^2 / (4 a^3)`` from the offset up, and the mean of
    that is the one of a normal distribution that is cut off.
    """
    z = np.clip(values, 0, 1 / np.sqrt(np.finfo(float).eps))
    density = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    above: NDArray[np.float64] = ndtr(z) - z**2 * ndtr(-z) + z * density
    return _BIAS * above


@lru_cache(maxsize=32)
def _table(read_noise: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Tabulate how far the mean curve, undone, is below the mean.

    Parameters
    ----------
    read_noise : float
        In electrons.

    Returns
    -------
    means, biases : ndarray
        Expectations under the curve, rising, and what these, taken back by the inverse
        of the curve, lack of the expected y; the latter in electrons.
    """
    electrons = np.linspace(0, math.sqrt(_MOST_ELECTRONS), _POINTS) ** 2
    most = _MOST_ELECTRONS + 12 * math.sqrt(_MOST_ELECTRONS)
    counts = np.arange(math.ceil(most))
    rate = electrons[:, None]
    chance = np.exp(xlogy(counts, rate) - rate - gammaln(counts + 1))
    a = math.sqrt(_THREE_EIGHTHS + read_noise**2)
    means = chance @ _mean_curved(counts.astype(float), read_noise, a)
    return means, electrons - means * (a + np.maximum(means, 0) / 4)


def _mean_curved(
    counts: NDArray[np.float64], spread: float, a: float
) -> NDArray[np.float64]:
    """Return ``E[f(k + spread n)]`` of standard normal n, for each count k, gain 1.

    In closed form below the offset, and integrated numerically above.
    """
    if spread == 0:
        curved: NDArray[np.float64] = 2 * (np.sqrt(counts + a**2) - a)
        return curved
    ends = -counts / spread
    density = np.exp(-(ends**2) / 2) / math.sqrt(2 * math.pi)
    below = (counts * ndtr(ends) - spread * density) / a
    low = np.maximum(ends, -_REACH)
    nodes, weights = np.polynomial.legendre.leggauss(96)
    half = (_REACH - low)[:, None] / 2
    normal = low[:, None] + half * (nodes + 1)
    roots = np.sqrt(counts[:, None] + spread * normal + a**2)
    densities = np.exp(-(normal**2) / 2) / math.sqrt(2 * math.pi)
    above = (half * weights * densities * 2 * (roots - a)).sum(1)
    means: NDArray[np.float64] = below + above
    return means
