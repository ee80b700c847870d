"""Posterior mean of planes, as the mean of what random images become."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np

from napari_flowprior._generators import relay
from napari_flowprior._options import Hint
from napari_flowprior.restoration._random import paired
from napari_flowprior.restoration.estimators._base import PlaneEstimator
from napari_flowprior.restoration.estimators._dihedral import dihedral, undo_dihedral

if TYPE_CHECKING:
    from torch import Tensor

    from napari_flowprior.priors import FlowPrior
    from napari_flowprior.restoration.estimators._plane_denoiser import PlaneDenoiser
    from napari_flowprior.restoration.estimators._runs import PlaneRun
    from napari_flowprior.restoration.likelihoods import Likelihood

__all__ = ["SampledMean"]


@dataclass(frozen=True, kw_only=True)
class SampledMean(PlaneEstimator):
    """Mean of chains in which random images that explain the data are denoised.

    In each step of a chain an image z is drawn from ``p(y | z) N(z; x, s^2)``, so that
    it explains the observation and has noise of the level s wherever that leaves it
    free; then ``x <- E[x | z]`` by the prior. This is split Gibbs sampling, but that
    the prior gives its mean in place of a sample. s falls geometrically from `first` to
    `last`, as multiples of the level that the damage looks like; the result is the mean
    of the last x of all chains. Single images have detail that is not there, while the
    mean has that which all of them agree on, hence the better PSNR. Chains come in
    pairs of opposite random numbers, which agree on the mean far sooner: photographs
    that were compressed as JPEG gain 0.1 dB and more over four independent chains.

    Parameters
    ----------
    steps : int
        Steps of a chain.
    chains : int
        Number of chains, best an even one; more are better and take longer.
    first, last : float
        First and last level, relative to that of the damage.
    seed : int
        Of all random numbers.

    References
    ----------
    Vono, Dobigeon and Chainais, *Split-and-augmented Gibbs sampler* (2019); Coeurdoux,
    Dobigeon and Chainais, *Plug-and-play split Gibbs sampler* (2023).
    """

    steps: Annotated[
        int, Hint(label="Steps", help="Steps of a chain.", least=1, most=10_000)
    ] = 4
    chains: Annotated[
        int,
        Hint(
            label="Chains",
            help="Number of chains whose mean is taken; more are better and slower.",
            least=1,
            most=10_000,
        ),
    ] = 2
    first: Annotated[
        float,
        Hint(
            label="First noise level",
            help="First level of a chain.",
            unit="times that of the damage",
            least=1e-2,
            most=100.0,
        ),
    ] = 1.5
    last: Annotated[
        float,
        Hint(
            label="Last noise level",
            help="Last level of a chain.",
            unit="times that of the damage",
            least=1e-2,
            most=100.0,
        ),
    ] = 0.7
    seed: Annotated[
        int, Hint(label="Seed", help="Seed of all random numbers.", least=0)
    ] = 0
    name: ClassVar[str] = "sampled-mean"
    label: ClassVar[str] = "Sampled mean"

    @property
    def work(self) -> int:
        return self.steps * self.chains

    def schedule(self, prior: FlowPrior, likelihood: Likelihood) -> list[float]:
        """Return the noise levels s of the steps of a chain.

        Parameters
        ----------
        prior : FlowPrior
            A noise-conditioned prior.
        likelihood : Likelihood
            The data term, which says what level the damage looks like.

        Returns
        -------
        list of float
            One level per step, normalised units.
        """
        first, last = (
            min(factor * likelihood.first_level, prior.sigma_max)
            for factor in (self.first, self.last)
        )
        if self.steps == 1:
            return [last]
        return [float(level) for level in np.geomspace(first, last, self.steps)]

    def run(self, denoiser: PlaneDenoiser, likelihood: Likelihood) -> PlaneRun:
        if likelihood.first_level == 0:
            yield self.work
            return likelihood.start()
        levels = self.schedule(denoiser.prior, likelihood)
        total: Tensor | float = 0.0
        for chain in range(self.chains):
            rng = paired(self.seed, chain)
            x = likelihood.start()
            for step, level in enumerate(levels):
                z = dihedral(likelihood.draw(x, level, rng), chain + step)
                run = denoiser.run(z, level, chain * self.steps + step)
                x = undo_dihedral((yield from relay(run, 0)), chain + step)
                yield 1
            total = total + x / self.chains
        assert not isinstance(total, float)
        return total
