"""Curves that are fitted to the variance of noise against intensity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import isotonic_regression

from napari_flowprior.restoration.noise._variance_curve import VarianceCurve
from napari_flowprior.restoration.noise._variances import Variances, measure_variances

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_flowprior.data import PlaneView

__all__ = ["estimate_variance_curve", "fit_variances"]

# Times that variances are weighed again, and residuals, in robust standard deviations,
# from which they are ignored.
_ROUNDS, _OUTLYING = 10, 3.0
_MEDIAN_OF_NORMAL = 0.6745
# Variance below which an interval counts no more, of the usual one.
_DIMMEST = 1e-3
# How much better a falling curve must fit: texture and shot noise both rise.
_FALLING = 0.9
_TINY = 1e-100


def estimate_variance_curve(view: PlaneView, least: float = 0.0) -> VarianceCurve:
    """Estimate the variance of noise by intensity, without a formula.

    Parameters
    ----------
    view : PlaneView
        The image, of any scene.
    least : float
        The least variance, as rounding has it.

    Returns
    -------
    VarianceCurve
        Rising or falling, whichever fits better.

    Raises
    ------
    InputError
        If the image is too small to tell.

    Examples
    --------
    >>> import numpy as np
    >>> from skimage import data
    >>> from napari_flowprior.data import PlaneView
    >>> from napari_flowprior.restoration.noise import estimate_variance_curve
    >>> scene = data.camera().astype(float)
    >>> speckle = np.random.default_rng(0).normal(scene, 0.2 * scene)
    >>> curve = estimate_variance_curve(PlaneView(speckle, "YX"))
    >>> bool(abs(curve.variance(np.array(150.0)) ** 0.5 - 30) < 4)
    True
    """
    return fit_variances(measure_variances(view), least)


def fit_variances(bins: Variances, least: float = 0.0) -> VarianceCurve:
    """Fit a monotone curve to variances, some of which are those of texture.

    Isotonic regression of what is weighed by its errors, again and again with Tukey's
    biweight.

    Parameters
    ----------
    bins : Variances
        What was measured.
    least : float
        The least variance.

    Returns
    -------
    VarianceCurve
        Rising or falling, whichever fits better.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.restoration.noise import Variances, fit_variances
    >>> means = np.linspace(10, 100, 10)
    >>> curve = fit_variances(Variances(means, means**2, np.full(10, 100.0), 0.0))
    >>> float(curve.variance(np.array(50.0)))
    2500.0
    """
    rising, falling = (_monotone(bins, least, up) for up in (True, False))
    if _misfit(bins, falling) < _FALLING * _misfit(bins, rising):
        return falling
    return rising


def _misfit(bins: Variances, curve: VarianceCurve) -> float:
    return bins.misfit(curve.variance(bins.means))


def _monotone(bins: Variances, least: float, rising: bool) -> VarianceCurve:
    order = np.argsort(bins.means, kind="stable")
    means, variances, counts = (
        values[order] for values in (bins.means, bins.variances, bins.counts)
    )
    floor = max(_DIMMEST * float(np.median(variances)), least, _TINY)
    variances = variances.clip(min=floor)
    fitted, weights = variances, counts
    for _ in range(_ROUNDS):
        precision = np.maximum(weights, _TINY) / fitted**2
        precision /= precision.max()
        fitted = isotonic_regression(
            variances, weights=precision.clip(min=_TINY), increasing=rising
        ).x
        residuals = np.abs(variances / fitted - 1) * np.sqrt(counts)
        usual = np.median(residuals) / _MEDIAN_OF_NORMAL
        shares = residuals / max(_OUTLYING * usual, _TINY)
        weights = counts * (1 - np.minimum(shares, 1) ** 2) ** 2
    return _through_steps(means, fitted, counts)


def _through_steps(
    means: NDArray[np.float64], fitted: NDArray[np.float64], counts: NDArray[np.float64]
) -> VarianceCurve:
    """Lay a curve through the middles of steps, which smooths it."""
    step = np.concatenate([[0], np.cumsum(np.diff(fitted) != 0)])
    total = np.bincount(step, counts)
    middles = np.bincount(step, counts * means) / total
    heights = np.bincount(step, counts * fitted) / total
    rising = np.concatenate([[True], np.diff(middles) > 0])
    return VarianceCurve(tuple(middles[rising]), tuple(heights[rising]))
