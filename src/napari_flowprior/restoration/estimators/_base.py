"""What an estimator is: which image, of all that explain the observation, is returned.

An estimator is a frozen dataclass of options whose ``run`` is a generator. That of a
`TileEstimator` yields after each of its steps and returns the estimate of a batch of
tiles, which are independent of each other; that of a `PlaneEstimator` works on a whole
plane.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from napari_flowprior._errors import InputError
from napari_flowprior._options import check_options

if TYPE_CHECKING:
    import torch

    from napari_flowprior.priors import FlowPrior
    from napari_flowprior.restoration.estimators._plane_denoiser import PlaneDenoiser
    from napari_flowprior.restoration.estimators._runs import PlaneRun, Run
    from napari_flowprior.restoration.likelihoods import GaussianLikelihood, Likelihood

__all__ = ["Estimator", "PlaneEstimator", "TileEstimator", "set_rate"]


@dataclass(frozen=True, kw_only=True)
class Estimator(ABC):
    """Base of the estimators: options are fields, ``run`` does the work."""

    name: ClassVar[str]
    label: ClassVar[str]
    # Whether it needs to see the image itself, under noise.
    only_noise: ClassVar[bool] = False
    # Whether it heeds noise that differs from pixel to pixel.
    heeds_levels: ClassVar[bool] = False
    # Whether an error may be anything, as long as its strength is known.
    heeds_strength: ClassVar[bool] = False
    # Whether it asks the prior at noise levels of its own.
    needs_levels: ClassVar[bool] = True
    # What to do where a prior does not know noise levels.
    instead: ClassVar[str] = "use map or latent-map"

    def __post_init__(self) -> None:
        check_options(self)

    @property
    @abstractmethod
    def work(self) -> int:
        """Number of steps of a batch or a plane, each about as long as the others."""

    def check(self, prior: FlowPrior) -> None:
        """Refuse a prior that the estimator does not fit.

        Parameters
        ----------
        prior : FlowPrior
            The prior.

        Raises
        ------
        InputError
            If it does not fit.
        """
        if self.needs_levels and prior.sigma_max <= 0:
            raise InputError(
                f"The estimator {self.name} needs a noise-conditioned prior, which "
                f"{prior.name} is not; {self.instead}."
            )

    def summary(self) -> dict[str, Any]:
        """Return a JSON-able description, for provenance."""
        options = asdict(self).items()
        plain = {k: v.item() if isinstance(v, np.generic) else v for k, v in options}
        return {"name": self.name, **plain}


@dataclass(frozen=True, kw_only=True)
class TileEstimator(Estimator):
    """Base of the estimators that work on batches of tiles."""

    heeds_levels: ClassVar[bool] = True
    # The tiles of the paper suit what works on latents; denoisers want large tiles.
    paper_tiles: ClassVar[bool] = False
    # Whether it is the posterior mean under white noise, whose residual is that noise.
    mean: ClassVar[bool] = False

    @property
    def one_by_one(self) -> bool:
        """Whether tiles must not share a batch.

        What a network answers in single precision differs in the last digit from batch
        to batch. Most estimators keep it there.
        """
        return False

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


@dataclass(frozen=True, kw_only=True)
class PlaneEstimator(Estimator):
    """Base of the estimators that work on whole planes."""

    heeds_strength: ClassVar[bool] = True

    @abstractmethod
    def run(self, denoiser: PlaneDenoiser, likelihood: Likelihood) -> PlaneRun:
        """Estimate a plane.

        Parameters
        ----------
        denoiser : PlaneDenoiser
            The prior on planes.
        likelihood : Likelihood
            The data term of the plane.

        Returns
        -------
        Tensor
            The estimate, (1, C, H, W).

        Yields
        ------
        int
            1 at the end of a step, 0 within.
        """


def set_rate(optimiser: torch.optim.Optimizer, rate: float, progress: float) -> None:
    """Let the learning rate fall to zero, by half a cosine."""
    for group in optimiser.param_groups:
        group["lr"] = rate * 0.5 * (1 + math.cos(math.pi * progress))
