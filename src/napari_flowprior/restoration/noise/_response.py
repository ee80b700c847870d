"""How strong noise is, by what a prior makes of it, at any correlation.

Noise whose neighbours are alike hardly shows at the finest scale, and looks like
texture at all others. A denoiser that was trained on both tells them apart: told of a
level, it takes out a part of it in an image without noise, and most of it where the
noise is as strong as that. So its answer, relative to the level, peaks near the true
one; and there it takes out as much as it should, see `agreement`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

import numpy as np
import torch

from napari_flowprior.data import IntensityScale, evenly_spaced, image_range
from napari_flowprior.restoration.noise._answer import Answer
from napari_flowprior.restoration.noise._answers import FIRST_LEVELS, Response
from napari_flowprior.restoration.noise._cutting import cut_windows
from napari_flowprior.restoration.noise._level import estimate_noise, rounding_level
from napari_flowprior.restoration.noise._self_consistency import agreement

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from numpy.typing import NDArray
    from torch import Tensor

    from napari_flowprior.data import PlaneView
    from napari_flowprior.priors import FlowPrior

__all__ = ["find_response", "finest_level"]

_TILE, _TILES, _GRID = 64, 6, 8
_WINDOW = 16
# Of all windows, that which answers less than most: others may hold fine texture.
_QUANTILE = 0.2
# Of the windows that vary, those that vary least, and how few of their pixels may be as
# dark or bright as any.
_CALMEST, _FEW_CUT = 0.02, 0.1
# Ratio of levels that are asked for, and between the strongest answer and two more.
_RATIO = 2.0
_FINER = _RATIO**0.5
# What is asked for at least, relative to the level of the finest scale; and the
# highest, as a multiple of how much the flattest windows vary: noise is in all of them.
_NEXT, _BEYOND = (0.5, 0.25), 2.0
_MUCH, _MOST = 0.8, 0.95
# Of so strong noise nothing can be seen; drawings look like it.
_HIGHEST = 0.25
# How often the level at which a prior agrees with itself is asked for; what is near it.
_REFINED, _NEAR = 2, 1.1
_TINY = float(np.finfo(np.float64).tiny)
# The share of a smooth image's variation that is that of single precision.
_NOTHING = 1e-4


class _Curve(Protocol):
    def forward(self, values: NDArray[np.float64]) -> NDArray[np.float64]: ...


def find_response(
    view: PlaneView,
    prior: FlowPrior,
    curve: _Curve | None = None,
    least_trust: float = 0.0,
    enough_trust: float = math.inf,
    limits: tuple[float, float] | None = None,
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
    least_trust, enough_trust : float
        No more is asked if it is less sure that the finest scale holds noise, or as
        sure as is enough. What it answers first decides how sure it is.
    limits : tuple of float, optional
        Intensities that stand for 0 and 1, if they are known: to find them, all of the
        image is read.

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
    low, high = limits or (yield from image_range(view))
    seen = view.glimpse()
    if curve is None:
        base = finest_level(view)
    else:
        low, high = (float(end) for end in curve.forward(np.array([low, high])))
        tiles, base = [curve.forward(tile) for tile in tiles], 1.0
        seen = curve.forward(seen)
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
        found = agreement(prior, batch, level * base)
        change = found.change
        removed = _deviation(change)[used]
        middle = max(float(np.median(removed)), _TINY)
        much, most = np.quantile(removed, (_MUCH, _MOST)) / middle
        return Answer(
            level,
            _least(removed) / (level * base),
            float(much),
            float(np.median(_normality(change)[used])),
            found.white,
            found.total,
            found.fine,
            middle / (level * base),
            float(most),
        )

    calmest = _calmest(scale.normalise(seen)) / base
    # Tiles overlap in small images.
    pixels = min(batch[:, 0].numel(), view.samples * math.prod(view.shape))
    response = Response((), view.channels, base, flattest / base, calmest, pixels)
    unsure = least_trust, enough_trust
    return (yield from _asked(ask, response, highest / base, unsure))


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
    plane = view.glimpse()
    spread = float(plane.std()) or 1.0
    return max(estimate_noise(view), rounding_level(view), _NOTHING * spread)


def _asked(
    ask: Callable[[float], Answer],
    response: Response,
    highest: float,
    unsure: tuple[float, float],
) -> Generator[None, None, Response]:
    """Ask at levels relative to that of the finest scale, and near the best of them."""
    for level in (*FIRST_LEVELS, *_NEXT, *_rising(highest)):
        response = response.with_answer(ask(level))
        yield
        first = level == FIRST_LEVELS[-1]
        if first and not unsure[0] <= response.trust < unsure[1]:
            return response
    top = response.strongest.answer.level
    nearby = [top / _FINER, top * _FINER, top * _RATIO, top * _RATIO * _FINER]
    known = [answer.level for answer in response.answers]
    # The last one only shows where answers fall if the one before it is the strongest.
    for level in nearby:
        beside = level < top * _RATIO * _FINER or response.strongest.answer.level > top
        if beside and level not in known:
            response = response.with_answer(ask(level))
            yield
    for _ in range(_REFINED):
        if not (level := response.agreements.crossing) or any(
            max(level / each, each / level) < _NEAR for each in response.levels
        ):
            break
        response = response.with_answer(ask(level))
        yield
    return response


def _rising(highest: float) -> Iterator[float]:
    level = FIRST_LEVELS[-1] * _RATIO
    while level <= highest:
        yield level
        level *= _RATIO


def _least(values: NDArray[np.float64]) -> float:
    return float(np.quantile(values, _QUANTILE))


def _tiles(view: PlaneView, stride: int) -> list[NDArray[np.float64]]:
    """Cut tiles out of an image, evenly spaced, none of them constant."""
    height, width = (min(side, _TILE) // stride * stride for side in view.shape)
    if min(height, width) < _WINDOW:
        return []
    places = _places(view, height, width)
    tiles = (view.read(sample, ys, xs, np.float64) for sample, ys, xs in places)
    varied = [tile for tile in tiles if float(np.ptp(tile)) > 0]
    return [varied[number] for number in evenly_spaced(len(varied), _TILES)]


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


def _calmest(image: NDArray[np.float64]) -> float:
    """Return how much the windows vary that vary least, cut off ones left out."""
    windows = _windows(torch.from_numpy(image)[None])
    ends = (windows <= image.min()) | (windows >= image.max())
    varied = np.sqrt(windows.var(2).mean(1))
    varied = varied[(ends.mean((1, 2)) < _FEW_CUT) & (varied > 0)]
    return float(np.quantile(varied, _CALMEST)) if varied.size else math.inf


def _windows(batch: Tensor) -> NDArray[np.float64]:
    """Cut a batch into windows, (N, C, 256); what is left over is left out."""
    windows = cut_windows(batch.cpu().double().numpy(), _WINDOW)
    return windows.reshape(*windows.shape[:2], _WINDOW**2)


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
