"""The estimator of the paper, on the latents of the flow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import torch
from torch import Tensor

from napari_flowprior._options import RANGE, Hint
from napari_flowprior.restoration.estimators._base import TileEstimator, set_rate
from napari_flowprior.restoration.estimators._lbfgs import LBFGS, Function

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_flowprior.flow import Decoded
    from napari_flowprior.priors import FlowPrior
    from napari_flowprior.restoration.estimators._runs import Run
    from napari_flowprior.restoration.likelihoods import GaussianLikelihood

__all__ = ["LatentMAP"]


@dataclass(frozen=True, kw_only=True)
class LatentMAP(TileEstimator):
    """The paper's estimator: gradient descent on the latents of the flow.

    ``u* = argmin_u ||A g(u) - y||^2 / (2 sigma^2) - log p``, g the inverse of the
    flow f, started at u = f(y) [R]. With ``log_det=True``, ``log p`` is the density of
    the image, ``sum_l log p(u_l | h_l) + log |det df/dx|``, so the optimum is the
    maximum a posteriori of the image. Without it, it is the density of the latents
    alone: the maximum a posteriori of the latents, another estimate. In the blind case
    A is the identity, and sigma the strength of an error of any kind.

    Parameters
    ----------
    steps : int
        How often the energy and its gradient are evaluated; each is a step of Adam, or
        a trial of L-BFGS.
    optimiser : {"adam", "l-bfgs"}
        How to go downhill; either way each tile as if alone, and with L-BFGS alone.
    learning_rate : float
        Of Adam, falling to zero.
    space : {"latent", "whitened"}
        Whether u is optimised, or eps = (u - mu) / sigma.
    log_det : bool
        Whether the log-determinant counts.
    level : float
        Noise level, normalised units, at which a noise-conditioned prior is used.

    References
    ----------
    Helminger et al., *Generic Image Restoration with Flow Based Priors* (2021).
    """

    steps: Annotated[
        int,
        Hint(label="Steps", help="Number of optimiser steps.", least=1, most=100_000),
    ] = 100
    optimiser: Annotated[
        Literal["adam", "l-bfgs"],
        Hint(
            label="Optimiser",
            help="Adam, or L-BFGS with a line search, of each tile by itself.",
        ),
    ] = "adam"
    learning_rate: Annotated[
        float,
        Hint(
            label="Learning rate",
            help="Step size on the latents, of Adam.",
            least=1e-6,
            most=10.0,
        ),
    ] = 0.05
    space: Annotated[
        Literal["latent", "whitened"],
        Hint(label="Space", help="Optimise the latents u, or the whitened latents."),
    ] = "whitened"
    log_det: Annotated[
        bool,
        Hint(
            label="Log-determinant",
            help="On: most probable image. Off: most probable latents.",
        ),
    ] = True
    level: Annotated[
        float,
        Hint(
            label="Noise level of the prior",
            help="For noise-conditioned priors.",
            unit=RANGE,
            least=0.0,
            most=1.0,
        ),
    ] = 0.008
    name: ClassVar[str] = "latent-map"
    label: ClassVar[str] = "Latent descent"
    heeds_strength: ClassVar[bool] = True
    needs_levels: ClassVar[bool] = False
    paper_tiles: ClassVar[bool] = True

    @property
    def one_by_one(self) -> bool:
        # A line search takes another way for a difference in the last digit.
        return self.optimiser == "l-bfgs"

    @property
    def work(self) -> int:
        return self.steps

    def run(self, prior: FlowPrior, likelihood: GaussianLikelihood) -> Run:
        level = (
            min(self.level, prior.density_sigma_max) if prior.sigma_max > 0 else None
        )
        whitened = self.space == "whitened"
        with torch.no_grad():
            latents, _ = prior.flow(likelihood.start(), level, whiten=whitened)
        shapes = [latent.shape[1:] for latent in latents]
        flat = torch.cat([latent.flatten(1) for latent in latents], dim=1)

        def decode(u: Tensor) -> Decoded:
            return prior.flow.decode(_cut(u, shapes), level, whitened=whitened)

        def energy(u: Tensor) -> tuple[Tensor, Tensor]:
            with torch.enable_grad():
                u = u.detach().requires_grad_()
                found = decode(u)
                energies = likelihood.energy(found.x) - found.log_base
                if self.log_det:
                    energies = energies + found.log_det
                (gradient,) = torch.autograd.grad(energies.sum(), u)
            return energies.detach(), gradient

        flat = yield from self._minimise(energy, flat)
        with torch.no_grad():
            return decode(flat).x

    def _minimise(self, energy: Function, u: Tensor) -> Run:
        """Go downhill from some latents, (B, N)."""
        if self.optimiser == "l-bfgs":
            return (yield from LBFGS().minimise(energy, u, self.steps))
        u = u.clone()
        optimiser = torch.optim.Adam([u], lr=self.learning_rate)
        for step in range(self.steps):
            set_rate(optimiser, self.learning_rate, step / self.steps)
            _, u.grad = energy(u)
            optimiser.step()
            yield
        return u


def _cut(u: Tensor, shapes: Sequence[torch.Size]) -> list[Tensor]:
    """Cut (B, N) into latents (B, C_l, H_l, W_l)."""
    parts = u.split([shape.numel() for shape in shapes], dim=1)
    return [part.unflatten(1, s) for part, s in zip(parts, shapes, strict=True)]
