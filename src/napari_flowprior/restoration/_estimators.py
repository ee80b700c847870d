"""Estimators: which image, of all that explain the observation, is returned.

An estimator is a frozen dataclass of options whose ``run`` is a generator: it yields
after each of its ``steps`` and returns the estimate of a batch of tiles. Tiles of a
batch are independent of each other.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Generator, Mapping
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import Tensor

from napari_flowprior._errors import InputError
from napari_flowprior.restoration._operators import Identity

if TYPE_CHECKING:
    from napari_flowprior.prior import FlowPrior
    from napari_flowprior.restoration._likelihood import GaussianLikelihood

__all__ = ["ESTIMATORS", "MAP", "MMSE", "Estimator", "LatentMAP"]

Run = Generator[None, None, Tensor]


@dataclass(frozen=True, kw_only=True)
class Estimator(ABC):
    """Base of the estimators: options are fields, ``run`` does the work."""

    name: ClassVar[str]
    label: ClassVar[str]
    # The tiles of the paper suit what works on latents; denoisers want large tiles.
    paper_tiles: ClassVar[bool] = False

    @property
    @abstractmethod
    def work(self) -> int:
        """Number of steps of a batch, each about one pass through the flow and back."""

    @abstractmethod
    def check(self, prior: FlowPrior, degradation: str) -> None:
        """Refuse priors and degradations that the estimator does not fit.

        Parameters
        ----------
        prior : FlowPrior
            The prior.
        degradation : str
            Name of the degradation.

        Raises
        ------
        InputError
            If it does not fit.
        """

    @abstractmethod
    def run(self, prior: FlowPrior, likelihood: GaussianLikelihood) -> Run:
        """Estimate a batch of tiles.

        Parameters
        ----------
        prior : FlowPrior
            The prior.
        likelihood : GaussianLikelihood
            The data term of the batch.

        Returns
        -------
        Tensor
            The estimates, (B, C, H, W).

        Yields
        ------
        None
            After each step.
        """

    def summary(self) -> dict[str, Any]:
        """Return a JSON-able description, for provenance."""
        return {"name": self.name, **asdict(self)}


def _check_steps(steps: int) -> None:
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
        raise InputError(f"steps is {steps!r}; it must be a whole number from 1 up.")


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


@dataclass(frozen=True, kw_only=True)
class MAP(Estimator):
    """Maximum a posteriori in image space; the log-determinant counts.

    Minimises ``||A x - y||^2 / (2 sigma^2) - log p(x)`` by the image itself.

    With a noise-conditioned prior, p is p_s, and s falls geometrically from the noise
    level to `smallest`. The curvature of ``-log p_s`` is nowhere above ``1 / s^2``, so
    each step ``x <- prox(x + s^2 score(x, s))`` minimises a majoriser of the objective
    at that s: half-quadratic splitting with the prior's own denoiser. With any other
    prior, by Adam on the pixels. Each step sees the image turned or mirrored another
    way, in a fixed order: an image is as probable as its mirror image, and the flow's
    small disagreements with that average out.

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

    steps: int = field(
        default=24,
        metadata={
            "label": "Steps",
            "help": "Number of steps; more is slower and closer to the optimum.",
            "min": 1,
            "max": 10_000,
        },
    )
    smallest: float = field(
        default=0.004,
        metadata={
            "label": "Last noise level",
            "help": "Noise level at which the schedule ends, as a fraction of the "
            "intensity range.",
            "min": 1e-4,
            "max": 1.0,
        },
    )
    learning_rate: float = field(
        default=0.02,
        metadata={
            "label": "Learning rate",
            "help": "Step size for priors that are not noise-conditioned.",
            "min": 1e-6,
            "max": 10.0,
        },
    )
    name: ClassVar[str] = "map"
    label: ClassVar[str] = "Most probable image"

    def __post_init__(self) -> None:
        _check_steps(self.steps)
        for name in ("smallest", "learning_rate"):
            if not getattr(self, name) > 0:
                raise InputError(f"{name} is {getattr(self, name)}; it must be > 0.")

    @property
    def work(self) -> int:
        return self.steps

    def check(self, prior: FlowPrior, degradation: str) -> None:
        """Accept every prior and degradation."""

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
            turned = prior.denoise(_turn(x, step), level)
            x = likelihood.prox(_turn_back(turned, step), level)
            yield
        return x

    def _descend(
        self, prior: FlowPrior, likelihood: GaussianLikelihood, x: Tensor
    ) -> Run:
        x = x.clone().requires_grad_()
        optimiser = torch.optim.Adam([x], lr=self.learning_rate)
        for step in range(self.steps):
            _set_rate(optimiser, self.learning_rate, step / self.steps)
            with torch.enable_grad():
                energy = likelihood.energy(x) - prior.flow.log_prob(x)
                (x.grad,) = torch.autograd.grad(energy.sum(), x)
            optimiser.step()
            yield
        return x.detach()


@dataclass(frozen=True, kw_only=True)
class LatentMAP(Estimator):
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
        _check_steps(self.steps)
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
            _set_rate(optimiser, self.learning_rate, step / self.steps)
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


def _turn(x: Tensor, number: int) -> Tensor:
    """Apply one of the eight symmetries of a square, counted round."""
    transposed = x.mT if number & 4 else x
    axes = [axis for axis, bit in ((2, 1), (3, 2)) if number & bit]
    return transposed.flip(axes).contiguous()


def _turn_back(x: Tensor, number: int) -> Tensor:
    axes = [axis for axis, bit in ((2, 1), (3, 2)) if number & bit]
    flipped = x.flip(axes)
    return flipped.mT if number & 4 else flipped


def _set_rate(optimiser: torch.optim.Optimizer, rate: float, progress: float) -> None:
    for group in optimiser.param_groups:
        group["lr"] = rate * 0.5 * (1 + math.cos(math.pi * progress))


ESTIMATORS: Mapping[str, type[Estimator]] = MappingProxyType(
    {kind.name: kind for kind in (MMSE, MAP, LatentMAP)}
)
"""Estimators by name."""
