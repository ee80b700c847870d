"""Base distributions of the latents, all Gaussian: p(u_0) and p(u_l | h_l)."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from itertools import pairwise
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from napari_flowprior.flow._base import bounded
from napari_flowprior.flow._networks import activation, zero_init

if TYPE_CHECKING:
    from napari_flowprior.flow._config import FlowConfig

__all__ = [
    "ContextEncoder",
    "GaussianBase",
    "LearnedGaussian",
    "standard_normal_log_prob",
]


def standard_normal_log_prob(eps: Tensor) -> Tensor:
    """Return the log density of N(0, I), summed over all but the first axis.

    Parameters
    ----------
    eps : Tensor
        Whitened latent, (B, ...).

    Returns
    -------
    Tensor
        Log density in nats, (B,).
    """
    squares = eps.square().flatten(1).sum(1)
    return -0.5 * (squares + eps[0].numel() * math.log(2 * math.pi))


class GaussianBase(nn.Module, ABC):
    """A Gaussian over a latent whose mean and scale may depend on a context h."""

    @abstractmethod
    def moments(self, h: Tensor, level: Tensor | None) -> tuple[Tensor, Tensor]:
        """Return mean and log standard deviation, each broadcastable to the latent.

        Parameters
        ----------
        h : Tensor
            Context, (B, C, H, W); a base without context takes only its batch size.
        level : Tensor or None
            Embedded noise level, (B, E).

        Returns
        -------
        tuple of Tensor
            Mean and log standard deviation.
        """

    def whiten(
        self, u: Tensor, h: Tensor, level: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Map a latent to its whitened form ``eps = (u - mean) / std``.

        Parameters
        ----------
        u : Tensor
            Latent, (B, C, H, W).
        h : Tensor
            Its context.
        level : Tensor or None
            Embedded noise level, (B, E).

        Returns
        -------
        tuple of Tensor
            Whitened latent (B, C, H, W) and the log-determinant of the map (B,).
        """
        mean, log_std = self.moments(h, level)
        log_det = -log_std.expand_as(u).sum(dim=(1, 2, 3))
        return (u - mean) * (-log_std).exp(), log_det

    def colour(
        self, eps: Tensor, h: Tensor, level: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Undo `whiten`.

        Parameters
        ----------
        eps : Tensor
            Whitened latent, (B, C, H, W).
        h : Tensor
            Context of the latent.
        level : Tensor or None
            Embedded noise level, (B, E).

        Returns
        -------
        tuple of Tensor
            Latent (B, C, H, W) and the log-determinant of the map (B,).
        """
        mean, log_std = self.moments(h, level)
        log_det = log_std.expand_as(eps).sum(dim=(1, 2, 3))
        return eps * log_std.exp() + mean, log_det


class LearnedGaussian(GaussianBase):
    """``N(mu, 1)`` or ``N(mu, sigma)`` with trained moments per channel.

    Moments per channel, not per pixel, keep the flow fully convolutional [R].

    Parameters
    ----------
    channels : int
        Number of channels of the latent.
    learn_scale : bool
        Whether sigma is trained too (Tables 2 and 3) or fixed at 1 (Table 1).
    """

    log_std: Tensor

    def __init__(self, channels: int, *, learn_scale: bool) -> None:
        super().__init__()
        self.mean = nn.Parameter(torch.zeros(1, channels, 1, 1))
        if learn_scale:
            self.log_std = nn.Parameter(torch.zeros(1, channels, 1, 1))
        else:
            # No file holds them: a flow that waits for its weights needs them, too.
            zeros = torch.zeros(1, channels, 1, 1, device="cpu")
            self.register_buffer("log_std", zeros, persistent=False)

    def moments(self, h: Tensor, level: Tensor | None) -> tuple[Tensor, Tensor]:
        return self.mean, self.log_std


class ContextEncoder(GaussianBase):
    """``N(mu(h), sigma(h))`` with both moments from a small convolutional network.

    One zero-initialised 3x3 convolution (Table 2), or dropout and several 3x3
    convolutions of which the last starts at zero (Figure 3). The second half of the
    output is the logarithm of sigma [R], bounded as the couplings are.

    Parameters
    ----------
    channels : int
        Channels of the context and of the latent.
    config : FlowConfig
        Gives the number of convolutions, their width and the dropout.
    """

    def __init__(self, channels: int, config: FlowConfig) -> None:
        super().__init__()
        self.dropout = nn.Dropout(config.context_dropout)
        inner = [config.hidden] * (config.context_layers - 1)
        widths = [channels, *inner, 2 * channels]
        pairs = pairwise(widths)
        self.convs = nn.ModuleList(nn.Conv2d(i, o, 3, padding=1) for i, o in pairs)
        self.act = activation(config.activation)
        self.bound = config.scale_bound
        self.modulate: nn.Linear | None = None
        if config.noise_conditional:
            self.modulate = nn.Linear(config.embedding, widths[1])
            zero_init(self.modulate)
        zero_init(self.convs[-1])
        self.half_networks = False

    def moments(self, h: Tensor, level: Tensor | None) -> tuple[Tensor, Tensor]:
        with torch.autocast(h.device.type, torch.bfloat16, enabled=self.half_networks):
            out = self.dropout(h).contiguous(memory_format=torch.channels_last)
            for index, conv in enumerate(self.convs):
                out = conv(out if index == 0 else self.act(out))
                if index == 0 and self.modulate is not None and level is not None:
                    out = out + self.modulate(level)[:, :, None, None]
        mean, raw = out.to(h.dtype).chunk(2, dim=1)
        return mean, bounded(raw, self.bound)
