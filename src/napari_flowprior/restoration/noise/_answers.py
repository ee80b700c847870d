"""What a prior answers to rising noise levels, and what that tells of the noise."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from napari_flowprior.restoration.noise._agreements import Agreements, ramp
from napari_flowprior.restoration.noise._answer import Answer
from napari_flowprior.restoration.noise._found_level import Level

__all__ = ["FIRST_LEVELS", "Response"]

FIRST_LEVELS = 1.0, 2.0
"""Levels that a prior is asked at first, relative to that of the finest scale."""

# Told of twice the level, the prior finds little more if it is that of white noise, and
# nearly twice as much, or hardly anything at all, if it is that of texture. Of noise in
# texture it finds so large a share as not of texture alone.
_SURELY_NOISE, _SURELY_TEXTURE = 1.6, 1.85
_NOTHING_FOUND, _SOMETHING_FOUND = 0.42, 0.54
_SHARE_OF_TEXTURE, _SHARE_OF_NOISE = 0.57, 0.65
# Least share of a level that is taken out where there is such noise; how much less that
# is at a higher level, and more than at a lower one.
_LEAST, _FALL = 0.3, 0.8
_RISE = {1: (1.2, 1.3), 3: (1.25, 1.45)}
_HIGHER, _LOWER = 2.0, 0.37
# Noise is taken out of all windows alike, texture is not: ratio of the answers of those
# that answer much and of the median.
_UNLIKE = {1: (1.19, 1.13), 3: (1.32, 1.24)}
# From the level of the strongest answer to that of the noise; all of these by channels.
_BEYOND_PEAK = {1: 1.05, 3: 1.3}
# What is taken out of drawings is of few values.
_NORMAL = 0.8, 1.2
_HALF, _A_LITTLE = 0.5, 2.0
# Less is taken for this much, as it has a logarithm.
_NO_SHARE = 1e-12
# Where most of what the flattest windows vary by is taken out, it is noise: of wide
# correlation a prior finds less than there is, so the level lies between the two.
_LITTLE_OF_IT, _MOST_OF_IT, _BETWEEN = 0.55, 0.75, 1.05
# As a share of the range. In grey, the grain of paper answers as such weak noise does.
_VISIBLE = {1: (5.5 / 255, 9 / 255), 3: (-1.0, 0.0)}
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
# The share of the noise of a camera that is fine, and how much stronger than at the
# finest scale what answers most of it is.
_FEW_FINE, _DEVELOPED = (0.5, 0.4), (2.0, 2.8)
# How strong it is at most, as a share of the range: stronger is texture.
_NO_CAMERA = 36 / 255, 24 / 255
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
        once, twice = (self.share_at(level) for level in FIRST_LEVELS)
        more = FIRST_LEVELS[1] * twice / once if once > 0 else np.inf
        return max(
            ramp(more, _SURELY_TEXTURE, _SURELY_NOISE)
            * ramp(once, _NOTHING_FOUND, _SOMETHING_FOUND),
            ramp(once, _SHARE_OF_TEXTURE, _SHARE_OF_NOISE),
        )

    @property
    def peak(self) -> float:
        """Strongest answer that stands out, as a share; 0 if there is none."""
        top = self.strongest
        fallen = self.share_at(_HIGHER * top.level) < _FALL * top.share
        inner = self.answers and top not in (self.answers[0], self.answers[-1])
        return top.share if inner and fallen and top.share > _LEAST else 0.0

    @property
    def excess(self) -> float:
        """How many times stronger the noise is than at the finest scale, at least 1.

        The less, the more the answers resemble those to texture.
        """
        if not self.peak:
            return 1.0
        surely = max(self._alike, self._noisy) * self._risen
        level = self.loudness
        surely *= ramp(level * self.base, *_VISIBLE[self.channels])
        surely *= ramp(self.strongest.normal, *_NORMAL)
        if self.trust > _HALF:
            # What the finest scale holds is noise already, which can be a little more.
            level = min(level, _A_LITTLE)
        return float(max(1.0, level) ** surely)

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
            excess = self.excess**self._of_camera
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
        """
        agreed = self.agreements
        if agreed.unseen > _HARDLY:
            return True
        least, most = _AS_STRONG
        return least < agreed.crossing < most and agreed.odds > odds

    @property
    def loudness(self) -> float:
        """Level of what answers most, relative to the finest scale; texture or noise.

        Meaningful if there is a peak.
        """
        place = self.answers.index(self.strongest)
        before, top, after = self.answers[place - 1 : place + 2]
        level = _BEYOND_PEAK[self.channels] * top.level * _vertex(before, top, after)
        least = _BETWEEN * (self._removed * self.flattest) ** 0.5
        return float(level * max(1.0, least / level) ** self._noisy)

    @property
    def _removed(self) -> float:
        return max(answer.share * answer.level for answer in self.answers)

    @property
    def _noisy(self) -> float:
        """How surely what the flattest windows vary by is noise, from 0 to 1."""
        if not self.flattest:
            return 0.0
        return ramp(self._removed / self.flattest, _LITTLE_OF_IT, _MOST_OF_IT)

    @property
    def _alike(self) -> float:
        """How surely it is noise that is taken out, as in all windows alike."""
        top = self.strongest
        return max(
            ramp(top.unlike, *_UNLIKE[self.channels]),
            ramp(top.share, _SHARE_OF_TEXTURE, _SHARE_OF_NOISE),
        )

    @property
    def _of_camera(self) -> float:
        """How surely it is noise of a camera, which develops its colours.

        These share noise, of which a prior takes out less than it should, and hardly
        any of it is fine.
        """
        top = self.strongest
        if self.channels == 1 or not top.total > 0:
            return 0.0
        few = ramp(top.fine / top.total, *_FEW_FINE)
        weak = ramp(top.level * self.base, *_NO_CAMERA)
        return few * weak * ramp(top.level, *_DEVELOPED)

    @property
    def _risen(self) -> float:
        """How surely the strongest answer stands out from those to lower levels."""
        rise = self.strongest.share / self.share_at(_LOWER * self.strongest.level)
        return ramp(rise, *_RISE[self.channels])

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

    @property
    def strongest(self) -> Answer:
        """The answer of the largest share."""
        nothing = Answer(1.0, 0.0, 1.0)
        return max(self.answers, key=lambda answer: answer.share, default=nothing)

    def share_at(self, level: float) -> float:
        """Interpolate between the answers.

        Parameters
        ----------
        level : float
            Relative to that of the finest scale.

        Returns
        -------
        float
            The share that is taken out.
        """
        if not self.answers:
            return 0.0
        levels, shares = zip(*((a.level, a.share) for a in self.answers), strict=True)
        return float(np.interp(np.log(level), np.log(levels), shares))


def _vertex(before: Answer, top: Answer, after: Answer) -> float:
    """Return where the largest share is, relative to the level of the middle answer."""
    answers = before, top, after
    first, middle, last = (np.log(max(a.share, _NO_SHARE)) for a in answers)
    bend = first - 2 * middle + last
    shift = np.clip((first - last) / (2 * bend), -1, 1) if bend < 0 else 0.0
    return float((after.level / top.level) ** shift)
