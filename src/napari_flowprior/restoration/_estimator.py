"""What an estimator is: which image, of all that explain the observation, is returned.

An estimator is a frozen dataclass of options whose ``run`` is a generator: it yields
after each of its ``steps`` and returns the estimate of a batch of tiles. Tiles of a
batch are independent of each other.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Generator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from torch import Tensor

from napari_flowprior._errors import InputError

if TYPE_CHECKING:
    import torch

    from napari_flowprior.prior import FlowPrior
    from napari_flowprior.restoration._likelihood import GaussianLikelihood

__all__ = ["Estimator", "Run", "check_steps", "set_rate"]

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


def check_steps(steps: int) -> None:
    """Refuse what is no number of steps."""
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
        raise InputError(f"steps is {steps!r}; it must be a whole number from 1 up.")


def set_rate(optimiser: torch.optim.Optimizer, rate: float, progress: float) -> None:
    """Let the learning rate fall to zero, by half a cosine."""
    for group in optimiser.param_groups:
        group["lr"] = rate * 0.5 * (1 + math.cos(math.pi * progress))
