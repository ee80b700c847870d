"""How often which kind of noise is met in training."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from napari_flowprior._errors import InputError

__all__ = ["Conditions"]


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """Parts of the training patches that have one property or another.

    All but `highest` are parts from 0 to 1, drawn independently of each other.

    Parameters
    ----------
    clipped : float
        Intensities cut off at 0, at 1 or at both; the network is told where.
    correlated : float
        Noise whose neighbours are alike, in place of white noise.
    compressed : float
        Rounded to 8 bits and compressed as JPEG after the noise.
    photons : float
        Counts of few photons, under the curve that evens out their noise.
    uneven : float
        Noise level that differs from pixel to pixel.
    faint : float
        Levels below 60 of 255 that are drawn uniformly by their logarithm.
    strong : float
        Levels from 60 of 255 up to `highest`.
    dim : float
        Intensities that use a corner of the range.
    understated : float
        Noise up to one and a half times as strong as the network is told.
    impulses : float
        Some pixels black, white or of any value: dead, hot, salt and pepper. What is
        answered there does not count, only what is answered around.
    highest : float
        Largest noise level, normalised units.

    Raises
    ------
    InputError
        If a part is not in [0, 1].
    """

    clipped: float = 0.0
    correlated: float = 0.0
    compressed: float = 0.0
    photons: float = 0.0
    uneven: float = 0.0
    faint: float = 0.0
    strong: float = 0.0
    dim: float = 0.0
    understated: float = 0.0
    impulses: float = 0.0
    highest: float = 60 / 255

    def __post_init__(self) -> None:
        for field in fields(Conditions):
            value = getattr(self, field.name)
            if field.name != "highest" and not 0 <= value <= 1:
                raise InputError(f"{field.name} is {value}; give a part, from 0 to 1.")
        if not 0 < self.highest < math.inf:
            raise InputError(
                f"highest is {self.highest}; give a noise level above 0, in units of "
                "the intensity range."
            )
