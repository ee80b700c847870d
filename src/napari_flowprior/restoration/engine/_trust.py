"""Whether a posterior mean takes out more than the noise that there is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import torch

from napari_flowprior.data import PlaneView
from napari_flowprior.restoration.estimators import SelfTest
from napari_flowprior.restoration.noise import estimate_noise, finest_scale

if TYPE_CHECKING:
    from torch import Tensor

    from napari_flowprior.priors import FlowPrior
    from napari_flowprior.restoration.likelihoods import GaussianLikelihood

__all__ = ["Trust"]

# Side of the windows, pixels, in which the variance of what is taken out is measured;
# where to begin to doubt it, relative to that of the noise, as it is not so large by
# chance, and where not to trust it by itself at all.
_WINDOW = 32
_NO_DOUBT, _ALL_DOUBT = 1.15, 1.3
# How much stronger noise may be than is told, as far as an image itself shows; and how
# much more there must be at its finest scale, which is then detail.
_AS_TOLD, _DETAILED = 1.15, 1.5


@dataclass(frozen=True)
class Trust:
    """Takes back what cannot be noise, as the dots of dithers.

    What a posterior mean takes out of an image is a part of the noise, and of no
    greater variance. If it is more, either noise is stronger than was told, or detail
    is taken for noise. It is the latter if noise is as strong as was told, measured
    where an image holds nothing else, and there is far more at its finest scale; then a
    change counts as far as Stein's estimate of the error allows, see `SelfTest`.

    Parameters
    ----------
    view : PlaneView
        The image.
    level : float
        Standard deviation of its noise, in its units.
    """

    view: PlaneView
    level: float

    def look(self) -> None:
        """Look at the image now, and not when a change is first doubted."""
        _ = self._detailed

    def limit(
        self, prior: FlowPrior, likelihood: GaussianLikelihood, estimate: Tensor
    ) -> Tensor:
        """Take back changes that are too large.

        Parameters
        ----------
        prior : FlowPrior
            The prior that made the estimate.
        likelihood : GaussianLikelihood
            The data term of a batch of tiles, under noise of one level.
        estimate : Tensor
            Its posterior mean, (B, C, H, W).

        Returns
        -------
        Tensor
            The estimate, or what is between it and the observation.
        """
        doubt = _doubt((estimate - likelihood.y) / likelihood.sigma)
        doubtful = (doubt > 0).nonzero()[:, 0]
        if not len(doubtful) or not self._detailed:
            return estimate
        y, made = likelihood.y[doubtful], estimate[doubtful]
        test = SelfTest(y, likelihood.sigma, white=True, highest=prior.sigma_max)
        cut = likelihood.clipped
        answers = [prior.denoise(probe, test.level, cut) for probe in test.probes]
        weight = test.weight(answers, made)
        limited = estimate.clone()
        limited[doubtful] += doubt[doubtful, None, None, None] * (
            (1 - weight) * (y - made)
        )
        return limited

    @cached_property
    def _detailed(self) -> bool:
        """Whether the image holds much more than noise at its finest scale."""
        # A level that was told is close to what is measured, but not equal to it.
        as_told = estimate_noise(self.view) < _AS_TOLD * self.level
        return as_told and finest_scale(self.view) > _DETAILED * self.level


def _doubt(relative: Tensor) -> Tensor:
    """Return how much more a change is somewhere than noise, from 0 to 1, (B,)."""
    power = relative.square().mean(1, keepdim=True)
    window = min(_WINDOW, *power.shape[-2:])
    local = torch.nn.functional.avg_pool2d(power, window, max(1, window // 2))
    most = local.amax((1, 2, 3))
    return ((most - _NO_DOUBT) / (_ALL_DOUBT - _NO_DOUBT)).clamp(0, 1)
