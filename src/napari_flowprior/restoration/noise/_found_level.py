"""Noise of one level, as it was found."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Level"]


class Level(NamedTuple):
    """Noise of one level, and what kind of it.

    Attributes
    ----------
    ratio : float
        Relative to the level of the finest scale; below 1 where that holds texture.
    correlated : bool
        Whether neighbours are alike, and noise is stronger than that scale shows.
    seen : bool
        Whether it can be seen in 8 bits.
    """

    ratio: float
    correlated: bool
    seen: bool = True
