"""The estimators by name, and the simplest of them."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from napari_flowprior._errors import InputError
from napari_flowprior.restoration._estimator import Estimator, Run
from napari_flowprior.restoration._latent_map import LatentMAP
from napari_flowprior.restoration._map import MAP
from napari_flowprior.restoration._operators import Identity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_flowprior.prior import FlowPrior
    from napari_flowprior.restoration._likelihood import GaussianLikelihood

__all__ = ["ESTIMATORS", "MMSE"]


@dataclass(frozen=True, kw_only=True)
class MMSE(Estimator):
    """Posterior mean for Gaussian noise, in one step.

    ``E[x | y] = y + sigma^2 * grad log p_sigma(y)`` (Tweedie), where p_sigma is the
    density of noisy images that a noise-conditioned flow represents. It minimises the
    expected squared error, so it has the best PSNR, and it is instant.
    """

    name: ClassVar[str] = "mmse"
    label: ClassVar[str] = "Posterior mean"

    @property
    def work(self) -> int:
        return 1

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
        estimate = prior.denoise(likelihood.y, likelihood.sigma)
        yield
        return estimate


ESTIMATORS: Mapping[str, type[Estimator]] = MappingProxyType(
    {kind.name: kind for kind in (MMSE, MAP, LatentMAP)}
)
"""Estimators by name."""
