"""Linear forward operators: what an instrument does to an image, and its adjoint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Identity", "Operator"]


class Operator(Protocol):
    """A linear map A of image batches (B, C, H, W).

    An operator with a closed-form proximal map offers it, so that splitting
    estimators need no inner iteration.
    """

    @property
    def exact(self) -> bool:
        """Whether what noise-free data say can be put back exactly."""

    def forward(self, x: Tensor) -> Tensor:
        """Return ``A x``."""

    def adjoint(self, y: Tensor) -> Tensor:
        """Return ``A^T y``."""

    def prox(self, x: Tensor, y: Tensor, sigma: float | Tensor, rho: float) -> Tensor:
        """Return ``argmin_z ||A z - y||^2 / (2 sigma^2) + ||z - x||^2 / (2 rho^2)``."""

    def start(self, y: Tensor) -> Tensor:
        """Return a first image made of the observation alone."""


@dataclass(frozen=True)
class Identity:
    """``A x = x``: the image is seen as it is, but for noise."""

    exact: ClassVar[bool] = True

    def forward(self, x: Tensor) -> Tensor:
        """Return ``x``."""
        return x

    def adjoint(self, y: Tensor) -> Tensor:
        """Return ``y``."""
        return y

    def prox(self, x: Tensor, y: Tensor, sigma: float | Tensor, rho: float) -> Tensor:
        """Return the average of `x` and `y` weighted by their precisions.

        Parameters
        ----------
        x, y : Tensor
            Current image and observation, (B, C, H, W).
        sigma : float or Tensor
            Standard deviation of `y`, per pixel if it is a tensor.
        rho : float
            That of `x`; not both zero.

        Returns
        -------
        Tensor
            The minimiser, shape of `x`.
        """
        return (rho**2 * y + sigma**2 * x) / (rho**2 + sigma**2)

    def start(self, y: Tensor) -> Tensor:
        """Return ``y``."""
        return y
