"""The convention every bijection follows, written once."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

__all__ = ["Bijection", "bounded"]


class Bijection(nn.Module, ABC):
    """An invertible map of feature maps, with its log-determinant.

    Direction and sign are the same everywhere: `forward` goes from the image to
    the latents, `inverse` back, and each returns the log-determinant of the
    Jacobian *of its own direction*, so that ``inverse`` undoes both::

        u, log_det = bijection(x, level)
        x, -log_det = bijection.inverse(u, level)

    Shapes: ``x`` (B, C, H, W); ``log_det`` (B,); ``level`` is the embedding (B, E)
    of the noise level, or None for a flow that is not conditioned on it.
    """

    @abstractmethod
    def forward(self, x: Tensor, level: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Map towards the latents.

        Parameters
        ----------
        x : Tensor
            Features, (B, C, H, W).
        level : Tensor, optional
            Embedded noise level, (B, E).

        Returns
        -------
        tuple of Tensor
            The mapped features (B, C', H', W') and the log-determinant (B,).
        """

    @abstractmethod
    def inverse(self, u: Tensor, level: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Map towards the image.

        Parameters
        ----------
        u : Tensor
            Features on the latent side, (B, C', H', W').
        level : Tensor, optional
            Embedded noise level, (B, E).

        Returns
        -------
        tuple of Tensor
            The features on the image side (B, C, H, W) and the log-determinant (B,).
        """


def bounded(raw: Tensor, bound: float) -> Tensor:
    """Squash a log-scale into (-bound, bound), with slope 1 at zero.

    An unbounded scale lets the inverse explode on inputs unlike the training data,
    which is what degraded images are.

    Parameters
    ----------
    raw : Tensor
        Any shape.
    bound : float
        Largest magnitude of the result.

    Returns
    -------
    Tensor
        ``bound * tanh(raw / bound)``, shape of `raw`.
    """
    return bound * torch.tanh(raw / bound)
