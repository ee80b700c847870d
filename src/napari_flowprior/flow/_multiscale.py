"""The multi-scale flow: an exact density of images of any size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from napari_flowprior.flow._bound import bounded
from napari_flowprior.flow._networks import ConvNet
from napari_flowprior.flow._priors import ContextEncoder, standard_normal_log_prob
from napari_flowprior.flow._pyramid import LatentPyramid, check_image
from napari_flowprior.flow._score_network import ScoreNetwork

if TYPE_CHECKING:
    from napari_flowprior.flow._config import FlowConfig

__all__ = ["MultiscaleFlow"]


class MultiscaleFlow(LatentPyramid):
    """Normalizing flow of L levels with K steps each, fully convolutional.

    Each level squeezes, applies K steps of ActNorm, invertible 1x1 convolution and
    affine coupling, and lets half of its channels go as the latent u_l with base
    distribution p(u_l | h_l), where h_l is the half that goes on. The coarsest level
    leaves u_0. Latents are lists ``[u_0, ..., u_{L-1}]``, coarse to fine; *whitened*
    latents ``eps`` have their base distribution's mean and scale taken out, so that
    their density is N(0, I).

    Images have shape (B, C, H, W) with H and W divisible by ``2**L`` and intensities
    normalised so that [0, 1] is the usual range. `sigma`, the standard deviation of
    the noise in the image in the same units, is a number or a tensor (B,); a flow
    that is not noise-conditional takes None.

    Parameters
    ----------
    config : FlowConfig
        The architecture.

    References
    ----------
    Helminger et al., *Generic Image Restoration with Flow Based Priors* (2021),
    supplement; conditioning on the noise as in SoftFlow (Kim et al., 2020).
    """

    def __init__(self, config: FlowConfig) -> None:
        super().__init__(config)
        # Last, so that the flow's weights are drawn as if there were none.
        self.score_network: ScoreNetwork | None = None
        if config.score_widths:
            self.score_network = ScoreNetwork(config)

    def set_bfloat16(self, enabled: bool) -> None:
        """Run the networks inside the flow in bfloat16, all else stays as it is.

        Parameters
        ----------
        enabled : bool
            Whether to use bfloat16.
        """
        for module in self.modules():
            if isinstance(module, ConvNet | ContextEncoder | ScoreNetwork):
                module.half_networks = enabled

    def log_prob(self, x: Tensor, sigma: float | Tensor | None = None) -> Tensor:
        """Return the log density of images.

        Parameters
        ----------
        x : Tensor
            Images, (B, C, H, W).
        sigma : float or Tensor, optional
            Noise level of the images.

        Returns
        -------
        Tensor
            Log density in nats, summed over an image, (B,).
        """
        latents, log_det = self.forward(x, sigma, whiten=True)
        terms = [standard_normal_log_prob(eps) for eps in latents]
        return log_det + torch.stack(terms).sum(0)

    def score(
        self,
        x: Tensor,
        sigma: float | Tensor | None = None,
        *,
        create_graph: bool = False,
    ) -> Tensor:
        """Return the gradient of the log density by the image.

        Parameters
        ----------
        x : Tensor
            Images, (B, C, H, W).
        sigma : float or Tensor, optional
            Noise level of the images.
        create_graph : bool
            Whether the score itself is to be differentiated (score matching).

        Returns
        -------
        Tensor
            Score, shape of `x`.
        """
        with torch.enable_grad():
            x = x if create_graph and x.requires_grad else x.detach().requires_grad_()
            total = self.log_prob(x, sigma).sum()
            (score,) = torch.autograd.grad(total, x, create_graph=create_graph)
        return score

    def scaled_score(
        self,
        x: Tensor,
        sigma: Tensor,
        clipped: Tensor | None = None,
        *,
        half: bool = False,
    ) -> Tensor:
        """Return sigma times the score, by the score network if there is one.

        Parameters
        ----------
        x : Tensor
            Noisy images, (B, C, H, W).
        sigma : Tensor
            Noise level of the images, (B,), or of their pixels, (B, 1, H, W); only a
            score network takes the latter.
        clipped : Tensor, optional
            Whether intensities were cut off at 0 and at 1, (B, 2); see `ScoreNetwork`.
        half : bool
            Whether the score network computes in bfloat16.

        Returns
        -------
        Tensor
            Minus the expected noise, in units of sigma; shape of `x`.
        """
        if self.score_network is None:
            return sigma[:, None, None, None] * self.score(x, sigma)
        check_image(x, self.config)
        scaled: Tensor = self.score_network(x, sigma, clipped, half=half)
        return scaled

    def denoise(
        self,
        x: Tensor,
        sigma: float | Tensor,
        clipped: Tensor | None = None,
        *,
        half: bool = False,
    ) -> Tensor:
        """Return the posterior mean of images with Gaussian noise.

        No pixel changes by more than five standard deviations: a posterior mean cannot
        but once in millions, and a network may answer anything to an image unlike those
        that it has seen. The bound is smooth; see `bounded`.

        Parameters
        ----------
        x : Tensor
            Noisy images, (B, C, H, W).
        sigma : float or Tensor
            Noise level: a number, one per image, (B,), or, with a score network, one
            per pixel, (B, 1, H, W).
        clipped : Tensor, optional
            Whether intensities were cut off at 0 and at 1, (B, 2); see `ScoreNetwork`.
        half : bool
            Whether the score network computes in bfloat16.

        Returns
        -------
        Tensor
            ``x + sigma^2 * grad log p_sigma(x)`` (Tweedie), where the gradient is that
            of the score network if there is one, and else the flow's own; shape of `x`.
        """
        level = torch.as_tensor(sigma, dtype=x.dtype, device=x.device)
        if level.ndim < 4:
            level = level.expand(x.shape[0])
        scale = level if level.ndim == 4 else level[:, None, None, None]
        scaled = self.scaled_score(x, level, clipped, half=half)
        return x + scale * bounded(scaled)

    @torch.no_grad()
    def sample(
        self,
        number: int,
        size: tuple[int, int],
        *,
        temperature: float = 1.0,
        sigma: float | Tensor | None = None,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """Draw images.

        Parameters
        ----------
        number : int
            Number of images B.
        size : tuple of int
            Height and width, divisible by ``2**L``.
        temperature : float
            Standard deviation of the whitened latents; below 1 gives smoother images.
        sigma : float or Tensor, optional
            Noise level of the images to draw.
        generator : torch.Generator, optional
            Source of randomness.

        Returns
        -------
        Tensor
            Images, (B, C, H, W).
        """
        like = next(self.parameters())
        check_image(like.new_empty(number, self.config.channels, *size), self.config)
        eps = [
            temperature
            * torch.randn(
                number,
                *shape,
                generator=generator,
                dtype=like.dtype,
                device=like.device,
            )
            for shape in self.latent_shapes(*size)
        ]
        return self.inverse(eps, sigma, whitened=True)[0]
