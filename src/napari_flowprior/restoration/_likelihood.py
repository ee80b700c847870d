"""The data term: how well an image explains the observation."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from napari_flowprior.restoration._operators import Operator

__all__ = ["GaussianLikelihood"]


@dataclass(frozen=True)
class GaussianLikelihood:
    """``y = A x + n`` with white Gaussian noise n of standard deviation sigma.

    Parameters
    ----------
    y : Tensor
        Observation, (B, C, H, W), normalised intensities.
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
        residual = self.operator.forward(x) - self.operator.forward(self.y)
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
