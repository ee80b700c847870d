"""Plug-and-play for holes: the image is kept as noisy as the prior is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
import torch

from napari_flowprior._generators import relay
from napari_flowprior._options import RANGE, Hint
from napari_flowprior.restoration._random import normal, paired
from napari_flowprior.restoration.estimators._dihedral import dihedral, undo_dihedral
from napari_flowprior.restoration.estimators._hints import LastLevel, Steps
from napari_flowprior.restoration.estimators._hqs import HQS

if TYPE_CHECKING:
    from napari_flowprior.priors import FlowPrior
    from napari_flowprior.restoration.estimators._plane_denoiser import PlaneDenoiser
    from napari_flowprior.restoration.estimators._runs import PlaneRun
    from napari_flowprior.restoration.likelihoods import Likelihood

__all__ = ["Annealing"]

# What fills a hole may be a little darker or brighter than black, white and all that is
# seen.
_BEYOND = 0.1


@dataclass(frozen=True, kw_only=True)
class Annealing(HQS):
    """Plug-and-play with noise: before a step, noise is added that it will take out.

    What fills a hole has no noise, but `HQS` denoises it as if it had. A network
    has never seen that; over many steps at high levels it may make up something, and
    far from what is seen nothing holds it back. So each step adds noise of the level s,
    times a share that falls from 1 to 0 with the steps that are left. The image then
    goes further than the denoiser says, which spreads what is known faster. In
    photographs this fills large holes far better than `HQS` and `MAP`, which
    diverge in some of them. What the data change in a step, but for the last, is
    carried on into the holes: where few pixels are seen, the random errors of the steps
    would add up in between, and in smooth images that costs 10 dB and more. Chains come
    in pairs that add opposite noise: two are about as good as four independent ones.

    Parameters
    ----------
    steps : int
        Number of steps; 16 to 32 do.
    prior_weight : float
        Weight of the prior against noisy data.
    smallest : float
        Last level of noise-free observations, normalised units; noisy ones end at
        their own level if that is higher.
    rest : float
        Noise that is left in the result, as a share of that of the observation; it is
        taken out by a last denoising, unless 0.
    first : float
        First level, normalised units.
    relaxation : float
        Factor of the changes that the denoiser makes, 1 to 2; 1 in the last step.
    chains : int
        Number of chains whose mean is taken, best an even one; two fill in half of the
        pixels of photographs better than one, in twice the time.
    seed : int
        Of the noise.

    References
    ----------
    Renaud et al., *Plug-and-play image restoration with stochastic denoising
    regularization* (2024). The spreading of changes is our own.
    """

    steps: Steps = 24
    smallest: LastLevel = 0.002
    first: Annotated[
        float,
        Hint(
            label="First noise level",
            help="Noise level at which the schedule begins.",
            unit=RANGE,
            least=1e-4,
            most=1.0,
        ),
    ] = 30 / 255
    relaxation: Annotated[
        float,
        Hint(
            label="Relaxation",
            help="How much further than the denoiser says the image goes.",
            least=1.0,
            most=2.0,
        ),
    ] = 1.5
    chains: Annotated[
        int,
        Hint(
            label="Chains",
            help="Number of chains whose mean is taken; more are better and slower.",
            least=1,
            most=10_000,
        ),
    ] = 2
    seed: Annotated[
        int, Hint(label="Seed", help="Seed of the noise that is added.", least=0)
    ] = 0
    name: ClassVar[str] = "annealing"
    label: ClassVar[str] = "Annealed HQS"

    @property
    def work(self) -> int:
        return self.steps * self.chains + 1

    def schedule(self, prior: FlowPrior, likelihood: Likelihood) -> list[float]:
        last = min(max(likelihood.sigma, self.smallest), prior.sigma_max)
        first = min(max(self.first, last), prior.sigma_max)
        if self.steps == 1:
            return [last]
        return [float(level) for level in np.geomspace(first, last, self.steps)]

    def run(self, denoiser: PlaneDenoiser, likelihood: Likelihood) -> PlaneRun:
        mean = torch.zeros_like(likelihood.start())
        for chain in range(self.chains):
            x = yield from self._chain(denoiser, likelihood, chain)
            mean = mean + x / self.chains
        return (yield from self.finish(denoiser, likelihood, mean))

    def _chain(
        self, denoiser: PlaneDenoiser, likelihood: Likelihood, chain: int
    ) -> PlaneRun:
        rng = paired(self.seed, chain)
        x = likelihood.start()
        lowest, highest = min(float(x.min()), 0.0), max(float(x.max()), 1.0)
        levels = self.schedule(denoiser.prior, likelihood)
        for step, level in enumerate(levels, chain * self.steps):
            left = 1 - (step % self.steps + 1) / self.steps
            noisy = x + level * left * normal(rng, x)
            run = denoiser.run(dihedral(noisy, step), level, step)
            mean = undo_dihedral((yield from relay(run, 0)), step)
            factor = self.relaxation if left else 1.0
            further = x + factor * (mean - x)
            further = further.clamp(lowest - _BEYOND, highest + _BEYOND)
            # The balance between data and prior stays where it would be without.
            rho = level * (factor / self.prior_weight) ** 0.5
            x = likelihood.prox(further, rho)
            if left:
                x = further + likelihood.spread(x - further)
            yield 1
        return x
