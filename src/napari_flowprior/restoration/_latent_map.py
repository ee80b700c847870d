"""The estimator of the paper, on the latents of the flow."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import torch

from napari_flowprior._errors import InputError
from napari_flowprior.restoration._estimator import (
    Run,
    TileEstimator,
    check_steps,
    set_rate,
)

if TYPE_CHECKING:
    from torch import Tensor

    from napari_flowprior.prior import FlowPrior
    from napari_flowprior.restoration._likelihood import GaussianLikelihood

__all__ = ["LatentMAP"]


@dataclass(frozen=True, kw_only=True)
class LatentMAP(TileEstimator):
    """The paper's estimator: gradient descent on the latents of the flow.

    ``u* = argmin_u ||A g(u) - y||^2 / (2 sigma^2) - log p``, g the inverse of the
    flow f, started at u = f(y) [R]. With ``log_det=True``, ``log p`` is the density of
    the image, ``sum_l log p(u_l | h_l) + log |det df/dx|``, so the optimum is the
    maximum a posteriori of the image. Without it, it is the density of the latents
    alone: the maximum a posteriori of the latents, another estimate.

    Parameters
    ----------
    steps : int
        Number of Adam steps.
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

    steps: int = field(
        default=100,
        metadata={
            "label": "Steps",
            "help": "Number of optimiser steps.",
            "min": 1,
            "max": 100_000,
        },
    )
    learning_rate: float = field(
        default=0.05,
        metadata={
            "label": "Learning rate",
            "help": "Step size on the latents.",
            "min": 1e-6,
            "max": 10.0,
        },
    )
    space: str = field(
        default="whitened",
        metadata={
            "label": "Space",
            "help": "Optimise the latents u, or the whitened latents.",
            "choices": ("latent", "whitened"),
        },
    )
    log_det: bool = field(
        default=True,
        metadata={
            "label": "Log-determinant",
            "help": "On: most probable image. Off: most probable latents.",
        },
    )
    level: float = field(
        default=0.008,
        metadata={
            "label": "Noise level of the prior",
            "help": "For noise-conditioned priors, as a fraction of the intensity "
            "range.",
            "min": 0.0,
            "max": 1.0,
        },
    )
    name: ClassVar[str] = "latent-map"
    label: ClassVar[str] = "Latent descent (paper)"
    paper_tiles: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_steps(self.steps)
        if not self.learning_rate > 0:
            raise InputError(f"learning_rate is {self.learning_rate}; it must be > 0.")
        if self.space not in ("latent", "whitened"):
            raise InputError(f"space is {self.space!r}; choose 'latent' or 'whitened'.")
        if not self.level >= 0:
            raise InputError(f"level is {self.level}; it must be 0 or more.")

    @property
    def work(self) -> int:
        return self.steps

    def check(self, prior: FlowPrior, degradation: str) -> None:
        """Accept every prior and degradation."""

    def run(self, prior: FlowPrior, likelihood: GaussianLikelihood) -> Run:
        whitened = self.space == "whitened"
        level = min(self.level, prior.sigma_max) if prior.sigma_max > 0 else None
        with torch.no_grad():
            latents, _ = prior.flow(likelihood.start(), level, whiten=whitened)
        latents = [latent.clone().requires_grad_() for latent in latents]
        optimiser = torch.optim.Adam(latents, lr=self.learning_rate)
        for step in range(self.steps):
            set_rate(optimiser, self.learning_rate, step / self.steps)
            self._step(prior, likelihood, latents, level)
            optimiser.step()
            yield
        with torch.no_grad():
            return prior.flow.inverse(latents, level, whitened=whitened)[0]

    def _step(
        self,
        prior: FlowPrior,
        likelihood: GaussianLikelihood,
        latents: list[Tensor],
        level: float | None,
    ) -> None:
        with torch.enable_grad():
            found = prior.flow.decode(latents, level, whitened=self.space == "whitened")
            energy = likelihood.energy(found.x) - found.log_base
            if self.log_det:
                energy = energy + found.log_det
            gradients = torch.autograd.grad(energy.sum(), latents)
        for latent, gradient in zip(latents, gradients, strict=True):
            latent.grad = gradient
