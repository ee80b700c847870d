"""Richardson-Lucy: the restoration that needs no prior, and does no harm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor

    from napari_flowprior.restoration.operators._base import Operator

__all__ = ["richardson_lucy"]

_FAINTEST = 1e-6


def richardson_lucy(
    y: Tensor, operator: Operator, floor: float, steps: int = 10
) -> Tensor:
    """Deconvolve images that are nowhere below a floor.

    Parameters
    ----------
    y : Tensor
        Observation, (B, C, H, W).
    operator : Operator
        A convolution, of an even size and no negative values.
    floor : float
        The least intensity.
    steps : int
        Number of steps. More are sharper and noisier.

    Returns
    -------
    Tensor
        Images above the floor, of the light of `y` where the operator keeps light.

    References
    ----------
    Richardson, *Bayesian-based iterative method of image restoration* (1972); Lucy,
    *An iterative technique for the rectification of observed distributions* (1974).
    """
    seen = (y - floor).clamp_min(_FAINTEST)
    share = operator.adjoint(torch.ones_like(seen)).clamp_min(_FAINTEST)
    x = seen
    for _ in range(steps):
        expected = operator.forward(x).clamp_min(_FAINTEST)
        x = x * operator.adjoint(seen / expected).clamp_min(0) / share
    return x + floor
