"""The data term: how well an image explains the observation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from napari_flowprior.restoration._operators import Identity, Operator

__all__ = ["GaussianLikelihood", "Likelihood"]

# Annealing begins where noise of this strength, of 255, would hide what is missing.
_COARSE = 49 / 255


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

    def prox(self, x: Tensor, rho: float) -> Tensor:
        """Return the image that explains the data best while within rho of x."""

    def finish(self, x: Tensor) -> Tensor:
        """Put back what is known exactly."""


@dataclass(frozen=True)
class GaussianLikelihood:
    """``y = A x + n`` with white Gaussian noise n of standard deviation sigma.

    Parameters
    ----------
    y : Tensor
        Observation, (B, C, H, W), normalised intensities; in the range of A, so zero
        where nothing is seen.
    operator : Operator
        The forward operator A.
    sigma : float
        Standard deviation of the noise, normalised; 0 makes what is seen exact.
    """

    y: Tensor
    operator: Operator
    sigma: float

    # A hard constraint has no gradient; optimisers see it as noise below this, half
    # a step of 8 bits.
    _smallest = 0.5 / 255

    @property
    def first_level(self) -> float:
        """Noise level at which annealing begins, normalised."""
        if isinstance(self.operator, Identity):
            return self.sigma
        return max(self.sigma, _COARSE)

    def energy(self, x: Tensor) -> Tensor:
        """Return ``||A x - y||^2 / (2 sigma^2)`` per image.

        Parameters
        ----------
        x : Tensor
            Images, (B, C, H, W).

        Returns
        -------
        Tensor
            Energy in nats, (B,).
        """
        sigma = max(self.sigma, self._smallest)
        residual = self.operator.forward(x) - self.y
        return residual.square().flatten(1).sum(1) / (2 * sigma**2)

    def prox(self, x: Tensor, rho: float) -> Tensor:
        """Return the image that explains y best while near x.

        Parameters
        ----------
        x : Tensor
            Images, (B, C, H, W).
        rho : float
            How near: standard deviation around x, normalised, above 0.

        Returns
        -------
        Tensor
            ``argmin_z energy(z) + ||z - x||^2 / (2 rho^2)``.
        """
        return self.operator.prox(x, self.y, self.sigma, rho)

    def start(self) -> Tensor:
        """Return a first image made of the observation alone, (B, C, H, W)."""
        return self.operator.start(self.y)

    def finish(self, x: Tensor) -> Tensor:
        """Put back what is seen exactly, if there is no noise.

        Parameters
        ----------
        x : Tensor
            Restored images, (B, C, H, W).

        Returns
        -------
        Tensor
            The final images.
        """
        return self.prox(x, 1.0) if self.sigma == 0 else x
