"""The noise levels at which a prior takes out what it should."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from napari_flowprior.restoration.noise._answer import Answer

__all__ = ["Agreements", "ramp"]

# Levels below, as a share of the range, are left to the finest scale. How much more
# than it should a prior takes out at the level itself, in all, and at half of it; how
# little around a level that the noise cannot have; and how much more in all than of
# white noise, and in its finest part, where neighbours share noise.
_LEAST_SEEN = 1.8 / 255
_MORE_OF_WHITE, _MORE_IN_ALL = (1.3, 1.45), (1.16, 1.25)
_FAR_LESS, _AT_THE_LEVEL, _NEARBY = 0.95, 1.08, (2.5, 1.6)
_MORE_THAN_FINEST, _WHITE, _FINE = 1.2, (0.98, 0.94), (0.95, 0.8)
_MUCH_TAKEN, _COARSE = (0.64, 0.74), (0.3, 0.2)
_TINY = 1e-12


@dataclass(frozen=True)
class Agreements:
    """Where a prior takes out what it should, see `agreement`.

    Parameters
    ----------
    answers : tuple of Answer
        What it answered, by rising level.
    channels : int
        1 in grey, 3 in colour.
    base : float
        Noise level of the finest scale, as a share of the range of intensities.
    """

    answers: tuple[Answer, ...]
    channels: int
    base: float

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

        Told of half the level, a prior takes out more than it should; in texture that
        is like noise, hardly more.
        """
        if not (level := self.crossing):
            return 0.0
        white, total = (self._at(level / 2, name) for name in ("white", "total"))
        surely = max(ramp(white, *_MORE_OF_WHITE), ramp(total, *_MORE_IN_ALL))
        if level < _MORE_THAN_FINEST:
            return surely
        # Noise that is white is as strong at the finest scale; what is more is drawn.
        white = self._at(level, "white")
        share = white / self._at(level, "total")
        surely *= min(ramp(share, *_WHITE), ramp(self.fine, *_FINE))
        # Much of texture is fine, and hardly any of it is taken out as white noise.
        return surely * max(ramp(white, *_MUCH_TAKEN), ramp(self.fine, *_COARSE))

    @property
    def fine(self) -> float:
        """Level of the finest part of the noise at the crossing, relative to white."""
        if not (level := self.crossing):
            return 1.0
        return self._at(level, "fine") / self._at(level, "total")

    def deny(self, level: float) -> bool:
        """Tell whether there can't be noise of a level, of one channel.

        Parameters
        ----------
        level : float
            Relative to that of the finest scale.

        Returns
        -------
        bool
            True if much less is taken out than should be. Colours share noise, of which
            less is taken out.
        """
        near = [
            answer.total
            for answer in self.answers
            if level / _NEARBY[0] < answer.level < level * _NEARBY[1]
        ]
        return self.channels == 1 and max(near, default=1.0) < _FAR_LESS

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
