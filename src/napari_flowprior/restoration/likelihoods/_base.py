"""What estimators ask of the data: how well an image explains the observation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

__all__ = ["Likelihood"]


class Likelihood(Protocol):
    """What estimators on planes ask of the data."""

    @property
    def sigma(self) -> float:
        """Standard deviation of the noise, normalised; 0 if there is none."""

    @property
    def first_level(self) -> float:
        """Noise level at which annealing begins, normalised."""

    def start(self) -> Tensor:
        """Return a first image made of the observation alone, (B, C, H, W)."""

    @property
    def white(self) -> bool:
        """Whether the image itself is seen, under white noise of level sigma."""

    def prox(self, x: Tensor, rho: float) -> Tensor:
        """Return the image that explains the data best while within rho of x."""

    def spread(self, change: Tensor) -> Tensor:
        """Carry what `prox` changed on to pixels that the data do not show."""

    def draw(self, x: Tensor, rho: float, rng: np.random.Generator) -> Tensor:
        """Draw an image that explains the data, of those about rho from x."""

    def finish(self, x: Tensor) -> Tensor:
        """Put back what is known exactly."""
