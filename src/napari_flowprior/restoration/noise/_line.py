"""A robust line through the variances of noise at several intensities."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["NoiseLine"]

_ROUNDS = 20
# Variance below which bins count no more, of the usual one.
_DIMMEST = 0.05
# Residuals, in robust standard deviations, from which a bin is ignored.
_OUTLYING = 3.0
# Standard errors that make a slope.
_SURE = 3.0
_MEDIAN_OF_NORMAL = 0.6745
# What zeros are taken for; its square is a number still.
_TINY = 1e-100


class NoiseLine(NamedTuple):
    """A line to be laid through variances of noise: ``y = slope x + above``.

    Attributes
    ----------
    x : ndarray, shape (N,)
        Mean intensities.
    y : ndarray, shape (N,)
        Variances there, less `floor`.
    counts : ndarray, shape (N,)
        From how many pixels each is known.
    floor : float
        The part of the variance that is known.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    counts: NDArray[np.float64]
    floor: float

    def fit(self, slope: float | None, above: float | None) -> tuple[float, float]:
        """Fit what is not known: medians first, then least squares.

        Tukey's biweight keeps variances from counting that are those of texture. A
        slope that is not known and may as well be zero is zero.

        Parameters
        ----------
        slope, above : float or None
            What is known of the line.

        Returns
        -------
        slope, above : float
            The line.
        """
        found = self._medians(slope, above)
        for _ in range(_ROUNDS):
            weights = self._weights(*found)
            if np.count_nonzero(weights) < 3:
                break
            found = self._least_squares(weights, slope, above)
        if slope is None and above is None and not self._rises(*found):
            return self.fit(0.0, None)
        return found

    def _medians(self, slope: float | None, above: float | None) -> tuple[float, float]:
        if slope is None:
            slope = self._median_slope(above)
        if above is None:
            above = _median(self.y - slope * self.x, self.counts)
        return slope, above

    def _median_slope(self, above: float | None) -> float:
        if above is not None:
            return _median_ratio(self.y - above, self.x, self.counts)
        i, j = np.triu_indices(len(self.x), 1)
        counts = np.sqrt(self.counts[i] * self.counts[j])
        return _median_ratio(self.y[j] - self.y[i], self.x[j] - self.x[i], counts)

    def _weights(self, slope: float, above: float) -> NDArray[np.float64]:
        residuals, errors = self._residuals(slope, above)
        usual = np.median(residuals) / _MEDIAN_OF_NORMAL
        shares = residuals / max(_OUTLYING * usual, _TINY)
        biweight: NDArray[np.float64] = (1 - np.minimum(shares, 1) ** 2) ** 2
        return biweight / errors**2

    def _residuals(
        self, slope: float, above: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return residuals in units of errors, and these up to a factor."""
        variances = slope * self.x + above + self.floor
        least = max(_DIMMEST * np.median(self.y + self.floor), _TINY)
        errors = np.maximum(variances, least) / np.sqrt(self.counts)
        return np.abs(self.y - slope * self.x - above) / errors, errors

    def _rises(self, slope: float, above: float) -> bool:
        weights = self._weights(slope, above)
        if not weights.any():
            return False
        runs = self.x - np.average(self.x, weights=weights)
        usual = np.median(self._residuals(slope, above)[0]) / _MEDIAN_OF_NORMAL
        leverage = np.sqrt((weights * runs**2).sum())
        return bool(slope * leverage > _SURE * usual)

    def _least_squares(
        self, weights: NDArray[np.float64], slope: float | None, above: float | None
    ) -> tuple[float, float]:
        x, y = self.x, self.y
        if slope is not None:
            if above is None:
                above = float(np.average(y - slope * x, weights=weights))
            return slope, above
        if above is not None:
            slope = (weights * x * (y - above)).sum() / (weights * x**2).sum()
            return float(slope), above
        middle, mean = (np.average(z, weights=weights) for z in (x, y))
        spread = (weights * (x - middle) ** 2).sum()
        slope = (weights * (x - middle) * (y - mean)).sum() / max(spread, _TINY)
        return float(slope), float(mean - slope * middle)


def _median_ratio(
    rises: NDArray[np.float64], runs: NDArray[np.float64], counts: NDArray[np.float64]
) -> float:
    some = runs != 0
    if not some.any():
        return 0.0
    weights = counts[some] * np.abs(runs[some])
    return _median(rises[some] / runs[some], weights)


def _median(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)])
