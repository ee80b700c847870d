"""How far a denoiser can be trusted on an image, found by noise that is added."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from napari_flowprior.restoration._draws import normal

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["SelfTest"]

# Half the side of the windows in which the denoiser is judged, pixels.
_REACH = 16
# Up to twice the best share, a change makes nothing worse; less is on the safe side.
_GENEROUS = 1.6
# Added noise is at least this strong, normalised.
_LEAST = 4 / 255


class SelfTest:
    """A denoiser is given an image with more noise, which is known.

    Of the change d that it makes, the part along the added noise n of level s says
    what share of all noise it takes out, ``c = -<d, n> / s^2``; what d has beyond
    that does harm. The mean squared error of ``z + w d`` is, by Stein's estimate, ::

        t^2 - 2 w c t^2 + w^2 <d, d>,     t^2 = s^2 + sigma^2

    and least at ``w = c t^2 / <d, d>``, about 1 for a posterior mean. Where a denoiser
    answers what has nothing to do with the noise, w is about 0.

    Parameters
    ----------
    image : Tensor
        Images about as they are, (B, C, H, W).
    sigma : float
        Standard deviation of the noise that they have already.
    highest : float
        The strongest noise that the denoiser knows.

    References
    ----------
    Stein, *Estimation of the mean of a multivariate normal distribution* (1981);
    Ramani, Blu and Unser, *Monte-Carlo SURE* (2008).
    """

    def __init__(self, image: Tensor, sigma: float, highest: float) -> None:
        added = min(max(sigma, _LEAST), highest / 2**0.5)
        # All images of a batch have the same noise, so that none depends on it.
        noise = normal(np.random.default_rng(0), image[:1])
        self.noise = (added * noise).expand_as(image)
        self.added = added
        self.level = min((added**2 + sigma**2) ** 0.5, highest)
        self.noisy = image + self.noise

    def weight(self, denoised: Tensor) -> Tensor:
        """Return how much of its changes can be trusted.

        Parameters
        ----------
        denoised : Tensor
            What the denoiser makes of `noisy`, told `level`.

        Returns
        -------
        Tensor
            From 0 to 1, for the surroundings of each pixel, (B, 1, H, W).
        """
        change = denoised - self.noisy
        taken = _around(-change * self.noise) / self.added**2
        power = _around(change.square()).clamp_min(1e-12)
        best = taken * self.level**2 / power
        weight: Tensor = (_GENEROUS * best).clamp(0, 1)
        return weight


def _around(x: Tensor) -> Tensor:
    side = 2 * _REACH + 1
    pooled: Tensor = torch.nn.functional.avg_pool2d(
        x.mean(1, keepdim=True), side, 1, _REACH, count_include_pad=False
    )
    return pooled
