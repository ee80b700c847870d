"""Where a prior answers most, and whether that is noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from napari_flowprior.restoration.noise._agreements import ramp
from napari_flowprior.restoration.noise._answer import Answer

__all__ = ["SHARE_OF_NOISE", "SHARE_OF_TEXTURE", "Strongest"]

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
# Less is taken for this much, as it has a logarithm.
_NO_SHARE = 1e-12
# Where most of what the flattest windows vary by is taken out, it is noise: of wide
# correlation a prior finds less than there is, so the level lies between the two.
_LITTLE_OF_IT, _MOST_OF_IT, _BETWEEN = 0.55, 0.75, 1.05
# As a share of the range. In grey, the grain of paper answers as such weak noise does.
_VISIBLE = {1: (5.5 / 255, 9 / 255), 3: (-1.0, 0.0)}
# The share of the noise of a camera that is fine, and how much stronger than at the
# finest scale what answers most of it is.
_FEW_FINE, _DEVELOPED = (0.5, 0.4), (2.0, 2.8)
# How strong it is at most, as a share of the range: stronger is texture.
_NO_CAMERA = 36 / 255, 24 / 255
# Where a prior takes out so much, it is noise.
SHARE_OF_TEXTURE, SHARE_OF_NOISE = 0.57, 0.65


@dataclass(frozen=True)
class Strongest:
    """The answer of the largest share among answers to rising noise levels.

    Parameters
    ----------
    answers : tuple of Answer
        What a prior answered, by rising level.
    channels : int
        1 in grey, 3 in colour, where answers are of another strength.
    base : float
        Noise level of the finest scale, as a share of the range of intensities.
    flattest : float
        How much the flattest windows vary, relative to the level of the finest scale;
        0 if it is not known.
    """

    answers: tuple[Answer, ...]
    channels: int
    base: float
    flattest: float

    @property
    def answer(self) -> Answer:
        """The answer of the largest share."""
        nothing = Answer(1.0, 0.0, 1.0)
        return max(self.answers, key=lambda answer: answer.share, default=nothing)

    @property
    def peak(self) -> float:
        """Strongest answer that stands out, as a share; 0 if there is none."""
        top = self.answer
        fallen = self.share_at(_HIGHER * top.level) < _FALL * top.share
        inner = self.answers and top not in (self.answers[0], self.answers[-1])
        return top.share if inner and fallen and top.share > _LEAST else 0.0

    @property
    def surely(self) -> float:
        """How surely it is visible noise and not texture, from 0 to 1."""
        visible = ramp(self.loudness * self.base, *_VISIBLE[self.channels])
        normal = ramp(self.answer.normal, *_NORMAL)
        return max(self._alike, self._noisy) * self._risen * visible * normal

    @property
    def loudness(self) -> float:
        """Level of what answers most, relative to the finest scale; texture or noise.

        Meaningful if there is a peak.
        """
        place = self.answers.index(self.answer)
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
        top = self.answer
        return max(
            ramp(top.unlike, *_UNLIKE[self.channels]),
            ramp(top.share, SHARE_OF_TEXTURE, SHARE_OF_NOISE),
        )

    @property
    def of_camera(self) -> float:
        """How surely it is noise of a camera, which develops its colours.

        These share noise, of which a prior takes out less than it should, and hardly
        any of it is fine.
        """
        top = self.answer
        if self.channels == 1 or not top.total > 0:
            return 0.0
        few = ramp(top.fine / top.total, *_FEW_FINE)
        weak = ramp(top.level * self.base, *_NO_CAMERA)
        return few * weak * ramp(top.level, *_DEVELOPED)

    @property
    def _risen(self) -> float:
        """How surely the strongest answer stands out from those to lower levels."""
        rise = self.answer.share / self.share_at(_LOWER * self.answer.level)
        return ramp(rise, *_RISE[self.channels])

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
