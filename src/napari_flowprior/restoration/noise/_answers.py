"""What a prior answers to rising noise levels, and what that tells of the noise."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from napari_flowprior.restoration.noise._agreements import Agreements, ramp
from napari_flowprior.restoration.noise._answer import Answer
from napari_flowprior.restoration.noise._found_level import Level
from napari_flowprior.restoration.noise._strongest import (
    SHARE_OF_NOISE,
    SHARE_OF_TEXTURE,
    Strongest,
)

__all__ = ["FIRST_LEVELS", "Response"]

FIRST_LEVELS = 1.0, 2.0
"""Levels that a prior is asked at first, relative to that of the finest scale."""

# Told of twice the level, the prior finds little more if it is that of white noise, and
# nearly twice as much, or hardly anything at all, if it is that of texture.
_SURELY_NOISE, _SURELY_TEXTURE = 1.6, 1.85
_NOTHING_FOUND, _SOMETHING_FOUND = 0.42, 0.54
_HALF, _A_LITTLE = 0.5, 2.0
# Excess from which on noise is taken for correlated.
_CORRELATED = 1.25
# How surely a prior must agree with white noise for it to be that, and how much of it
# must be fine where the finest scale is known to hold noise.
_AGREED, _FINE = 0.5, 0.95
# How much stronger than it seems noise is that is cut off, and some that is not white.
_MOST_CUT_OFF, _MOST_ADDED = 1.3, 1.1
# How near white noise must agree to noise of any kind, and how much of it is fine; how
# much stronger other noise is, and from where on the finest scale is trusted with it.
_NEARLY, _WHITE, _A_LITTLE_MORE, _TRUSTED = 0.8, 0.85, 1.08, (0.5, 0.8)
# What is as strong as the finest scale says, and from which share of that on noise that
# can hardly be seen leaves the question open.
_AS_STRONG, _HARDLY, _HARDLY_MORE = (0.6, 1.6), 0.7, 1.5
# Level, as a share of the range, below which texture adds to what the finest scale
# shows, and what noise is cut off at black and white is little.
_WEAK = 12 / 255


@dataclass(frozen=True)
class Response:
    """How a prior answers to rising noise levels.

    Parameters
    ----------
    answers : tuple of Answer
        What it answered, by rising level; none if it cannot be asked.
    channels : int
        1 in grey, 3 in colour, where answers are of another strength.
    base : float
        Noise level of the finest scale, as a share of the range of intensities.
    flattest : float
        How much the flattest windows vary, relative to the level of the finest scale;
        0 if it is not known.
    calmest : float
        The same of the windows of all of the image that vary least.
    pixels : float
        How many pixels it saw.
    """

    answers: tuple[Answer, ...] = ()
    channels: int = 1
    base: float = 1.0
    flattest: float = 0.0
    calmest: float = math.inf
    pixels: float = math.inf

    @property
    def levels(self) -> tuple[float, ...]:
        """What the prior was asked for."""
        return tuple(answer.level for answer in self.answers)

    @property
    def trust(self) -> float:
        """How surely the finest scale holds noise and not texture, from 0 to 1."""
        if not self.answers:
            return 1.0
        once, twice = (self.strongest.share_at(level) for level in FIRST_LEVELS)
        more = FIRST_LEVELS[1] * twice / once if once > 0 else np.inf
        return max(
            ramp(more, _SURELY_TEXTURE, _SURELY_NOISE)
            * ramp(once, _NOTHING_FOUND, _SOMETHING_FOUND),
            ramp(once, SHARE_OF_TEXTURE, SHARE_OF_NOISE),
        )

    @property
    def excess(self) -> float:
        """How many times stronger the noise is than at the finest scale, at least 1.

        The less, the more the answers resemble those to texture.
        """
        if not (top := self.strongest).peak:
            return 1.0
        level = top.loudness
        if self.trust > _HALF:
            # What the finest scale holds is noise already, which can be a little more.
            level = min(level, _A_LITTLE)
        return float(max(1.0, level) ** top.surely)

    @property
    def level(self) -> Level:
        """Level of the noise, if it is the same at all intensities.

        That at which the prior takes out what it should decides; in colours, where
        there may be none, how its answers rise and fall.
        """
        if not self.answers:
            return Level(1.0, correlated=False)
        agreed = self.agreements
        crossing, surely = agreed.crossing, agreed.sure
        of_white = agreed.white_crossing > _NEARLY * crossing
        if of_white:
            # So much of it is taken out as of white noise alone.
            surely = max(surely, agreed.everywhere * ramp(self.trust, *_TRUSTED))
        if not surely:
            excess = self.excess**self.strongest.of_camera
            if excess > _CORRELATED:
                return Level(excess, correlated=True)
            # What can hardly be seen the finest scale tells; it would be stronger else.
            weak = not crossing and self.trust < _HARDLY_MORE * agreed.unseen
            return Level(self.trust if weak else 0.0, correlated=False, seen=False)
        fine = agreed.fine > _FINE or self.trust < _AGREED
        near = crossing < _CORRELATED and fine
        white = of_white and (near or agreed.fine > _WHITE)
        excess = agreed.in_all**surely
        if not white and excess > (_CORRELATED if of_white else _A_LITTLE_MORE):
            return Level(excess, correlated=True)
        known = agreed.white_crossing or crossing
        if white and known * self.base < _WEAK:
            return Level(surely * min(1.0, known), correlated=False)
        # What is cut off is stronger than it seems; texture adds to the finest scale.
        most = _MOST_CUT_OFF if white else _MOST_ADDED
        share = min(max(self.trust, crossing), most * crossing, 1.0)
        return Level(surely * share, correlated=False)

    @property
    def correlated(self) -> float:
        """Level of noise that is known to be there and correlated, at least 1."""
        level = self.agreements.in_all
        return max(1.0, level) if level else self.excess

    def confirms(self, odds: float = 0.0) -> bool:
        """Tell whether a prior agrees that noise is as strong as the finest scale says.

        Where that could hardly be seen it is not asked.

        Parameters
        ----------
        odds : float
            The logarithm of how much likelier it must be noise than texture.

        Returns
        -------
        bool
            Whether it does, or is not asked.
        """
        agreed = self.agreements
        if agreed.unseen > _HARDLY:
            return True
        least, most = _AS_STRONG
        return least < agreed.crossing < most and agreed.odds > odds

    @property
    def strongest(self) -> Strongest:
        """The answer of the largest share, and what it tells."""
        return Strongest(self.answers, self.channels, self.base, self.flattest)

    @property
    def agreements(self) -> Agreements:
        """Where the prior takes out what it should."""
        return Agreements(self.answers, self.base, self.calmest, self.pixels)

    def with_answer(self, answer: Answer) -> Response:
        """Add an answer.

        Parameters
        ----------
        answer : Answer
            At another level.

        Returns
        -------
        Response
            With all of them, by rising level.
        """
        return replace(self, answers=tuple(sorted((*self.answers, answer))))
