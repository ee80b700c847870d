"""Intensities that the prior sees through a curve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from napari_flowprior.data import IntensityScale
from napari_flowprior.restoration.degradations import Transform

__all__ = ["CurvedScale"]


@dataclass(frozen=True)
class CurvedScale:
    """An affine map of intensities after a curve, such as one that evens out noise.

    Attributes
    ----------
    curve : Transform
        Between the units of the image and those in between.
    scale : IntensityScale
        Between those and the unit range of the prior.
    """

    curve: Transform
    scale: IntensityScale

    @property
    def offset(self) -> float:
        """Of the affine map."""
        return self.scale.offset

    @property
    def gain(self) -> float:
        """Of the affine map."""
        return self.scale.gain

    @property
    def ends(self) -> tuple[bool, bool]:
        """Whether noise is cut off at either: see the affine map."""
        return self.scale.ends

    def normalise(
        self, x: npt.NDArray[Any], dtype: npt.DTypeLike = np.float32
    ) -> npt.NDArray[Any]:
        """Map from the units of the image; computed in float64, returned as `dtype`."""
        return self.scale.normalise(self.curve.forward(x.astype(np.float64)), dtype)

    def restore(self, x: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """Map back to the units of the image, in float64."""
        return self.curve.inverse(self.scale.restore(x))
