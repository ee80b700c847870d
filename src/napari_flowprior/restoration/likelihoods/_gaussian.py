"""The data term of white noise."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from napari_flowprior.restoration._cut_normal import Cut
from napari_flowprior.restoration._random import normal, truncated_normal
from napari_flowprior.restoration.likelihoods._confinement import confined
from napari_flowprior.restoration.operators import Identity, Mask, Operator

if TYPE_CHECKING:
    import numpy as np

__all__ = ["GaussianLikelihood"]

# Annealing begins where noise of this strength, of 255, would hide what is missing.
_COARSE = 49 / 255


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
    levels : Tensor, optional
        The same for each pixel, (B, C, H, W), where it differs. For estimators that
        begin at sigma and go down, that is their highest; for the others their root
        mean square.
    clipped : tuple of bool
        Whether noisy intensities were cut off at 0, and at 1.
    floor : float, optional
        Least intensity that there can be, if light is to be kept; see `confine`.
    """

    y: Tensor
    operator: Operator
    sigma: float
    levels: Tensor | None = None
    clipped: tuple[bool, bool] = (False, False)
    floor: float | None = None

    # A hard constraint has no gradient; optimisers see it as noise below this, half
    # a step of 8 bits.
    _smallest = 0.5 / 255

    @property
    def first_level(self) -> float:
        """Noise level at which annealing begins, normalised."""
        if isinstance(self.operator, Identity):
            return self.sigma
        return max(self.sigma, _COARSE)

    @property
    def white(self) -> bool:
        """Whether the image itself is seen, under white noise of level sigma."""
        return isinstance(self.operator, Identity) and self.levels is None

    @property
    def cut(self) -> Tensor:
        """Where noise was cut off, shape of `y`."""
        dark, bright = self.y <= 0, self.y >= 1
        return (dark & self.clipped[0]) | (bright & self.clipped[1])

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
        sigma: float | Tensor = max(self.sigma, self._smallest)
        if self.levels is not None:
            sigma = self.levels.clamp_min(self._smallest)
        residual = (self.operator.forward(x) - self.y) / sigma
        return residual.square().flatten(1).sum(1) / 2

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
            ``argmin_z energy(z) + ||z - x||^2 / (2 rho^2)``; where there is a floor,
            the nearest image above it that has as much light as the data say.
        """
        sigma = self.sigma if self.levels is None else self.levels
        z = self.operator.prox(x, self.y, sigma, rho)
        return z if self.floor is None else self.confine(z)

    def confine(self, x: Tensor) -> Tensor:
        """Give images the light of the data, and let none be darker than the floor.

        Parameters
        ----------
        x : Tensor
            Images, (B, C, H, W).

        Returns
        -------
        Tensor
            The nearest ones for which ``A x`` is as bright as y on the mean, to what
            the floor and the borders of the frame let through.
        """
        missing = (self.y - self.operator.forward(x)).mean((-2, -1), keepdim=True)
        if self.floor is None:
            return x + missing
        light = x.mean((-2, -1), keepdim=True) + missing
        return confined(x, self.floor, light)

    def spread(self, change: Tensor) -> Tensor:
        """Carry what `prox` changed on into holes, if there are any.

        Parameters
        ----------
        change : Tensor
            What `prox` made of images less these, (B, C, H, W).

        Returns
        -------
        Tensor
            The same, but in holes, where it is smooth; see `Mask.spread`.
        """
        if isinstance(self.operator, Mask):
            return self.operator.spread(change)
        return change

    def draw(self, x: Tensor, rho: float, rng: np.random.Generator) -> Tensor:
        """Draw from ``p(y | z) N(z; x, rho^2)``, by perturbing what `prox` is given.

        Parameters
        ----------
        x : Tensor
            Images, (B, C, H, W).
        rho : float
            How near: standard deviation around x, normalised, above 0.
        rng : Generator
            Source of randomness.

        Returns
        -------
        Tensor
            Images z, shape of `x`; exact where `prox` is and no noise is cut off. What
            was cut off is drawn about x before, not about z.

        References
        ----------
        Papandreou and Yuille, *Gaussian sampling by local perturbations* (2010).
        """
        sigma = self.sigma if self.levels is None else self.levels
        y = self.uncut(x, rng) if isinstance(self.operator, Identity) else self.y
        shaken = replace(self, y=y + sigma * normal(rng, y))
        return shaken.prox(x + rho * normal(rng, x), rho)

    def left_about(self, mean: Tensor) -> float:
        """Return how far images lie about their posterior mean, on average.

        Parameters
        ----------
        mean : Tensor
            The posterior mean given `y`, of the same shape.

        Returns
        -------
        float
            Standard deviation, normalised: noise has the variance of what was taken out
            and of what is left, where it is not cut off.
        """
        whole = ~self.cut
        if not bool(whole.any()):
            return self.sigma
        seen, found = self.y[whole], mean[whole]
        share = Cut.about(found, self.sigma, self.clipped).square_inside()
        variance = self.sigma**2 * share - (seen - found).square()
        return math.sqrt(max(float(variance.mean()), 0.0))

    def uncut(self, x: Tensor, rng: np.random.Generator, spread: float = 0.0) -> Tensor:
        """Draw what noise made of an image before it was cut off at 0 and at 1.

        Parameters
        ----------
        x : Tensor
            The image, or what is known of it, shape of `y`.
        rng : Generator
            Source of randomness.
        spread : float
            Standard deviation of the image about `x`, normalised.

        Returns
        -------
        Tensor
            The observation, but where it is 0 or 1 and noise is cut off there: values
            beyond, such as noise about `x` has.
        """
        if not bool((cut := self.cut).any()):
            return self.y
        bright = self.y >= 1
        level = self.y.new_tensor(self.sigma) if self.levels is None else self.levels
        std = (level.square() + spread**2).sqrt().expand_as(self.y)[cut]
        low = torch.where(bright[cut], 1 / std, -math.inf)
        high = torch.where(bright[cut], math.inf, torch.zeros_like(std))
        y = self.y.clone()
        y[cut] = std * truncated_normal(rng, x[cut] / std, 1.0, low, high)
        return y

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
        return self.prox(x, 1.0) if self.sigma == 0 and self.operator.exact else x
