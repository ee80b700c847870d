"""How far a denoiser can be trusted on an image, found by noise that is added."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from napari_flowprior.restoration._random import normal
from napari_flowprior.restoration.operators import around

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["SelfTest"]

# Up to twice the best share, a change makes nothing worse; less is on the safe side.
_GENEROUS = 1.25
# Added noise, relative to that of white noise that is there, and normalised.
_PROBE, _LEAST = 0.1, 4 / 255


class SelfTest:
    """A denoiser is given an image with more noise, which is known.

    Of the change d that it makes, the part along the noise says what share c of all
    noise it takes out; what d has beyond that does harm. If the noise has the standard
    deviation t, the mean squared error of ``z + w d`` is, by Stein's estimate, ::

        t^2 - 2 w c t^2 + w^2 <d, d>

    and least at ``w = c t^2 / <d, d>``, about 1 for a posterior mean. Where a denoiser
    answers what has nothing to do with the noise, w is about 0. Where the image itself
    is seen under white noise, c is found by a little noise more, so that w is right for
    this very image; elsewhere, noise as strong as all that is there is added.

    Parameters
    ----------
    image : Tensor
        Images about as they are, (B, C, H, W).
    sigma : float
        Standard deviation of the noise that they have already.
    white : bool
        Whether that is white noise, and nothing else is wrong with the images.
    highest : float
        The strongest noise that the denoiser knows.

    References
    ----------
    Stein, *Estimation of the mean of a multivariate normal distribution* (1981);
    Ramani, Blu and Unser, *Monte-Carlo SURE* (2008).
    """

    def __init__(
        self, image: Tensor, sigma: float, *, white: bool, highest: float
    ) -> None:
        self.image, self.white = image, white
        added = _PROBE * sigma if white else min(max(sigma, _LEAST), highest / 2**0.5)
        # All images of a batch have the same noise, so that none depends on it.
        self.noise = added * normal(np.random.default_rng(0), image[:1])
        self.added = added
        noise = sigma if white else (added**2 + sigma**2) ** 0.5
        self.level = min(noise, highest)

    @property
    def probes(self) -> tuple[Tensor, ...]:
        """What the denoiser shall be given, told `level`."""
        noisy = self.image + self.noise
        return (self.image, noisy) if self.white else (noisy,)

    def weight(self, answers: list[Tensor], estimate: Tensor) -> Tensor:
        """Return how much of what an estimate changes can be trusted.

        Parameters
        ----------
        answers : list of Tensor
            What the denoiser makes of `probes`.
        estimate : Tensor
            An estimate made with the denoiser, of the shape of the images.

        Returns
        -------
        Tensor
            From 0 to 1, for the surroundings of each pixel, (B, 1, H, W).
        """
        change = answers[0] - self.probes[0]
        power = around(change.square())
        along = change
        if self.white:
            # What is left of the added noise is not taken out.
            along = answers[1] - answers[0] - self.noise
            power = torch.maximum(power, around((estimate - self.image).square()))
        taken = around(-along * self.noise) / self.added**2
        weight: Tensor = _GENEROUS * taken * self.level**2 / power.clamp_min(1e-12)
        return weight.clamp(0, 1)
