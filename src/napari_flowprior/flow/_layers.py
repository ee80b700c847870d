"""Layers without a network: ActNorm, invertible 1x1 convolution, squeeze, split."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from napari_flowprior.flow._base import Bijection

__all__ = ["ActNorm", "InvertibleConv1x1", "Squeeze", "merge", "split"]


class ActNorm(Bijection):
    """Per-channel affine map ``u = (x + shift) * exp(log_scale)``.

    Starts as the identity; `initialize` makes the output of a given batch zero-mean
    and unit-variance per channel. Nothing is initialised inside `forward`.

    Parameters
    ----------
    channels : int
        Number of channels C.

    References
    ----------
    Kingma and Dhariwal, *Glow* (2018), section 3.1, https://arxiv.org/abs/1807.03039
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.shift = nn.Parameter(torch.zeros(1, channels, 1, 1))
        self.log_scale = nn.Parameter(torch.zeros(1, channels, 1, 1))

    @torch.no_grad()
    def initialize(self, x: Tensor) -> None:
        """Set shift and scale from the statistics of a batch.

        Parameters
        ----------
        x : Tensor
            The batch as it reaches this layer, (B, C, H, W).
        """
        std, mean = torch.std_mean(x, dim=(0, 2, 3), keepdim=True, correction=0)
        self.shift.copy_(-mean)
        self.log_scale.copy_(-torch.log(std.clamp_min(1e-6)))

    def _log_det(self, x: Tensor) -> Tensor:
        return (self.log_scale.sum() * x.shape[-2] * x.shape[-1]).expand(x.shape[0])

    def forward(self, x: Tensor, level: Tensor | None = None) -> tuple[Tensor, Tensor]:
        return (x + self.shift) * self.log_scale.exp(), self._log_det(x)

    def inverse(self, u: Tensor, level: Tensor | None = None) -> tuple[Tensor, Tensor]:
        return u * (-self.log_scale).exp() - self.shift, -self._log_det(u)


class InvertibleConv1x1(Bijection):
    """Mix the channels by ``W = P L (U + diag(sign * exp(log_diagonal)))``.

    The LU parametrisation makes the log-determinant a sum and the inverse two
    triangular solves. W starts as a random rotation, whose permutation P and signs
    stay fixed.

    Parameters
    ----------
    channels : int
        Number of channels C.

    References
    ----------
    Kingma and Dhariwal, *Glow* (2018), section 3.2, https://arxiv.org/abs/1807.03039
    """

    permutation: Tensor
    sign: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        permutation, sign, lower, upper, log_diagonal = _random_rotation(channels)
        self.register_buffer("permutation", permutation)
        self.register_buffer("sign", sign)
        self.lower = nn.Parameter(lower)
        self.upper = nn.Parameter(upper)
        self.log_diagonal = nn.Parameter(log_diagonal)

    def _factors(self) -> tuple[Tensor, Tensor]:
        eye = torch.eye(len(self.sign), dtype=self.lower.dtype, device=self.sign.device)
        lower = self.lower.tril(-1) + eye
        diagonal = torch.diag(self.sign * self.log_diagonal.exp())
        return lower, self.upper.triu(1) + diagonal

    def _log_det(self, x: Tensor) -> Tensor:
        area = x.shape[-2] * x.shape[-1]
        return (self.log_diagonal.sum() * area).expand(x.shape[0])

    def weight(self) -> Tensor:
        """Return the matrix W.

        Returns
        -------
        Tensor
            Shape (C, C).
        """
        lower, upper = self._factors()
        return self.permutation @ lower @ upper

    def inverse_weight(self) -> Tensor:
        """Return the inverse of W, from two triangular solves.

        Returns
        -------
        Tensor
            Shape (C, C).
        """
        lower, upper = self._factors()
        rest = torch.linalg.solve_triangular(
            lower, self.permutation.mT, upper=False, unitriangular=True
        )
        inverse: Tensor = torch.linalg.solve_triangular(upper, rest, upper=True)
        return inverse

    def forward(self, x: Tensor, level: Tensor | None = None) -> tuple[Tensor, Tensor]:
        return F.conv2d(x, self.weight()[:, :, None, None]), self._log_det(x)

    def inverse(self, u: Tensor, level: Tensor | None = None) -> tuple[Tensor, Tensor]:
        weight = self.inverse_weight()[:, :, None, None]
        return F.conv2d(u, weight), -self._log_det(u)


def _random_rotation(channels: int) -> tuple[Tensor, ...]:
    """Draw a rotation as P, signs, L, U and log-diagonal of its LU factors."""
    square = torch.empty(channels, channels)
    if square.is_meta:
        # Only shapes are wanted, and arithmetic there would import half of torch.
        row = torch.empty(channels)
        return square, row, square, square, row
    rotation = torch.linalg.qr(torch.randn(channels, channels))[0]
    permutation, lower, upper = torch.linalg.lu(rotation)
    diagonal = upper.diagonal()
    log_diagonal = diagonal.abs().log()
    return permutation, diagonal.sign(), lower.tril(-1), upper.triu(1), log_diagonal


class Squeeze(Bijection):
    """Trade resolution for channels: (C, H, W) to (4C, H/2, W/2), volume kept."""

    def forward(self, x: Tensor, level: Tensor | None = None) -> tuple[Tensor, Tensor]:
        return F.pixel_unshuffle(x, 2), x.new_zeros(x.shape[0])

    def inverse(self, u: Tensor, level: Tensor | None = None) -> tuple[Tensor, Tensor]:
        return F.pixel_shuffle(u, 2), u.new_zeros(u.shape[0])


def split(x: Tensor) -> tuple[Tensor, Tensor]:
    """Split the channels into the half that goes on and the half that stays.

    Parameters
    ----------
    x : Tensor
        Features, (B, C, H, W) with even C.

    Returns
    -------
    tuple of Tensor
        ``h``, which goes on to the coarser levels, and the latent ``u``; each
        (B, C/2, H, W).
    """
    h, u = x.chunk(2, dim=1)
    return h, u


def merge(h: Tensor, u: Tensor) -> Tensor:
    """Undo `split`.

    Parameters
    ----------
    h, u : Tensor
        The two halves, each (B, C/2, H, W).

    Returns
    -------
    Tensor
        Features, (B, C, H, W).
    """
    return torch.cat((h, u), dim=1)
