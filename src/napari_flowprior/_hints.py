"""What a dataclass says of its options, beside their types."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

__all__ = ["INTENSITY", "RANGE", "Array", "Hint"]

Array = Literal["image", "mask", "psf"]
"""What is made of a file or a layer: its pixels, which are not zero, or weights."""

INTENSITY = "units of the image"
"""Unit of noise levels, and whatever else is measured as the image is."""

RANGE = "share of the range of intensities"
"""Unit of what the prior knows: 1 is from black to white."""


@dataclass(frozen=True, kw_only=True)
class Hint:
    """What the type of a field does not say of an option.

    Parameters
    ----------
    label : str
        What a form calls it.
    help : str
        A sentence that says what it is for, without bounds and unit.
    least, most : float
        Bounds of a number, which belong to it.
    unit : str
        Unit of a number, such as "pixels".
    array : {"image", "mask", "psf"}, optional
        What an array stands for.
    flag : str
        Its name on the command line, if that of the field says too little there.
    none : str
        What a form shows for None.
    step : float
        By how much arrows in a form change a number; 0 for what suits its default.
    """

    label: str
    help: str
    least: float = -math.inf
    most: float = math.inf
    unit: str = ""
    array: Array | None = None
    flag: str = ""
    none: str = "auto"
    step: float = 0.0
