"""The posterior mean under Gaussian noise, in one step."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import torch
from torch import Tensor

from napari_flowprior._options import Hint
from napari_flowprior.restoration.estimators._base import TileEstimator
from napari_flowprior.restoration.estimators._dihedral import (
    DIHEDRAL_TRANSFORMS,
    dihedral,
    undo_dihedral,
)
from napari_flowprior.restoration.operators import Identity

if TYPE_CHECKING:
    from napari_flowprior.priors import FlowPrior
    from napari_flowprior.restoration.estimators._runs import Run
    from napari_flowprior.restoration.likelihoods import GaussianLikelihood

__all__ = ["MMSE"]


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
    network meets only about; "best" takes the mean over the eight dihedral transforms.
    (Shifting the grid of its coarse pixels too gains nothing measurable.)

    Where the noise level differs from pixel to pixel, a network that was trained on
    maps of levels is told the map. With other priors, the means at several levels are
    interpolated in each pixel. That is exact where the level varies over distances
    that are long for the prior, and an approximation elsewhere.

    Parameters
    ----------
    quality : {"fast", "best"}
        One pass through the network, or the mean of eight.
    """

    quality: Annotated[
        Literal["fast", "best"],
        Hint(
            label="Quality",
            help="One pass, or the mean over eight rotated and mirrored images: "
            "somewhat better, eight times as long.",
        ),
    ] = "fast"
    name: ClassVar[str] = "mmse"
    label: ClassVar[str] = "Posterior mean"
    only_noise: ClassVar[bool] = True
    mean: ClassVar[bool] = True

    @property
    def work(self) -> int:
        return DIHEDRAL_TRANSFORMS if self.quality == "best" else 1

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
        y, cut = likelihood.y, likelihood.clipped
        if self.quality == "fast":
            estimate = prior.denoise(y, sigma, cut)
            yield
            return estimate
        total = torch.zeros_like(y)
        for number in range(DIHEDRAL_TRANSFORMS):
            level = dihedral(sigma, number) if isinstance(sigma, Tensor) else sigma
            total += undo_dihedral(
                prior.denoise(dihedral(y, number), level, cut), number
            )
            yield
        return total / DIHEDRAL_TRANSFORMS

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
