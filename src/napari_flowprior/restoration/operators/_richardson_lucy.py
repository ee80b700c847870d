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

    Examples
    --------
    >>> import torch
    >>> from napari_flowprior.restoration import Convolution, gaussian_psf
    >>> from napari_flowprior.restoration.operators import richardson_lucy
    >>> spot = torch.zeros(1, 1, 16, 16)
    >>> spot[..., 8, 8] = 1
    >>> blur = Convolution(torch.from_numpy(gaussian_psf(1.0)).float(), (16, 16))
    >>> soft = blur.forward(spot)
    >>> sharp = richardson_lucy(soft, blur, floor=0.0)
    >>> bool(sharp.max() > soft.max())
    True
    """
    seen = (y - floor).clamp_min(_FAINTEST)
    share = operator.adjoint(torch.ones_like(seen)).clamp_min(_FAINTEST)
    x = seen
    for _ in range(steps):
        expected = operator.forward(x).clamp_min(_FAINTEST)
        x = x * operator.adjoint(seen / expected).clamp_min(0) / share
    return x + floor
