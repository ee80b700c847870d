"""Maximum a posteriori on the pixels of an image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

import torch

from napari_flowprior._options import Hint
from napari_flowprior.restoration.estimators._base import TileEstimator, set_rate
from napari_flowprior.restoration.estimators._dihedral import dihedral, undo_dihedral
from napari_flowprior.restoration.estimators._hints import LastLevel, Steps
from napari_flowprior.restoration.estimators._self_test import SelfTest
from napari_flowprior.restoration.operators import Identity

if TYPE_CHECKING:
    from torch import Tensor

    from napari_flowprior.priors import FlowPrior
    from napari_flowprior.restoration.estimators._runs import Run
    from napari_flowprior.restoration.likelihoods import GaussianLikelihood

__all__ = ["MAP"]


@dataclass(frozen=True, kw_only=True)
class MAP(TileEstimator):
    """Maximum a posteriori in image space; the log-determinant counts.

    Minimises ``||A x - y||^2 / (2 sigma^2) - log p(x)`` by the image itself.

    With a noise-conditioned prior, p is p_s, and s falls geometrically from the noise
    level to `smallest`. The curvature of ``-log p_s`` is nowhere above ``1 / s^2``, so
    each step ``x <- prox(x + s^2 score(x, s))`` minimises a majoriser of the objective
    at that s: half-quadratic splitting with the prior's own denoiser. With any other
    prior, by Adam on the pixels. Each step sees the image rotated or mirrored another
    way, in a fixed order: an image is as probable as its mirror image, and the flow's
    small disagreements with that average out. Where the denoiser does more to the image
    than to take out noise, as on what it was not trained on, the result is drawn back
    to the observation; see `SelfTest`.

    Parameters
    ----------
    steps : int
        Number of steps.
    smallest : float
        Last level s of the schedule, normalised units.
    learning_rate : float
        Of Adam, falling to zero; for priors that are not noise-conditioned.

    References
    ----------
    Venkatakrishnan et al. (2013) and Zhang et al., *Plug-and-play image restoration
    with deep denoiser prior* (2021) for the splitting.
    """

    steps: Steps = 24
    smallest: LastLevel = 0.004
    learning_rate: Annotated[
        float,
        Hint(
            label="Learning rate",
            help="Step size for priors that are not noise-conditioned.",
            least=1e-6,
            most=10.0,
        ),
    ] = 0.02
    name: ClassVar[str] = "map"
    label: ClassVar[str] = "Most probable image"
    needs_levels: ClassVar[bool] = False

    @property
    def work(self) -> int:
        return self.steps

    def schedule(self, prior: FlowPrior, likelihood: GaussianLikelihood) -> list[float]:
        """Return the noise levels s of the steps, falling geometrically.

        Parameters
        ----------
        prior : FlowPrior
            A noise-conditioned prior.
        likelihood : GaussianLikelihood
            The data term; noise alone starts at its own level, holes at 40 of 255.

        Returns
        -------
        list of float
            One level per step, normalised units.
        """
        denoising = isinstance(likelihood.operator, Identity)
        first = likelihood.sigma if denoising else max(likelihood.sigma, 40 / 255)
        first = min(max(first, self.smallest), prior.sigma_max)
        last = min(self.smallest, first)
        if self.steps == 1:
            return [last]
        ratio = (last / first) ** (1 / (self.steps - 1))
        return [first * ratio**step for step in range(self.steps)]

    def run(self, prior: FlowPrior, likelihood: GaussianLikelihood) -> Run:
        if prior.sigma_max > 0:
            return (yield from self._split(prior, likelihood))
        start = likelihood.start()
        return (yield from self._descend(prior, likelihood, start))

    def _split(self, prior: FlowPrior, likelihood: GaussianLikelihood) -> Run:
        x = likelihood.start()
        for step, level in enumerate(self.schedule(prior, likelihood)):
            transformed = prior.denoise(dihedral(x, step), level)
            x = likelihood.prox(undo_dihedral(transformed, step), level)
            yield
        return self._trusted(prior, likelihood, x)

    def _trusted(
        self, prior: FlowPrior, likelihood: GaussianLikelihood, x: Tensor
    ) -> Tensor:
        """Take out noise only as far as the prior's denoiser can be trusted."""
        if not likelihood.white or likelihood.sigma == 0:
            return x
        safe, highest = likelihood.start(), prior.sigma_max
        test = SelfTest(safe, likelihood.sigma, white=True, highest=highest)
        answers = [prior.denoise(probe, test.level) for probe in test.probes]
        weight = test.weight(answers, x)
        return safe + weight * (x - safe)

    def _descend(
        self, prior: FlowPrior, likelihood: GaussianLikelihood, x: Tensor
    ) -> Run:
        x = x.clone().requires_grad_()
        optimiser = torch.optim.Adam([x], lr=self.learning_rate)
        for step in range(self.steps):
            set_rate(optimiser, self.learning_rate, step / self.steps)
            with torch.enable_grad():
                energy = likelihood.energy(x) - prior.flow.log_prob(x)
                (x.grad,) = torch.autograd.grad(energy.sum(), x)
            optimiser.step()
            yield
        return x.detach()
