"""From what a user gives, or leaves open, to what the engine needs."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_flowprior._checks import as_array
from napari_flowprior._errors import InputError
from napari_flowprior.data import (
    PlaneView,
    check_image,
    guess_axes,
    has_equal_colours,
    parse_axes,
)
from napari_flowprior.priors import FlowPrior, default_prior
from napari_flowprior.restoration._memory import pixels_per_batch
from napari_flowprior.restoration.degradations import Degradation
from napari_flowprior.restoration.estimators import (
    ESTIMATORS,
    Estimator,
    PlaneEstimator,
    TileEstimator,
)
from napari_flowprior.tiling import TilePlan, balanced_tile

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import DTypeLike

__all__ = [
    "check_degradation",
    "choose_batch_size",
    "choose_estimator",
    "enlarged_shape",
    "fitting_estimators",
    "misfit",
    "open_image",
    "plan_tiles",
    "plane_tile",
    "result_type",
]

_PAPER_TILE, _PAPER_OVERLAP = 64, 8
# Larger tiles gain nothing on either kind of device, and delay a cancel. A score
# network is faster and sees further than the gradient of a flow.
_LARGEST_TILE, _OVERLAP = 128, 16
_LARGEST_NETWORK_TILE, _NETWORK_OVERLAP = 256, 32
# On planes, the overlap comes on top: as much is left of the largest tile.
_ON_PLANES = 1.25


def open_image(
    image: Any,
    prior: FlowPrior | str | Path,
    axes: str | None,
    degradation: Degradation | None = None,
) -> tuple[Any, PlaneView, FlowPrior]:
    """Check the image and the axes, load the prior, and join both."""
    if not hasattr(image, "dtype"):
        image = as_array("The image", image)
    check_image(image)
    shape = tuple(image.shape)
    axes = guess_axes(shape, image.dtype) if axes is None else parse_axes(axes, shape)
    equal: bool | None = None
    if isinstance(prior, str) and prior == "auto":
        rounds = degradation is not None and degradation.rounds_anywhere
        equal = has_equal_colours(image, axes)
        prior = default_prior(image, axes, together=rounds, equal=equal)
    if not isinstance(prior, FlowPrior | str | PathLike):
        raise InputError(
            f"The prior is {prior!r}; pass a FlowPrior, the name of a shipped one, or "
            "the path of a file."
        )
    if not isinstance(prior, FlowPrior):
        prior = FlowPrior.load(prior)
    joint = prior.channels == 3
    if equal is None:
        equal = not joint and has_equal_colours(image, axes)
    alike = equal and not joint
    return image, PlaneView(image, axes, joint, alike=alike), prior


def result_type(dtype: DTypeLike | None, image: Any) -> np.dtype[Any]:
    """Find the type of the result."""
    if dtype is None:
        dtype = image.dtype
    kind: np.dtype[Any] | None
    try:
        kind = np.dtype(dtype)
    except TypeError:
        kind = None
    if kind is None or kind.kind not in "biuf":
        raise InputError(
            f"The result cannot be of type {dtype!r}; choose a boolean, integer or "
            "floating one, such as float32."
        )
    return kind


def enlarged_shape(axes: str, shape: tuple[int, ...], factor: int) -> tuple[int, ...]:
    """Find the shape of a result with `factor` times as many rows and columns."""
    sides = zip(axes, shape, strict=True)
    return tuple(size * factor if a in "YX" else size for a, size in sides)


def check_degradation(degradation: Degradation) -> Degradation:
    """Refuse what is no degradation."""
    if not isinstance(degradation, Degradation):
        raise InputError(
            f"The degradation is {degradation!r}; pass one such as Noise(sigma=25)."
        )
    return degradation


def choose_estimator(
    estimator: Estimator | str, degradation: Degradation, prior: FlowPrior
) -> Estimator:
    """Find the estimator for a degradation and a prior."""
    check_degradation(degradation)
    if isinstance(estimator, str) and estimator == "auto":
        name, options = degradation.default_estimator(prior)
        estimator = _make(name, options)
    elif not isinstance(estimator, Estimator):
        estimator = _make(estimator, {})
    if reason := misfit(estimator, degradation):
        raise InputError(reason)
    return estimator


def _make(name: object, options: Mapping[str, Any]) -> Estimator:
    if not isinstance(name, str) or name not in ESTIMATORS:
        raise InputError(
            f"The estimator {name!r} is unknown; choose auto or one of "
            f"{list(ESTIMATORS)}."
        )
    return ESTIMATORS[name](**options)


def plan_tiles(
    view: PlaneView,
    prior: FlowPrior,
    estimator: Estimator,
    tile: int | tuple[int, int] | None,
    overlap: int | None,
) -> TilePlan:
    """Lay tiles over the image, as the user or the estimator wants them."""
    wanted = (
        tile if tile is not None else _PAPER_TILE if _paper_tiles(estimator) else None
    )
    if overlap is None:
        overlap = _default_overlap(prior, estimator, tile)
    if wanted is not None:
        return TilePlan.fit(view.samples, view.shape, wanted, overlap, prior.stride)
    height, width = (
        balanced_tile(size, _largest_tile(prior), overlap, prior.stride)
        for size in view.shape
    )
    return TilePlan(
        samples=view.samples,
        shape=view.shape,
        tile=(height, width),
        overlap=overlap,
        stride=prior.stride,
    )


def plane_tile(prior: FlowPrior, tile: int | tuple[int, int] | None) -> int:
    """Find the largest side of a tile for estimators on planes."""
    if tile is None:
        return int(_ON_PLANES * _largest_tile(prior))
    return int(np.max(tile))


def _paper_tiles(estimator: Estimator) -> bool:
    return isinstance(estimator, TileEstimator) and estimator.paper_tiles


def _largest_tile(prior: FlowPrior) -> int:
    return _LARGEST_NETWORK_TILE if prior.has_score_network else _LARGEST_TILE


def _default_overlap(
    prior: FlowPrior, estimator: Estimator, tile: int | tuple[int, int] | None
) -> int:
    overlap = _NETWORK_OVERLAP if prior.has_score_network else _OVERLAP
    if _paper_tiles(estimator):
        overlap = _PAPER_OVERLAP
    if tile is None:
        return overlap
    # A default must not make a tile that the user chose impossible.
    return max(0, min(overlap, (int(np.min(tile)) - 1) // 4 * 2))


def choose_batch_size(chosen: int | None, plan: TilePlan, prior: FlowPrior) -> int:
    """Find how many tiles to work on at a time."""
    if chosen is None:
        height, width = plan.tile
        pixels = pixels_per_batch(prior.flow.config, prior.device)
        return max(1, pixels // (height * width))
    return chosen


def fitting_estimators(degradation: Degradation | type[Degradation]) -> list[str]:
    """Return which estimators can restore a degradation.

    Parameters
    ----------
    degradation : Degradation or type
        The degradation, or a kind of it.

    Returns
    -------
    list of str
        Keys of `ESTIMATORS`.

    Examples
    --------
    >>> from napari_flowprior.restoration import Blur, fitting_estimators
    >>> fitting_estimators(Blur)
    ['hqs', 'annealing', 'sampled-mean']
    """
    kinds = ESTIMATORS.items()
    return [name for name, kind in kinds if not _obstacle(kind, degradation)]


def misfit(
    estimator: Estimator | type[Estimator], degradation: Degradation | type[Degradation]
) -> str:
    """Say why an estimator cannot restore a degradation.

    Parameters
    ----------
    estimator : Estimator or type
        The estimator, or a kind of it.
    degradation : Degradation or type
        The degradation, or a kind of it.

    Returns
    -------
    str
        A sentence; empty if it can.
    """
    kind = estimator if isinstance(estimator, type) else type(estimator)
    if obstacle := _obstacle(kind, degradation):
        others = ", ".join(fitting_estimators(degradation))
        return f"The estimator {kind.name} {obstacle}; use {others} or auto."
    return ""


def _obstacle(
    kind: type[Estimator], degradation: Degradation | type[Degradation]
) -> str:
    if kind.only_noise and not degradation.only_noise:
        return f"restores noise only, not {degradation.name}"
    uneven = isinstance(degradation, Degradation) and degradation.uneven
    if uneven and not kind.heeds_levels:
        return "takes all pixels to be equally noisy, which these are not"
    if degradation.blind and not kind.heeds_strength:
        return f"takes errors for white noise, not for those of {degradation.name}"
    if degradation.whole_planes and not issubclass(kind, PlaneEstimator):
        return f"works tile by tile, but {degradation.name} reaches across tiles"
    return ""
