"""The estimators by name, and the simplest of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor

from napari_flowprior._errors import InputError
from napari_flowprior.restoration._annealing import Annealing
from napari_flowprior.restoration._discrepancy import Discrepancy
from napari_flowprior.restoration._estimator import (
    Estimator,
    PlaneEstimator,
    Run,
    TileEstimator,
)
from napari_flowprior.restoration._latent_map import LatentMAP
from napari_flowprior.restoration._map import MAP
from napari_flowprior.restoration._sampled_mean import SampledMean
from napari_flowprior.restoration._splitting import Splitting
from napari_flowprior.restoration._symmetry import SYMMETRIES, turn, turn_back
from napari_flowprior.restoration.degradations import Degradation
from napari_flowprior.restoration.operators import Identity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_flowprior.priors import FlowPrior
    from napari_flowprior.restoration.likelihoods import GaussianLikelihood

__all__ = ["ESTIMATORS", "MMSE", "fitting_estimators", "misfit"]


_QUALITIES = ("fast", "best")
# Between neighbouring levels of a map the mean changes almost linearly.
_LEVEL_RATIO_LOG = math.log(1.3)
# Normalised; a quarter of a step of 8 bits.
_FAINT = 0.25 / 255


@dataclass(frozen=True, kw_only=True)
class MMSE(TileEstimator):
    """Posterior mean for Gaussian noise, in one step.

    ``E[x | y] = y + sigma^2 * grad log p_sigma(y)`` (Tweedie), where p_sigma is the
    density of noisy images. Its gradient comes from the prior's score network or, in a
    prior without one, from the noise-conditioned flow itself. It minimises the expected
    squared error, so it has the best PSNR, and it is instant.

    The posterior mean of a mirrored image is the mirrored posterior mean, which a
    network meets only about; "best" takes the mean over the eight symmetries of a
    square. (Shifting the grid of its coarse pixels too gains nothing measurable.)

    Where the noise level differs from pixel to pixel, a network that was trained on
    maps of levels is told the map. With other priors, the means at several levels are
    interpolated in each pixel. That is exact where the level varies over distances
    that are long for the prior, and an approximation elsewhere.

    Parameters
    ----------
    quality : {"fast", "best"}
        One pass through the network, or the mean of eight.
    """

    quality: str = field(
        default="fast",
        metadata={
            "label": "Quality",
            "help": "One pass, or the mean over eight turned and mirrored images: "
            "somewhat better, eight times as long.",
            "choices": _QUALITIES,
        },
    )
    name: ClassVar[str] = "mmse"
    label: ClassVar[str] = "Posterior mean"
    only_noise: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.quality not in _QUALITIES:
            raise InputError(
                f"quality is {self.quality!r}; choose one of {', '.join(_QUALITIES)}."
            )

    @property
    def work(self) -> int:
        return SYMMETRIES if self.quality == "best" else 1

    def check(self, prior: FlowPrior, degradation: str) -> None:
        if prior.sigma_max <= 0:
            raise InputError(
                f"The estimator mmse needs a noise-conditioned prior, which "
                f"{prior.name} is not; use map or latent-map."
            )

    def run(self, prior: FlowPrior, likelihood: GaussianLikelihood) -> Run:
        assert isinstance(likelihood.operator, Identity)
        levels = likelihood.levels
        if levels is None:
            return (yield from self._mean(prior, likelihood, likelihood.sigma))
        if prior.takes_maps and bool((levels == levels[:, :1]).all()):
            return (yield from self._mean(prior, likelihood, levels[:, :1]))
        return (yield from self._varying(prior, likelihood, levels))

    def _mean(
        self, prior: FlowPrior, likelihood: GaussianLikelihood, sigma: float | Tensor
    ) -> Run:
        y, cut = likelihood.y, (likelihood.clipped, likelihood.clipped)
        if self.quality == "fast":
            estimate = prior.denoise(y, sigma, cut)
            yield
            return estimate
        total = torch.zeros_like(y)
        for number in range(SYMMETRIES):
            level = turn(sigma, number) if isinstance(sigma, Tensor) else sigma
            total += turn_back(prior.denoise(turn(y, number), level, cut), number)
            yield
        return total / SYMMETRIES

    def _varying(
        self, prior: FlowPrior, likelihood: GaussianLikelihood, levels: Tensor
    ) -> Run:
        """Interpolate between the means at levels that all tiles share."""
        y, top = likelihood.y, likelihood.sigma
        # All may be fainter than what is told apart.
        ratio = (top / levels.clamp_min(_FAINT)).clamp_min(1)
        place = ratio.log() / _LEVEL_RATIO_LOG
        estimate = torch.zeros_like(y)
        for number in range(int(place.max().ceil()) + 1):
            weight = (1 - (place - number).abs()).clamp_min(0)
            if bool((weight > 0).any()):
                level = top * math.exp(-number * _LEVEL_RATIO_LOG)
                mean = yield from self._mean(prior, likelihood, level)
                estimate += weight * mean
        return torch.where(levels > 0, estimate, y)


ESTIMATORS: Mapping[str, type[Estimator]] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            MMSE,
            Splitting,
            Annealing,
            SampledMean,
            MAP,
            LatentMAP,
            Discrepancy,
        )
    }
)
"""Estimators by name."""


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
    if degradation.whole_planes and not issubclass(kind, PlaneEstimator):
        return f"works tile by tile, but {degradation.name} reaches across tiles"
    return ""
