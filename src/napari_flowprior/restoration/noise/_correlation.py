"""How alike the noise of neighbouring pixels is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_flowprior.restoration.noise._neighbours import neighbours

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["autocorrelation", "neighbour_correlation", "plane_correlation"]

_WINDOW = 16
# Of all windows, the flattest: elsewhere some of what was removed is detail.
_FLATTEST = 0.5


def neighbour_correlation(
    noise: NDArray[Any], scene: NDArray[Any]
) -> tuple[float, float] | None:
    """Correlate noise with that of the next pixel, where the scene is flat.

    Parameters
    ----------
    noise : ndarray, shape (C, Y, X)
        What was removed from an image.
    scene : ndarray, shape (C, Y, X)
        What is left of it.

    Returns
    -------
    down, right : float
        Correlation of neighbours along Y and along X, from -1 to 1; None instead of
        both for an image that is smaller than a window of 16 x 16 pixels, and where
        nothing was removed.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.restoration.noise import neighbour_correlation
    >>> noise = np.random.default_rng(0).normal(size=(1, 128, 128))
    >>> down, right = neighbour_correlation(noise, np.zeros_like(noise))
    >>> abs(down) < 0.1, abs(right) < 0.1
    (True, True)
    """
    found = autocorrelation(noise, scene, 1)
    return None if found is None else (found[0][1], found[1][1])


def autocorrelation(
    noise: NDArray[Any], scene: NDArray[Any], lags: int = 8
) -> tuple[tuple[float, ...], tuple[float, ...]] | None:
    """Correlate noise with itself, moved by some pixels, where the scene is flat.

    Parameters
    ----------
    noise : ndarray, shape (C, Y, X)
        What was removed from an image.
    scene : ndarray, shape (C, Y, X)
        What is left of it.
    lags : int
        By how many pixels at most, fewer than 16.

    Returns
    -------
    down, right : tuple of float, length lags + 1
        Correlation along Y and along X, from -1 to 1, which is 1 for lag 0; None
        instead of both as for `neighbour_correlation`.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.restoration.noise import autocorrelation
    >>> lines = np.random.default_rng(0).normal(size=(1, 128, 1)) * np.ones((1, 1, 128))
    >>> down, right = autocorrelation(lines, np.zeros_like(lines), lags=3)
    >>> [round(each, 6) for each in right], abs(down[1]) < 0.2
    ([1.0, 1.0, 1.0, 1.0], True)
    """
    if min(scene.shape[-2:]) < _WINDOW:
        return None
    chosen = _windows(noise)[_flattest(scene)]
    power = float((chosen**2).mean())
    if power == 0:
        return None

    def correlation(*lag: int) -> float:
        product = np.multiply(*neighbours(chosen, *lag)).mean() / power
        return float(np.clip(product, -1, 1))

    steps = range(1, lags + 1)
    down = (1.0, *(correlation(step, 0) for step in steps))
    right = (1.0, *(correlation(0, step) for step in steps))
    return down, right


def plane_correlation(
    first: tuple[NDArray[Any], NDArray[Any]], second: tuple[NDArray[Any], NDArray[Any]]
) -> float | None:
    """Correlate the noise of a plane with that of the next, where both are flat.

    Parameters
    ----------
    first, second : tuple of ndarray, shape (C, Y, X)
        What was removed from a plane, and what is left of it.

    Returns
    -------
    float or None
        From -1 to 1; None as for `neighbour_correlation`.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.restoration.noise import plane_correlation
    >>> one, two = np.random.default_rng(0).normal(size=(2, 1, 128, 128))
    >>> flat = np.zeros_like(one)
    >>> round(plane_correlation((one, flat), (one + two, flat)), 1)
    0.7
    """
    if min(first[1].shape[-2:]) < _WINDOW:
        return None
    flat = _flattest(first[1]) & _flattest(second[1])
    one, two = (_windows(noise)[flat] for noise, _ in (first, second))
    power = float(np.sqrt((one**2).sum() * (two**2).sum()))
    return float(np.clip((one * two).sum() / power, -1, 1)) if power else None


def _flattest(scene: NDArray[Any]) -> NDArray[np.bool_]:
    contrast = _windows(scene).std((1, 2))
    flat: NDArray[np.bool_] = contrast <= np.quantile(contrast, _FLATTEST)
    return flat


def _windows(x: NDArray[Any]) -> NDArray[np.float64]:
    """Cut images into windows, (N, 16, 16); what is left over is left out."""
    rows, columns = (side // _WINDOW for side in x.shape[-2:])
    inner = x[:, : rows * _WINDOW, : columns * _WINDOW].astype(np.float64)
    grid = inner.reshape(len(x), rows, _WINDOW, columns, _WINDOW).swapaxes(2, 3)
    windows: NDArray[np.float64] = grid.reshape(-1, _WINDOW, _WINDOW)
    return windows
