"""The estimators by name, and the simplest of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

import torch

from napari_flowprior._errors import InputError
from napari_flowprior.restoration._estimator import Estimator, Run, TileEstimator
from napari_flowprior.restoration._latent_map import LatentMAP
from napari_flowprior.restoration._map import MAP
from napari_flowprior.restoration._operators import Identity
from napari_flowprior.restoration._splitting import Splitting
from napari_flowprior.restoration._symmetry import SYMMETRIES, turn, turn_back

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_flowprior.prior import FlowPrior
    from napari_flowprior.restoration._likelihood import GaussianLikelihood

__all__ = ["ESTIMATORS", "MMSE"]


_QUALITIES = ("fast", "best")


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

    def __post_init__(self) -> None:
        if self.quality not in _QUALITIES:
            raise InputError(
                f"quality is {self.quality!r}; choose one of {', '.join(_QUALITIES)}."
            )

    @property
    def work(self) -> int:
        return SYMMETRIES if self.quality == "best" else 1

    def check(self, prior: FlowPrior, degradation: str) -> None:
        if degradation != "noise":
            raise InputError(
                f"The estimator mmse restores noise only, not {degradation}; use map "
                "or latent-map."
            )
        if prior.sigma_max <= 0:
            raise InputError(
                f"The estimator mmse needs a noise-conditioned prior, which "
                f"{prior.name} is not; use map or latent-map."
            )

    def run(self, prior: FlowPrior, likelihood: GaussianLikelihood) -> Run:
        assert isinstance(likelihood.operator, Identity)
        y, sigma = likelihood.y, likelihood.sigma
        if self.quality == "fast":
            estimate = prior.denoise(y, sigma)
            yield
            return estimate
        total = torch.zeros_like(y)
        for number in range(SYMMETRIES):
            total += turn_back(prior.denoise(turn(y, number), sigma), number)
            yield
        return total / SYMMETRIES


ESTIMATORS: Mapping[str, type[Estimator]] = MappingProxyType(
    {kind.name: kind for kind in (MMSE, Splitting, MAP, LatentMAP)}
)
"""Estimators by name."""
