"""The curve of intensities that evens out noise of any dependence on brightness."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from napari_flowprior._errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["VarianceCurve"]

# Points between two means at which the curve is tabulated, how far beyond its ends, in
# deviations, and nodes of an expectation.
_POINTS, _REACH, _NODES = 64, 8.0, 24
# How far noise may be, under the curve: a prior heeds what is farther no more. A few
# pixels below black, in strong speckle, would else make what is led back too bright.
_FARTHEST = 4.0


@dataclass(frozen=True)
class VarianceCurve:
    """A variance-stabilising transform for noise whose variance is known at some means.

    Between the means the variance is interpolated, beyond them it stays as it is at the
    last one. With ``s(t)`` for its root, the noise of ::

        f(y) = integral of dt / s(t) from the first mean to y

    has about variance 1 everywhere. The inverse takes ``E[f(y)]`` to ``E[y]`` under
    normal noise, and not f(y) to y: what is denoised under the curve is an estimate of
    the former.

    Parameters
    ----------
    means : tuple of float
        Expected intensities, rising, in units of the image.
    variances : tuple of float
        Variance of the noise at each, above 0.

    Raises
    ------
    InputError
        If the numbers are not as many, not finite, means do not rise or a variance is
        not above 0.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.restoration.noise import VarianceCurve
    >>> speckle = VarianceCurve((10.0, 100.0, 200.0), (1.0, 100.0, 400.0))
    >>> float(speckle.variance(np.array(150.0)))
    250.0
    """

    means: tuple[float, ...]
    variances: tuple[float, ...]

    def __post_init__(self) -> None:
        means, variances = self._knots
        if not len(means) == len(variances) > 0:
            raise InputError(
                f"{len(means)} intensities and {len(variances)} variances were given; "
                "give one variance for each intensity."
            )
        if not (np.isfinite(means).all() and (np.diff(means) > 0).all()):
            raise InputError(
                f"The intensities {self.means} of a curve must be finite and rise."
            )
        if not (np.isfinite(variances).all() and (variances > 0).all()):
            raise InputError(
                f"The variances {self.variances} must be finite and above 0."
            )

    @property
    def _knots(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return np.asarray(self.means, float), np.asarray(self.variances, float)

    def variance(
        self, intensity: NDArray[np.float64], least: float = 0.0
    ) -> NDArray[np.float64]:
        """Return the variance of the noise.

        Parameters
        ----------
        intensity : ndarray
            Expected intensities.
        least : float
            The least variance that is returned.

        Returns
        -------
        ndarray
            Squared intensities, of the same shape.
        """
        found: NDArray[np.float64] = np.interp(intensity, *self._knots)
        return found.clip(min=least)

    def forward(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return intensities whose noise has standard deviation 1.

        Parameters
        ----------
        values : ndarray
            Intensities; of any shape.

        Returns
        -------
        ndarray
            Their image under the curve, of the same shape.
        """
        first, last = np.sqrt(self._knots[1][[0, -1]])
        return _extended(values, self._points, self._curved, 1 / first, 1 / last)

    def inverse(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return expected intensities from expected transformed ones.

        Parameters
        ----------
        values : ndarray
            Expectations under the curve; of any shape.

        Returns
        -------
        ndarray
            Expected intensities, of the same shape.
        """
        first, last = np.sqrt(self._knots[1][[0, -1]])
        return _extended(values, self._expected, self._points, first, last)

    @cached_property
    def _points(self) -> NDArray[np.float64]:
        """Intensities, equally spaced under the curve between any two means."""
        means, variances = self._knots
        levels = np.sqrt(variances)
        share = np.linspace(0, 1, _POINTS)
        ends = np.stack([levels[:-1], levels[1:]])[..., np.newaxis]
        # Where a level is so far from one end to the other, and so its square.
        sums = ends[0] + ends[1]
        places = share * (2 * ends[0] + share * (ends[1] - ends[0])) / sums
        inner = means[:-1, np.newaxis] + np.diff(means)[:, np.newaxis] * places
        reach = _REACH * np.linspace(0, 1, 4 * _POINTS)[1:]
        before = means[0] - levels[0] * reach[::-1]
        after = means[-1] + levels[-1] * reach
        return np.unique(np.concatenate([before, inner.ravel(), means, after]))

    @cached_property
    def _curved(self) -> NDArray[np.float64]:
        points = self._points
        levels = np.sqrt(self.variance(points))
        # The integral over a piece where the square of the level is a line.
        pieces = 2 * np.diff(points) / (levels[:-1] + levels[1:])
        curved = np.concatenate([[0.0], np.cumsum(pieces)])
        whole: NDArray[np.float64] = curved - np.interp(self.means[0], points, curved)
        return whole

    @cached_property
    def _expected(self) -> NDArray[np.float64]:
        """Expectations of the transformed pixels whose mean is at each point."""
        nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
        spread = np.sqrt(self.variance(self._points))[:, np.newaxis]
        seen = self.forward(self._points[:, np.newaxis] + spread * nodes)
        steps = (seen - self._curved[:, np.newaxis]).clip(-_FARTHEST, _FARTHEST)
        expected = self._curved + steps @ (weights / weights.sum())
        rising: NDArray[np.float64] = np.maximum.accumulate(expected)
        return rising


def _extended(
    values: NDArray[np.float64],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    before: float,
    after: float,
) -> NDArray[np.float64]:
    """Interpolate, and go on in lines of these slopes beyond the ends."""
    inner = np.clip(values, x[0], x[-1])
    beyond = np.where(values < x[0], before, after) * (values - inner)
    extended: NDArray[np.float64] = np.interp(inner, x, y) + beyond
    return extended
