"""The invertible map between images and latents of several levels."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn

from napari_flowprior._errors import InputError
from napari_flowprior.flow._layers import ActNorm, merge
from napari_flowprior.flow._level import Level
from napari_flowprior.flow._networks import NoiseEmbedding
from napari_flowprior.flow._priors import standard_normal_log_prob
from napari_flowprior.flow._spread import SpreadBlack, SpreadBlackAndWhite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_flowprior.flow._config import FlowConfig

__all__ = ["Decoded", "LatentPyramid", "check_image"]


class Decoded(NamedTuple):
    """What `LatentPyramid.decode` finds for a set of latents.

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


class LatentPyramid(nn.Module):
    """The layers of a `MultiscaleFlow`, as a map from images to latents and back.

    Parameters
    ----------
    config : FlowConfig
        The architecture.
    """

    def __init__(self, config: FlowConfig) -> None:
        super().__init__()
        self.config = config
        self.embed: NoiseEmbedding | None = None
        if config.noise_conditional:
            self.embed = NoiseEmbedding(config.embedding)
        self.spread = _make_spread(config)
        levels = []
        channels = config.channels
        for index in reversed(range(config.levels)):
            channels *= 4
            levels.append(Level(channels, config, last=index == 0))
            channels //= 2
        self.levels = nn.ModuleList(levels)

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

    def _check_latents(self, latents: Sequence[Tensor]) -> None:
        if len(latents) != self.config.levels:
            raise InputError(
                f"{len(latents)} latents were given; this flow has "
                f"{self.config.levels}, coarse to fine."
            )

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
        check_image(x, self.config)
        embedded = self._embed(sigma, x)
        if self.spread is not None:
            x, _ = self.spread(x)
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
        check_image(x, self.config)
        embedded = self._embed(sigma, x)
        latents = []
        total = x.new_zeros(x.shape[0])
        if self.spread is not None:
            x, total = self.spread(x)
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
        if self.spread is not None:
            x, change = self.spread.inverse(x)
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


def _make_spread(config: FlowConfig) -> SpreadBlack | SpreadBlackAndWhite | None:
    if config.white_cells:
        return SpreadBlackAndWhite(config.black_cell, config.white_cells)
    return SpreadBlack(config.black_cell) if config.black_cell else None


def check_image(x: Tensor, config: FlowConfig) -> None:
    """Refuse batches that a flow cannot take.

    Parameters
    ----------
    x : Tensor
        Images.
    config : FlowConfig
        The architecture of the flow.

    Raises
    ------
    InputError
        If the shape does not fit.
    """
    stride, channels = config.stride, config.channels
    fits = x.ndim == 4 and x.shape[1] == channels and x.numel() > 0
    if not fits or x.shape[2] % stride or x.shape[3] % stride:
        raise InputError(
            f"An image batch of shape {tuple(x.shape)} does not fit this flow; it "
            f"takes (B, {channels}, H, W) with H and W divisible by {stride}."
        )
