"""From the description of a run to the engine of each part of an image."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import torch

from napari_flowprior._errors import InputError
from napari_flowprior.restoration._memory import free_memory
from napari_flowprior.restoration.engine._blocks import largest_block
from napari_flowprior.restoration.engine._plane_engine import PlaneEngine
from napari_flowprior.restoration.engine._sampling_engine import SamplingEngine
from napari_flowprior.restoration.engine._setup import (
    check_degradation,
    choose_batch_size,
    choose_estimator,
    plan_tiles,
    plane_tile,
)
from napari_flowprior.restoration.engine._tile_engine import Engine
from napari_flowprior.restoration.estimators import (
    PlaneEstimator,
    Sampling,
    TileEstimator,
)

if TYPE_CHECKING:
    from napari_flowprior.data import PlaneView
    from napari_flowprior.priors import FlowPrior
    from napari_flowprior.restoration.degradations import Degradation
    from napari_flowprior.restoration.engine._parts import Part
    from napari_flowprior.restoration.engine._region_sums import RegionSums
    from napari_flowprior.restoration.engine._run_options import RestoreOptions
    from napari_flowprior.restoration.estimators import Estimator
    from napari_flowprior.tiling import TilePlan

__all__ = [
    "check_fit",
    "choose_block",
    "make_engine",
    "make_sampling_engine",
    "plane_memory",
]

# Weaker noise, normalised, shows in no float32, and its square may be 0 there.
_FAINTEST = 1e-9
# How far noise may be below the least level that a prior knows: levels are estimated.
_BELOW = 0.8
_GIB = 2**30
_SHARE = 0.5
# Side of blocks, pixels, that planes are not cut into.
_WHOLE = 2**16
# What an estimator of planes needs at most for each value of the result; measured.
_BYTES_PER_VALUE = 300


def check_fit(
    options: RestoreOptions,
    view: PlaneView,
    prior: FlowPrior,
    degradation: Degradation,
) -> None:
    """Refuse what does not fit, before the image is looked at.

    Parameters
    ----------
    options : RestoreOptions
        The description of the run.
    view : PlaneView
        The image.
    prior : FlowPrior
        The prior.
    degradation : Degradation
        As it was given.

    Raises
    ------
    InputError
        If something does not fit.
    """
    estimator = _estimator(options, check_degradation(degradation), prior)
    estimator.check(prior)
    _plan(options, view, prior, estimator)


def make_engine(
    options: RestoreOptions, part: Part, prior: FlowPrior
) -> Engine | PlaneEngine:
    """Make the engine that restores a part, of tiles or of planes.

    Parameters
    ----------
    options : RestoreOptions
        The description of the run.
    part : Part
        What was found of it.
    prior : FlowPrior
        The prior, on its device.

    Returns
    -------
    Engine or PlaneEngine
        By the estimator.
    """
    estimator = _estimator(options, part.degradation, prior)
    plan = _plan(options, part.view, prior, estimator)
    shared = _shared(options, part, prior, estimator, plan)
    if isinstance(estimator, PlaneEstimator):
        side = plane_tile(prior, options.tile)
        return PlaneEngine(
            estimator=estimator,
            side=side,
            overlap=plan.overlap,
            block=choose_block(options.memory, part, prior),
            **shared,
        )
    assert isinstance(estimator, TileEstimator)
    if estimator.one_by_one:
        shared["batch_size"] = 1
    return Engine(estimator=estimator, plan=plan, **shared)


def choose_block(memory: float | None, part: Part, prior: FlowPrior) -> int:
    """Choose how large a block of a plane may be that is worked on at a time.

    Parameters
    ----------
    memory : float or None
        What may be used, in GiB; half of what is free if nothing is said.
    part : Part
        What is restored.
    prior : FlowPrior
        The prior, on its device.

    Returns
    -------
    int
        Largest side, pixels of the image.
    """
    values = part.view.channels * part.degradation.enlargement**2
    return _block(memory, values, prior.device)


def plane_memory(
    shape: tuple[int, int], values: float, memory: float | None, device: str
) -> float:
    """Return how much memory planes take that are worked on whole, or in blocks.

    Parameters
    ----------
    shape : tuple of int
        (Y, X) of a plane of the image, pixels.
    values : float
        How many values of the result there are for each of them.
    memory : float or None
        What may be used, in GiB; half of what is free if nothing is said.
    device : str
        What computes.

    Returns
    -------
    float
        Bytes at most.

    Examples
    --------
    >>> from napari_flowprior.restoration.engine import plane_memory
    >>> plane_memory((512, 512), 3, 1.0, "cpu") / 2**20
    225.0
    """
    side = _block(memory, values, torch.device(device))
    return _BYTES_PER_VALUE * values * min(prod(shape), side**2)


def _block(memory: float | None, values: float, device: torch.device) -> int:
    budget = _SHARE * free_memory(device) if memory is None else memory * _GIB
    return largest_block(budget / (_BYTES_PER_VALUE * values))


def make_sampling_engine(
    options: RestoreOptions,
    part: Part,
    prior: FlowPrior,
    regions: RegionSums | None = None,
) -> SamplingEngine:
    """Make the engine that samples the posterior of a part.

    Parameters
    ----------
    options : RestoreOptions
        The description of the run, whose estimator is `Sampling`.
    part : Part
        What was found of it.
    prior : FlowPrior
        The prior, on its device.
    regions : RegionSums, optional
        What sums the samples up.

    Returns
    -------
    SamplingEngine
        The engine.
    """
    assert isinstance(options.estimator, Sampling)
    plan = _plan(options, part.view, prior, options.estimator)
    # Sums over regions are of samples of whole planes.
    whole = regions is not None
    shared = {
        "side": plane_tile(prior, options.tile),
        "overlap": plan.overlap,
        "block": _WHOLE if whole else choose_block(options.memory, part, prior),
        **_shared(options, part, prior, options.estimator, plan),
    }
    usual = choose_estimator("auto", part.degradation, prior)
    best = None
    if isinstance(usual, PlaneEstimator):
        best = PlaneEngine(estimator=usual, **shared)
    return SamplingEngine(
        estimator=options.estimator, regions=regions, best=best, **shared
    )


def _plan(
    options: RestoreOptions, view: PlaneView, prior: FlowPrior, estimator: Estimator
) -> TilePlan:
    return plan_tiles(view, prior, estimator, options.tile, options.overlap)


def _shared(
    options: RestoreOptions,
    part: Part,
    prior: FlowPrior,
    estimator: Estimator,
    plan: TilePlan,
) -> dict[str, Any]:
    """Return what engines of all kinds are told of a part."""
    sigma = _visible(part.sigma / part.scale.gain)
    _check_level(prior, estimator, sigma)
    return {
        "view": part.view,
        "scale": part.scale,
        "prior": prior,
        "degradation": part.degradation,
        "observation": part.observation,
        "sigma": sigma,
        "batch_size": choose_batch_size(options.batch_size, plan, prior),
        "few_levels": part.few_levels,
    }


def _check_level(prior: FlowPrior, estimator: Estimator, sigma: float) -> None:
    """Refuse levels of noise below those that a prior has ever met."""
    least = prior.sigma_min
    if not least:
        return
    at_once = isinstance(estimator, TileEstimator) and estimator.mean
    if at_once and (sigma == 0 or sigma >= _BELOW * least):
        return
    asked = (
        f"this image has noise of {255 * sigma:.3g}"
        if at_once
        else f"the estimator {estimator.name} asks for weaker noise, as all but mmse do"
    )
    raise InputError(
        f"The prior {prior.name} was trained on noisy images alone, and knows no noise "
        f"below a level of {255 * least:.3g} of 255; {asked}. Choose another prior, or "
        "adapt one to these images."
    )


def _visible(sigma: float) -> float:
    """Return the level of noise, or 0 where it is lost in the rounding of float32."""
    return sigma if sigma > _FAINTEST else 0.0


def _estimator(
    options: RestoreOptions, degradation: Degradation, prior: FlowPrior
) -> Estimator:
    if isinstance(options.estimator, Sampling):
        return options.estimator
    return choose_estimator(options.estimator, degradation, prior)
