"""The multi-scale flow: an exact density of images of any size."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn

from napari_flowprior._errors import InputError
from napari_flowprior.flow._bound import bounded
from napari_flowprior.flow._layers import (
    ActNorm,
    merge,
)
from napari_flowprior.flow._level import Level
from napari_flowprior.flow._networks import ConvNet, NoiseEmbedding
from napari_flowprior.flow._priors import (
    ContextEncoder,
    standard_normal_log_prob,
)
from napari_flowprior.flow._score_network import ScoreNetwork

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_flowprior.flow._config import FlowConfig

__all__ = ["Decoded", "MultiscaleFlow"]


class Decoded(NamedTuple):
    """What `MultiscaleFlow.decode` finds for a set of latents.

    Parameters
    ----------
    x : Tensor
        Image, (B, C, H, W).
    log_det : Tensor
        Log-determinant of the map from the latents to the image, (B,).
    log_base : Tensor
        Log density of the latents under their base distributions, (B,). The log
        density of the image is ``log_base - log_det``.
    """

    x: Tensor
    log_det: Tensor
    log_base: Tensor


class MultiscaleFlow(nn.Module):
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
        super().__init__()
        self.config = config
        self.embed: NoiseEmbedding | None = None
        if config.noise_conditional:
            self.embed = NoiseEmbedding(config.embedding)
        levels = []
        channels = config.channels
        for index in reversed(range(config.levels)):
            channels *= 4
            levels.append(Level(channels, config, last=index == 0))
            channels //= 2
        self.levels = nn.ModuleList(levels)
        # Last, so that the flow's weights are drawn as if there were none.
        self.score_network: ScoreNetwork | None = None
        if config.score_widths:
            self.score_network = ScoreNetwork(config)

    def _levels(self) -> list[Level]:
        """Levels from fine (l = L-1) to coarse (l = 0)."""
        return [level for level in self.levels if isinstance(level, Level)]

    def _embed(self, sigma: float | Tensor | None, x: Tensor) -> Tensor | None:
        if self.embed is None:
            if sigma is not None:
                raise InputError(
                    "sigma was given, but this flow is not conditioned on noise levels."
                )
            return None
        if sigma is None:
            sigma = 0.0
        sigma = torch.as_tensor(sigma, dtype=x.dtype, device=x.device)
        embedding: Tensor = self.embed(sigma.expand(x.shape[0]))
        return embedding

    def _check_image(self, x: Tensor) -> None:
        stride = self.config.stride
        channels = self.config.channels
        fits = x.ndim == 4 and x.shape[1] == channels and x.numel() > 0
        if not fits or x.shape[2] % stride or x.shape[3] % stride:
            raise InputError(
                f"An image batch of shape {tuple(x.shape)} does not fit this flow; it "
                f"takes (B, {channels}, H, W) with H and W divisible by {stride}."
            )

    def _check_latents(self, latents: Sequence[Tensor]) -> None:
        if len(latents) != self.config.levels:
            raise InputError(
                f"{len(latents)} latents were given; this flow has "
                f"{self.config.levels}, coarse to fine."
            )

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

    @torch.no_grad()
    def initialize(self, x: Tensor, sigma: float | Tensor | None = None) -> None:
        """Initialise every ActNorm from a batch of training images.

        Parameters
        ----------
        x : Tensor
            Images, (B, C, H, W).
        sigma : float or Tensor, optional
            Noise level of the images.
        """
        self._check_image(x)
        embedded = self._embed(sigma, x)
        for level in self._levels():
            for step in level.bijections():
                if isinstance(step, ActNorm):
                    step.initialize(x)
                x, _ = step(x, embedded)
            x, _ = level.split(x)

    def forward(
        self,
        x: Tensor,
        sigma: float | Tensor | None = None,
        *,
        whiten: bool = False,
    ) -> tuple[list[Tensor], Tensor]:
        """Map images to latents.

        Parameters
        ----------
        x : Tensor
            Images, (B, C, H, W).
        sigma : float or Tensor, optional
            Noise level of the images.
        whiten : bool
            Whether to return whitened latents.

        Returns
        -------
        latents : list of Tensor
            ``[u_0, ..., u_{L-1}]`` (or eps), each (B, C_l, H_l, W_l).
        log_det : Tensor
            Log-determinant of the map, (B,).

        Raises
        ------
        InputError
            If the shape does not fit.
        """
        self._check_image(x)
        embedded = self._embed(sigma, x)
        latents = []
        total = x.new_zeros(x.shape[0])
        for level in self._levels():
            x, log_det = level(x, embedded)
            x, u = level.split(x)
            total = total + log_det
            if whiten:
                u, log_det = level.base.whiten(u, x, embedded)
                total = total + log_det
            latents.append(u)
        return latents[::-1], total

    def decode(
        self,
        latents: Sequence[Tensor],
        sigma: float | Tensor | None = None,
        *,
        whitened: bool = False,
    ) -> Decoded:
        """Map latents to images, with both densities that an estimator may need.

        Parameters
        ----------
        latents : sequence of Tensor
            ``[u_0, ..., u_{L-1}]`` (or eps).
        sigma : float or Tensor, optional
            Noise level of the images.
        whitened : bool
            Whether the latents are whitened.

        Returns
        -------
        Decoded
            Image, log-determinant and log density of the latents.

        Raises
        ------
        InputError
            If the number of latents is wrong.
        """
        self._check_latents(latents)
        x = latents[0]
        embedded = self._embed(sigma, x)
        log_det = log_base = x.new_zeros(x.shape[0])
        for level, latent in zip(reversed(self._levels()), latents, strict=True):
            u, eps = latent, latent
            if whitened:
                u, change = level.base.colour(latent, x, embedded)
                log_det = log_det + change
            else:
                eps, change = level.base.whiten(latent, x, embedded)
                log_base = log_base + change
            log_base = log_base + standard_normal_log_prob(eps)
            x = u if level.last else merge(x, u)
            x, change = level.inverse(x, embedded)
            log_det = log_det + change
        return Decoded(x, log_det, log_base)

    def inverse(
        self,
        latents: Sequence[Tensor],
        sigma: float | Tensor | None = None,
        *,
        whitened: bool = False,
    ) -> tuple[Tensor, Tensor]:
        """Map latents to images.

        Parameters
        ----------
        latents : sequence of Tensor
            ``[u_0, ..., u_{L-1}]`` (or eps).
        sigma : float or Tensor, optional
            Noise level of the images.
        whitened : bool
            Whether the latents are whitened.

        Returns
        -------
        x : Tensor
            Images, (B, C, H, W).
        log_det : Tensor
            Log-determinant of the map, (B,).
        """
        decoded = self.decode(latents, sigma, whitened=whitened)
        return decoded.x, decoded.log_det

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
        self, x: Tensor, sigma: Tensor, clipped: Tensor | None = None
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

        Returns
        -------
        Tensor
            Minus the expected noise, in units of sigma; shape of `x`.
        """
        if self.score_network is None:
            return sigma[:, None, None, None] * self.score(x, sigma)
        self._check_image(x)
        scaled: Tensor = self.score_network(x, sigma, clipped)
        return scaled

    def denoise(
        self, x: Tensor, sigma: float | Tensor, clipped: Tensor | None = None
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
        return x + scale * bounded(self.scaled_score(x, level, clipped))

    def latent_shapes(self, height: int, width: int) -> list[tuple[int, int, int]]:
        """Return the shapes (C_l, H_l, W_l) of the latents of an image.

        Parameters
        ----------
        height, width : int
            Size of the image in pixels.

        Returns
        -------
        list of tuple
            Coarse to fine.
        """
        shapes = []
        channels = self.config.channels
        for level in self._levels():
            channels, height, width = channels * 4, height // 2, width // 2
            channels = channels if level.last else channels // 2
            shapes.append((channels, height, width))
        return shapes[::-1]

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
        self._check_image(like.new_empty(number, self.config.channels, *size))
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
