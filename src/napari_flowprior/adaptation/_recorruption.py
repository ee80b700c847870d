"""Recorruption: two noisy images of one, whose noises have nothing to do with another.

To ``y = x + n``, with n white of level sigma, white w of the same level is added, or
noise that is as alike from pixel to pixel as n is::

    y1 = y + tau w        y2 = y - w / tau

The covariance of their noises is ``sigma^2 - sigma^2 = 0``, so that for Gaussian noise
they are independent. What predicts y2 from y1 best in the mean square predicts x from
y1 best: no clean image is needed.

References
----------
Pang et al., *Recorrupted-to-Recorrupted: unsupervised deep learning for image
denoising* (2021), Theorem 1; Monroy, Bacca and Tachella, *Generalized
Recorrupted-to-Recorrupted: self-supervised learning beyond Gaussian noise* (2025).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    from napari_flowprior.adaptation._batch import NoisyBatch
    from napari_flowprior.flow import MultiscaleFlow

__all__ = ["recorrupted", "recorruption_loss"]

# How strong the added noise is, in units of that which is there: drawn anew each time,
# so that the network keeps knowing a range of levels, from hardly more than that up.
_WEAKEST, _STRONGEST = 0.3, 1.0


def recorrupted(
    batch: NoisyBatch, white: Tensor, tau: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Make two images of each, with independent noises.

    Parameters
    ----------
    batch : NoisyBatch
        Noisy tiles.
    white : Tensor
        White noise of level 1, of the shape of the tiles.
    tau : Tensor
        Strength of what is added, (B,).

    Returns
    -------
    first, second : Tensor
        The two images, (B, C, h, w).
    told : Tensor
        What to tell of the noise of the first one, which is as much stronger, (B,).
    """
    added, factor = batch.noise(white), tau[:, None, None, None]
    first, second = batch.seen + factor * added, batch.seen - added / factor
    return first, second, batch.told * (1 + tau.square()).sqrt()


def recorruption_loss(
    flow: MultiscaleFlow, batch: NoisyBatch, rng: np.random.Generator
) -> Tensor:
    """Return the mean squared error of one half of recorrupted tiles from the other.

    Parameters
    ----------
    flow : MultiscaleFlow
        With a score network.
    batch : NoisyBatch
        Noisy tiles.
    rng : numpy.random.Generator
        The only source of randomness.

    Returns
    -------
    Tensor
        In units of the variance that is told, which it is above by what no network can
        know; a scalar.
    """
    shape = tuple(batch.seen.shape)
    white = torch.from_numpy(rng.standard_normal(shape, dtype="float32"))
    tau = torch.from_numpy(rng.uniform(_WEAKEST, _STRONGEST, shape[0])).to(batch.level)
    first, second, told = recorrupted(batch, white.to(batch.seen), tau)
    answer = flow.denoise(first, told, batch.clipped)
    # Weak noise added to one is strong noise taken from the other, and tells less.
    weight = tau.square() / (1 + tau.square())
    errors = (answer - second).square().flatten(1).mean(1)
    return (weight * errors / batch.told.square()).mean()
