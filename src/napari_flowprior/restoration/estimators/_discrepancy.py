"""The discrepancy principle: change an image by as much as it is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

import torch

from napari_flowprior._generators import relay
from napari_flowprior._options import Hint
from napari_flowprior.restoration.estimators._base import PlaneEstimator

if TYPE_CHECKING:
    from torch import Tensor

    from napari_flowprior.restoration.estimators._plane_denoiser import PlaneDenoiser
    from napari_flowprior.restoration.estimators._runs import PlaneRun
    from napari_flowprior.restoration.likelihoods import Likelihood

__all__ = ["Discrepancy"]

# Lowest level that is tried, as a multiple of the strength of the error.
_LOWEST = 0.25


@dataclass(frozen=True, kw_only=True)
class Discrepancy(PlaneEstimator):
    """Posterior mean at the level at which it differs from y by as much as y is wrong.

    ``x = E_s[x | y]``, the prior's estimate as if y had white noise of level s, with
    the s at which the root mean square of ``x - y`` is sigma, found by bisection of
    its logarithm from sigma / 4 to `highest` times sigma. For white noise s is a little
    above sigma, as the posterior mean does not take all of the noise out; for other
    errors it is whatever the prior needs to see them.

    Parameters
    ----------
    steps : int
        How many levels are tried; each halves the interval.
    highest : float
        Highest level, relative to sigma. Far above it, drawings and textures are
        smoothed away before the change is as strong as the error.

    References
    ----------
    Engl, Hanke and Neubauer, *Regularization of Inverse Problems* (1996), chapter 4.3.
    """

    steps: Annotated[
        int,
        Hint(
            label="Steps",
            help="How many levels are tried; each halves the interval.",
            least=1,
            most=50,
        ),
    ] = 7
    highest: Annotated[
        float,
        Hint(
            label="Highest noise level",
            help="Highest level that is tried.",
            unit="times the strength of the error",
            least=0.3,
            most=100.0,
        ),
    ] = 1.25
    name: ClassVar[str] = "discrepancy"
    label: ClassVar[str] = "Discrepancy"
    only_noise: ClassVar[bool] = True

    @property
    def work(self) -> int:
        return self.steps

    def run(self, denoiser: PlaneDenoiser, likelihood: Likelihood) -> PlaneRun:
        y, sigma = likelihood.start(), likelihood.sigma
        low = sigma * _LOWEST
        high = min(sigma * self.highest, denoiser.prior.sigma_max)
        estimate: Tensor = y
        if sigma == 0:
            yield self.steps
            return y
        for _ in range(self.steps):
            level = (low * high) ** 0.5
            # The grid of tiles stays, so that only the level makes a difference.
            estimate = yield from relay(denoiser.run(y, level, 0), 0)
            change = float(torch.sqrt((estimate - y).square().mean()))
            low, high = (level, high) if change < sigma else (low, level)
            yield 1
        return estimate
