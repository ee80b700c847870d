"""Between the intensities of an image and the unit range that a prior expects."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
import numpy.typing as npt

from napari_flowprior._errors import InputError

__all__ = ["IntensityScale"]


@dataclass(frozen=True)
class IntensityScale:
    """The same affine map for a whole image: ``(x - offset) / gain``.

    Attributes
    ----------
    offset, gain : float
        In the units of the image; `gain` is positive.
    ends : tuple of bool
        Whether noise was cut off at the lower end of the range, and at the upper one.

    Raises
    ------
    InputError
        When a value is not finite, or the gain is not positive.
    """

    offset: float
    gain: float
    ends: tuple[bool, bool] = (False, False)

    def __post_init__(self) -> None:
        if not (isfinite(self.offset) and isfinite(self.gain) and self.gain > 0):
            raise InputError(
                f"Intensities cannot be scaled by an offset of {self.offset} and a gain"
                f" of {self.gain}; both must be finite and the gain positive."
            )

    @classmethod
    def fit(
        cls,
        low: float,
        high: float,
        sigma: float = 0.0,
        sigma_max: float = 0.0,
        *,
        ends: tuple[bool, bool] = (False, False),
    ) -> IntensityScale:
        """Map a range to [0, 1], or less of it where the noise is strong.

        Parameters
        ----------
        low, high : float
            Range of the image, in its own units.
        sigma : float
            Standard deviation of the noise, in the units of the image.
        sigma_max : float
            The strongest noise that the prior knows, in units of [0, 1]; 0 for a prior
            that is not conditioned on noise. The range is widened until the noise is
            no stronger than this; away from an end where noise was cut off, and else
            about its middle.
        ends : tuple of bool
            Whether noise was cut off at the lower end, and at the upper one.

        Returns
        -------
        IntensityScale
        """
        gain = high - low
        widest = sigma / sigma_max if sigma_max > 0 else 0.0
        if widest <= gain:
            return cls(low, gain, ends)
        if ends == (True, False):
            return cls(low, widest, ends)
        if ends == (False, True):
            return cls(high - widest, widest, ends)
        return cls(low + gain / 2 - widest / 2, widest)

    def normalise(
        self, x: npt.NDArray[Any], dtype: npt.DTypeLike = np.float32
    ) -> npt.NDArray[Any]:
        """Map from the units of the image; computed in float64, returned as `dtype`."""
        # What is in holes may be of any size.
        with np.errstate(over="ignore"):
            scaled = (x.astype(np.float64) - self.offset) / self.gain
            return scaled.astype(dtype, copy=False)

    def restore(self, x: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """Map back to the units of the image, in float64."""
        return x.astype(np.float64) * self.gain + self.offset
