"""The case in which everything is Gaussian, so that closed forms are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from doubles import MEAN

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SIGMA = 0.3


def posterior(y: NDArray[np.float64], spread: float) -> NDArray[np.float64]:
    """Mean (and mode) of x given y = x + n, for x ~ N(MEAN, spread^2)."""
    return (spread**2 * y + SIGMA**2 * MEAN) / (spread**2 + SIGMA**2)
