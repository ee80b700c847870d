"""How alike the noise of neighbouring pixels is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_flowprior.restoration.noise._neighbours import neighbours

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["neighbour_correlation"]

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
    if min(scene.shape[-2:]) < _WINDOW:
        return None
    contrast = _windows(scene).std((1, 2))
    flat = contrast <= np.quantile(contrast, _FLATTEST)
    chosen = _windows(noise)[flat]
    power = float((chosen**2).mean())
    if power == 0:
        return None
    down, right = (
        float(np.clip(np.multiply(*neighbours(chosen, *lag)).mean() / power, -1, 1))
        for lag in ((1, 0), (0, 1))
    )
    return down, right


def _windows(x: NDArray[Any]) -> NDArray[np.float64]:
    """Cut images into windows, (N, 16, 16); what is left over is left out."""
    rows, columns = (side // _WINDOW for side in x.shape[-2:])
    inner = x[:, : rows * _WINDOW, : columns * _WINDOW].astype(np.float64)
    grid = inner.reshape(len(x), rows, _WINDOW, columns, _WINDOW).swapaxes(2, 3)
    windows: NDArray[np.float64] = grid.reshape(-1, _WINDOW, _WINDOW)
    return windows
