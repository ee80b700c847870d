"""The noise levels at which a prior takes out what it should."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from napari_flowprior.restoration.noise._answer import Answer

__all__ = ["Agreements", "ramp"]

# Levels below, as a share of the range, are left to the finest scale. How much of what
# it should a prior takes out, in all, at the level itself.
_LEAST_SEEN, _AT_THE_LEVEL = 1.8 / 255, 0.95
# Ratios of levels that are asked about.
_HALF, _DOUBLE = 0.5, 2.0
# Log odds that it is noise and not texture, linear in the logarithms of the evidence: a
# logistic regression on 690 details of photographs and micrographs, with noise of many
# kinds and without any, as by `benchmarks/noise_or_texture.py`. Grey and colours answer
# alike, and in colours texture is hardly ever taken for noise, so these are of grey.
_WEIGHTS, _CONSTANT = (2.64, -1.43, 5.46, 2.81, -0.54, 2.05), 0.5
_SURE = (0.0, 0.8)
# The least of each that counts: nothing that is taken out at twice the level, or that
# is fine, tells no more of noise than little does, as it is blurred texture.
_LEAST_EVIDENCE = (0.02, 0.2, 0.02, 0.02, 0.15, 0.02)
# More is asked of noise of which little is fine: it resembles texture most.
_DOUBT, _COARSE = 0.9, (0.85, 0.6)
# A small detail of texture is often alike all over, as noise is. So more is asked where
# fewer pixels are seen than of most images, six tiles of 64x64, by the logarithm of how
# many fewer. Of details of photographs with 64 pixels a side 14 % seemed to have
# correlated noise, and none do since; of those that have, 30 % are found, where it was
# 61 %.
_FEW, _DOUBT_OF_FEW = 6 * 64.0**2, 0.9
# Noise is in all windows: even if widely correlated, none varies by less than this.
# Where much more is taken out of some windows, this much counts.
_CALM, _UNEVEN = (0.4, 0.55), 1.25
# Level of the finest part that is found, relative to that of the finest scale.
_FINER_THAN_ALL = (3.0, 2.2)
# How much of the level is not of the scene, and how much of it calm windows hold.
_WITHOUT_SCENE, _HELD_BY_CALM = 0.95, 0.85
_TINY = 1e-12


@dataclass(frozen=True)
class Agreements:
    """Where a prior takes out what it should, see `agreement`.

    Parameters
    ----------
    answers : tuple of Answer
        What it answered, by rising level.
    base : float
        Noise level of the finest scale, as a share of the range of intensities.
    calmest : float
        How much the windows vary that vary least, relative to the level of the finest
        scale.
    pixels : float
        How many pixels it saw.
    """

    answers: tuple[Answer, ...]
    base: float
    calmest: float = math.inf
    pixels: float = math.inf

    @property
    def crossing(self) -> float:
        """Highest level at which the prior agrees with what it takes out, 0 for none.

        Relative to that of the finest scale; what can hardly be seen is none.
        """
        return self._crossing("total", _AT_THE_LEVEL)

    @property
    def white_crossing(self) -> float:
        """The same for noise that is known to be white, of which it is more exact."""
        return self._crossing("white", 1.0)

    @property
    def in_all(self) -> float:
        """Level of correlated noise: scenes add to it, but least in calm windows."""
        if not (level := self.crossing):
            return 0.0
        held = self.calmest / (_HELD_BY_CALM * level)
        return _WITHOUT_SCENE * level * math.sqrt(min(1.0, held))

    def _crossing(self, name: str, ratio: float) -> float:
        for answer, above in reversed(list(pairwise(self._known))):
            ends = [getattr(each, name) / ratio for each in (answer, above)]
            if ends[0] >= 1 > ends[1]:
                high, low = math.log(ends[0]), math.log(max(ends[1], _TINY))
                step = above.level / answer.level
                level: float = answer.level * step ** (high / (high - low))
                return level if level * self.base > _LEAST_SEEN else 0.0
        return 0.0

    @property
    def _known(self) -> list[Answer]:
        return [answer for answer in self.answers if not math.isnan(answer.total)]

    @property
    def sure(self) -> float:
        """How surely there is noise of the level of the crossing, from 0 to 1.

        Of noise, less is taken out at twice its level, about as much out of most of the
        windows, and none of them varies less. The finest part of it is no stronger than
        the finest scale, as that of chequers is.
        """
        possible = ramp(self.fine * self.crossing, *_FINER_THAN_ALL)
        return ramp(self.odds, *_SURE) * self.everywhere * possible

    @property
    def everywhere(self) -> float:
        """How surely all windows vary by as much as such noise does, from 0 to 1."""
        if not (level := self.crossing):
            return 0.0
        return ramp(self.calmest / level, *_CALM)

    @property
    def odds(self) -> float:
        """Logarithm of the odds that what is found at the crossing is noise."""
        if not self.crossing:
            return -math.inf
        evidence = np.log(np.maximum(self.evidence, _LEAST_EVIDENCE))
        doubt = _DOUBT * ramp(self.fine, *_COARSE)
        doubt += _DOUBT_OF_FEW * math.log(max(_FEW / self.pixels, 1.0))
        return float(evidence @ _WEIGHTS) + _CONSTANT - doubt

    @property
    def evidence(self) -> tuple[float, ...]:
        """What tells noise from texture, all of it ratios, at the crossing."""
        level = self.crossing
        return (
            self._at(_HALF * level, "total"),
            self._at(_DOUBLE * level, "white"),
            self._at(level, "typical"),
            min(self._at(level, "most"), _UNEVEN),
            min(self.fine, 1.0),
            min(self.calmest / level, 1.0),
        )

    @property
    def fine(self) -> float:
        """Level of the finest part of the noise at the crossing, relative to white."""
        if not (level := self.crossing):
            return 1.0
        return self._at(level, "fine") / self._at(level, "total")

    @property
    def unseen(self) -> float:
        """Level that can hardly be seen, relative to that of the finest scale."""
        return _LEAST_SEEN / self.base

    def _at(self, level: float, name: str) -> float:
        known = self._known
        levels = [math.log(answer.level) for answer in known]
        values = [getattr(answer, name) for answer in known]
        return float(np.interp(math.log(level), levels, values)) if known else math.nan


def ramp(value: float, low: float, high: float) -> float:
    """Return 0 at low, or on its far side, 1 at high, and a line in between.

    Parameters
    ----------
    value, low, high : float
        Where to look, and where the line begins and ends.

    Returns
    -------
    float
        From 0 to 1.

    Examples
    --------
    >>> from napari_flowprior.restoration.noise._agreements import ramp
    >>> ramp(1.5, 1.0, 3.0)
    0.25
    """
    return float(np.clip((value - low) / (high - low), 0.0, 1.0))
