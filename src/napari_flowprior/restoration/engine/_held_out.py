"""Holes are filled no worse than smoothly: pixels that are known tell, once hidden."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from napari_flowprior._generators import Run
from napari_flowprior.restoration.estimators import HQS
from napari_flowprior.restoration.operators import Mask, around

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from torch import Tensor

    from napari_flowprior.restoration.estimators import PlaneDenoiser, PlaneEstimator
    from napari_flowprior.restoration.likelihoods import GaussianLikelihood

__all__ = ["Filled", "filled", "hide"]

# Shifts of the holes in turn, in shares of the plane, until enough pixels are hidden.
_SHIFTS = ((1 / 3, 1 / 4), (-1 / 4, 1 / 3), (1 / 2, -1 / 5), (-1 / 5, -1 / 2))
_ENOUGH = 256
# Shares of the known pixels: more are not hidden, but so many of them, at random.
_MOST, _THINNED = 0.2, 0.1
# Holes at random may have been drawn with a common one.
_SEED = 8_241_093
# With fewer steps than these, an estimator is another one.
_FEWEST_STEPS = 8
# Pixels of a surrounding, and hidden ones of the whole plane that count in each.
_WINDOW = 33**2
_ALL_AROUND = 60 / _WINDOW
# Standard errors of the best share by which less is taken.
_ERRORS = 0.5


class Filled(NamedTuple):
    """A plane without holes.

    Attributes
    ----------
    image : Tensor
        As the estimator has it, (1, C, H, W).
    safe : Tensor
        With holes filled smoothly, of the same shape.
    weight : Tensor
        By how much the first is nearer to the truth in the holes, from 0 to 1,
        (1, 1, H, W).
    """

    image: Tensor
    safe: Tensor
    weight: Tensor


def filled(
    estimator: PlaneEstimator, denoiser: PlaneDenoiser, likelihood: GaussianLikelihood
) -> Generator[int, None, Filled]:
    """Fill holes, and find how far that can be trusted.

    What a prior makes up of dots at random is far worse than their mean, and where all
    is smooth, nothing is better than a bent plate. So some of the known pixels are
    hidden, in holes of the same shape, and filled in both ways, by the estimator in
    half as many steps. Of the difference of the two fillings, the share that comes
    nearest to the hidden pixels is taken, or a little less where few tell: in the
    surroundings of each pixel, with some of what is best everywhere.

    Parameters
    ----------
    estimator : PlaneEstimator
        Which estimate.
    denoiser : PlaneDenoiser
        The prior on planes; it may answer anything.
    likelihood : GaussianLikelihood
        The data term of the plane, which has holes.

    Returns
    -------
    Filled
        Both fillings, and the weight of the estimator's.

    Yields
    ------
    int
        As many steps as the estimator has; 0 within.
    """
    assert isinstance(likelihood.operator, Mask)
    known = likelihood.operator.known
    hidden = hide(known)
    if not bool(hidden.any()):
        image = yield from estimator.run(denoiser, likelihood)
        return Filled(image, likelihood.start(), torch.ones_like(image[:, :1]))
    left = known & ~hidden
    y = torch.where(left, likelihood.y, 0.0)
    trial = replace(likelihood, y=y, operator=Mask(left))
    shorter = _shorter(estimator)
    pace = _pace(shorter.work + estimator.work, estimator.work)
    tried = yield from _relayed(shorter.run(denoiser, trial), pace)
    weight = _weight(hidden, likelihood.y, trial.start(), tried)
    image = yield from _relayed(estimator.run(denoiser, likelihood), pace)
    return Filled(image, likelihood.start(), weight)


def hide(known: Tensor) -> Tensor:
    """Choose pixels to be hidden: holes, where they are not.

    Parameters
    ----------
    known : Tensor
        True where a pixel is seen, boolean, (1, C, H, W).

    Returns
    -------
    Tensor
        True where one is to be hidden in all channels, (1, 1, H, W).
    """
    whole = known.all(1, keepdim=True)
    holes = ~whole
    hidden = torch.zeros_like(whole)
    height, width = known.shape[-2:]
    for down, right in _SHIFTS:
        shift = int(down * height) + 1, int(right * width) + 1
        hidden |= holes.roll(shift, (-2, -1)) & whole
        if int(hidden.sum()) >= _ENOUGH:
            break
    share = float(hidden.sum()) / max(float(whole.sum()), 1.0)
    if share <= _MOST:
        return hidden
    chance = np.random.default_rng(_SEED).random((height, width)) < _THINNED / share
    return hidden & torch.from_numpy(chance).to(hidden.device)


def _weight(hidden: Tensor, y: Tensor, smooth: Tensor, tried: Tensor) -> Tensor:
    """Return the share of a filling that is nearest to what was hidden, or less."""
    change = torch.where(hidden, tried - smooth, 0.0)
    along = change * (y - smooth)
    power = change.square()
    rest = _ALL_AROUND * hidden.numel() / float(hidden.sum())
    gained, spent = (around(x) + rest * x.mean() for x in (along, power))
    spent = spent.clamp_min(1e-12)
    best = gained / spent
    # How far chance moves the best share.
    off = (along - best.clamp(0, 1) * power).square()
    chance = (around(off) + rest * off.mean()).sqrt() / (spent * _WINDOW**0.5)
    weight: Tensor = (best - _ERRORS * chance).clamp(0, 1)
    return weight


def _shorter(estimator: PlaneEstimator) -> PlaneEstimator:
    """Return the estimator with half the steps, if it has many."""
    if not isinstance(estimator, HQS) or estimator.steps <= _FEWEST_STEPS:
        return estimator
    return replace(estimator, steps=max(-(-estimator.steps // 2), _FEWEST_STEPS))


def _pace(total: int, shown: int) -> Callable[[int], int]:
    """Return what turns steps of all the work into those that are shown."""
    done = 0

    def step(number: int) -> int:
        nonlocal done
        before = done * shown // total
        done = min(done + number, total)
        return done * shown // total - before

    return step


def _relayed(
    steps: Generator[int, None, Tensor], pace: Callable[[int], int]
) -> Generator[int, None, Tensor]:
    run = Run(steps)
    for number in run:
        yield pace(number)
    return run.result
