"""What a prior answers to a noise level."""

from __future__ import annotations

import math
from typing import NamedTuple

__all__ = ["Answer"]


class Answer(NamedTuple):
    """What a prior answers at a noise level.

    Attributes
    ----------
    level : float
        Noise level that it was told, relative to that of the finest scale.
    share : float
        Which share of that it took out of all but the fewest windows.
    unlike : float
        How much more it took out of the windows that answer much.
    normal : float
        Kurtosis of what it took out, less squared skewness, less 1: 2 for normal noise,
        0 for two values.
    white, total, fine : float
        How much it took out, relative to what it should of white noise, of noise of any
        spectrum, and of the finest part of that, see `agreement`; NaN if it is not
        known.
    typical, most : float
        Which share of the level it took out of the median window, and how much more of
        the twentieth that answer most.
    """

    level: float
    share: float
    unlike: float
    normal: float = 2.0
    white: float = math.nan
    total: float = math.nan
    fine: float = math.nan
    typical: float = 1.0
    most: float = 1.0
