"""How strong noise is, by what a prior makes of it, at any correlation.

Noise whose neighbours are alike hardly shows at the finest scale, and looks like
texture at all others. A denoiser that was trained on both tells them apart: told of a
level, it takes out a part of it in an image without noise, and most of it where the
noise is as strong as that. So its answer, relative to the level, peaks near the true
one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
import torch

from napari_flowprior.data import IntensityScale, image_range
from napari_flowprior.restoration.noise._level import estimate_noise, rounding_level

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from numpy.typing import NDArray
    from torch import Tensor

    from napari_flowprior.data import PlaneView
    from napari_flowprior.priors import FlowPrior

__all__ = ["Answer", "Response", "find_response", "finest_level"]

_TILE, _TILES, _GRID = 64, 6, 8
_WINDOW = 16
# Of all windows, that which answers less than most: others may hold fine texture.
_QUANTILE = 0.2
# Ratio of levels that are asked for, and between the strongest answer and two more.
_RATIO = 2.0
_FINER = _RATIO**0.5
# What is asked for at least, relative to the level of the finest scale; and the
# highest, as a multiple of how much the flattest windows vary: noise is in all of them.
_FIRST, _NEXT, _BEYOND = (1.0, 2.0), (0.5, 0.25), 2.0
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
_MUCH = 0.8
# From the level of the strongest answer to that of the noise; all of these by channels.
_BEYOND_PEAK = {1: 1.05, 3: 1.3}
# Of so strong noise nothing can be seen; drawings look like it.
_HIGHEST = 0.25
# What is taken out of drawings is of few values.
_NORMAL = 0.8, 1.2
_HALF, _A_LITTLE = 0.5, 2.0
# Where most of what the flattest windows vary by is taken out, it is noise: of wide
# correlation a prior finds less than there is, so the level lies between the two.
_LITTLE_OF_IT, _MOST_OF_IT, _BETWEEN = 0.55, 0.75, 1.05
# As a share of the range. In grey, the grain of paper answers as such weak noise does.
_VISIBLE = {1: (5.5 / 255, 9 / 255), 3: (-1.0, 0.0)}
_TINY = float(np.finfo(np.float64).tiny)
# The share of a smooth image's variation that is that of single precision.
_NOTHING = 1e-4


class _Curve(Protocol):
    def forward(self, values: NDArray[np.float64]) -> NDArray[np.float64]: ...


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
    """

    level: float
    share: float
    unlike: float
    normal: float = 2.0


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
    """

    answers: tuple[Answer, ...] = ()
    channels: int = 1
    base: float = 1.0
    flattest: float = 0.0

    @property
    def trust(self) -> float:
        """How surely the finest scale holds noise and not texture, from 0 to 1."""
        if not self.answers:
            return 1.0
        once, twice = (self.share_at(level) for level in _FIRST)
        more = _FIRST[1] * twice / once if once > 0 else np.inf
        return max(
            _ramp(more, _SURELY_TEXTURE, _SURELY_NOISE)
            * _ramp(once, _NOTHING_FOUND, _SOMETHING_FOUND),
            _ramp(once, _SHARE_OF_TEXTURE, _SHARE_OF_NOISE),
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
        surely *= _ramp(level * self.base, *_VISIBLE[self.channels])
        surely *= _ramp(self.strongest.normal, *_NORMAL)
        if self.trust > _HALF:
            # What the finest scale holds is noise already, which can be a little more.
            level = min(level, _A_LITTLE)
        return float(max(1.0, level) ** surely)

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
        return _ramp(self._removed / self.flattest, _LITTLE_OF_IT, _MOST_OF_IT)

    @property
    def _alike(self) -> float:
        """How surely it is noise that is taken out, as in all windows alike."""
        top = self.strongest
        return max(
            _ramp(top.unlike, *_UNLIKE[self.channels]),
            _ramp(top.share, _SHARE_OF_TEXTURE, _SHARE_OF_NOISE),
        )

    @property
    def _risen(self) -> float:
        """How surely the strongest answer stands out from those to lower levels."""
        rise = self.strongest.share / self.share_at(_LOWER * self.strongest.level)
        return _ramp(rise, *_RISE[self.channels])

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


def find_response(
    view: PlaneView,
    prior: FlowPrior,
    curve: _Curve | None = None,
    least_trust: float = 0.0,
) -> Generator[None, None, Response]:
    """Ask a prior at rising noise levels.

    Parameters
    ----------
    view : PlaneView
        A channel of an image.
    prior : FlowPrior
        The prior, on its device; one without a score network answers nothing.
    curve : Transform, optional
        Curve of intensities under which the finest scale has noise of level 1.
    least_trust : float
        No more is asked if it is less sure that the finest scale holds noise.

    Returns
    -------
    Response
        Its answers, relative to the level of the finest scale.

    Yields
    ------
    None
        After each level.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.data import PlaneView
    >>> noisy = np.random.default_rng(0).normal(100, 5, (128, 128))
    >>> from napari_flowprior import FlowPrior
    >>> from napari_flowprior.restoration.noise import find_response
    >>> prior = FlowPrior.load("photo-gray")
    >>> search = find_response(PlaneView(noisy.astype(np.uint8), "YX"), prior)
    >>> for _ in search:
    ...     pass  # the place to give up
    """
    tiles = _tiles(view, prior.stride)
    if not prior.has_score_network or not tiles:
        return Response()
    low, high = yield from image_range(view)
    if curve is None:
        base = finest_level(view)
    else:
        low, high = (float(end) for end in curve.forward(np.array([low, high])))
        tiles, base = [curve.forward(tile) for tile in tiles], 1.0
    scale = IntensityScale.fit(low, high, base, prior.sigma_max)
    batch = torch.from_numpy(np.stack([scale.normalise(tile) for tile in tiles]))
    batch = batch.to(prior.device, prior.dtype)
    used = _used(batch)
    if not used.any():
        return Response()
    base /= scale.gain
    flattest = _least(_deviation(batch)[used])
    highest = min(_BEYOND * flattest, _HIGHEST, prior.sigma_max)

    def ask(level: float) -> Answer:
        change = batch - prior.denoise(batch, level * base)
        removed = _deviation(change)[used]
        much, middle = np.quantile(removed, _MUCH), np.median(removed)
        return Answer(
            level,
            _least(removed) / (level * base),
            float(much / max(middle, _TINY)),
            float(np.median(_normality(change)[used])),
        )

    response = Response((), view.channels, base, flattest / base)
    return (yield from _asked(ask, response, highest / base, least_trust))


def finest_level(view: PlaneView) -> float:
    """Return the noise level of the finest scale, above 0.

    Parameters
    ----------
    view : PlaneView
        The image.

    Returns
    -------
    float
        In units of the image; at least what rounding makes.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.data import PlaneView
    >>> noisy = np.random.default_rng(0).normal(100, 5, (128, 128))
    >>> from napari_flowprior.restoration.noise import finest_level
    >>> round(finest_level(PlaneView(noisy, "YX")))
    5
    """
    plane = view.read(view.samples // 2, slice(None, 512), slice(None, 512), np.float64)
    spread = float(plane.std()) or 1.0
    return max(estimate_noise(view), rounding_level(view), _NOTHING * spread)


def _asked(
    ask: Callable[[float], Answer],
    response: Response,
    highest: float,
    least_trust: float,
) -> Generator[None, None, Response]:
    """Ask at levels relative to that of the finest scale, and near the best of them."""
    for level in (*_FIRST, *_NEXT, *_rising(highest)):
        response = response.with_answer(ask(level))
        yield
        if level == _FIRST[-1] and response.trust < least_trust:
            return response
    top = response.strongest.level
    nearby = [top / _FINER, top * _FINER, top * _RATIO, top * _RATIO * _FINER]
    known = [answer.level for answer in response.answers]
    # The last one only shows where answers fall if the one before it is the strongest.
    for level in nearby:
        beside = level < top * _RATIO * _FINER or response.strongest.level > top
        if beside and level not in known:
            response = response.with_answer(ask(level))
            yield
    return response


def _rising(highest: float) -> Iterator[float]:
    level = _FIRST[-1] * _RATIO
    while level <= highest:
        yield level
        level *= _RATIO


def _least(values: NDArray[np.float64]) -> float:
    return float(np.quantile(values, _QUANTILE))


def _ramp(value: float, low: float, high: float) -> float:
    """Return 0 at low, or on its far side, 1 at high, and a line in between."""
    return float(np.clip((value - low) / (high - low), 0.0, 1.0))


def _tiles(view: PlaneView, stride: int) -> list[NDArray[np.float64]]:
    """Cut tiles out of an image, evenly spaced, none of them constant."""
    height, width = (min(side, _TILE) // stride * stride for side in view.shape)
    if min(height, width) < _WINDOW:
        return []
    places = _places(view, height, width)
    tiles = (view.read(sample, ys, xs, np.float64) for sample, ys, xs in places)
    varied = [tile for tile in tiles if float(np.ptp(tile)) > 0]
    chosen = np.linspace(0, len(varied) - 1, min(len(varied), _TILES)).round()
    return [varied[number] for number in chosen.astype(int)]


def _places(
    view: PlaneView, height: int, width: int
) -> Iterator[tuple[int, slice, slice]]:
    """Return where tiles may be cut, over planes as well as over rows and columns."""
    samples = np.linspace(0, view.samples - 1, _GRID).round().astype(int)
    steps = np.arange(_GRID)
    # Far from each other in either direction.
    rows = (steps * 3 % _GRID) / (_GRID - 1) * (view.shape[0] - height)
    columns = (steps * 5 % _GRID) / (_GRID - 1) * (view.shape[1] - width)
    places = zip(samples, rows.astype(int), columns.astype(int), strict=True)
    found = dict.fromkeys(places)
    for sample, top, left in found:
        ys, xs = slice(top, top + height), slice(left, left + width)
        yield int(sample), ys, xs


def _windows(batch: Tensor) -> NDArray[np.float64]:
    """Cut a batch into windows, (N, C, 256); what is left over is left out."""
    height, width = (side // _WINDOW * _WINDOW for side in batch.shape[-2:])
    x = batch[..., :height, :width].double().cpu().numpy()
    rows, columns = height // _WINDOW, width // _WINDOW
    x = x.reshape(*x.shape[:2], rows, _WINDOW, columns, _WINDOW)
    flat: NDArray[np.float64] = x.transpose(0, 2, 4, 1, 3, 5).reshape(
        -1, x.shape[1], _WINDOW**2
    )
    return flat


def _deviation(batch: Tensor) -> NDArray[np.float64]:
    """Return the standard deviation of each window, (N,)."""
    deviation: NDArray[np.float64] = np.sqrt(_windows(batch).var(2).mean(1))
    return deviation


def _normality(batch: Tensor) -> NDArray[np.float64]:
    """Return kurtosis less squared skewness less 1 of each window, (N,)."""
    windows = _windows(batch)
    windows = windows - windows.mean(2, keepdims=True)
    scale = np.sqrt((windows**2).mean(2, keepdims=True))
    standard = windows / np.maximum(scale, np.finfo(float).tiny)
    third, fourth = ((standard**k).mean(2) for k in (3, 4))
    spread: NDArray[np.float64] = (fourth - third**2 - 1).mean(1)
    return spread


def _used(batch: Tensor) -> NDArray[np.bool_]:
    """Return which windows are no padding and not cut off."""
    windows = _windows(batch)
    ends = (windows == windows.min()) | (windows == windows.max())
    used: NDArray[np.bool_] = (windows.std(2).max(1) > 0) & (ends.mean((1, 2)) < 0.5)
    return used


def _vertex(before: Answer, top: Answer, after: Answer) -> float:
    """Return where the largest share is, relative to the level of the middle answer."""
    first, middle, last = (np.log(a.share) for a in (before, top, after))
    bend = first - 2 * middle + last
    shift = np.clip((first - last) / (2 * bend), -1, 1) if bend < 0 else 0.0
    return float((after.level / top.level) ** shift)
