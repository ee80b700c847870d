"""What every scene obeys: it is nowhere darker than black, and its light is kept."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["confined", "darkest"]

_ROUNDS = 50
# A dark field: half of the pixels lie within so many deviations of the darkest one.
_DARK_FIELD = 5.0
# What such a field shows besides noise is less than this share of the range.
_SHOWS = 0.015


def confined(x: Tensor, floor: float, light: Tensor) -> Tensor:
    """Return the nearest images above a floor whose mean is given.

    They are ``max(x - t, floor)`` with one number t for each plane, found by Newton's
    method, which ends: the mean is convex in t, and linear in pieces.

    Parameters
    ----------
    x : Tensor
        Images, (B, C, H, W).
    floor : float
        The least intensity.
    light : Tensor
        Means that the planes shall have, (B, C, 1, 1); at least the floor.

    Returns
    -------
    Tensor
        The images, shape of `x`.

    References
    ----------
    Duchi et al., *Efficient projections onto the l1-ball for learning in high
    dimensions* (2008), for the projection onto a simplex.
    """
    light = light.clamp_min(floor)
    shift = x.mean((-2, -1), keepdim=True) - light
    for _ in range(_ROUNDS):
        excess = (x - shift).clamp_min(floor).mean((-2, -1), keepdim=True) - light
        above = (x - shift > floor).to(x).mean((-2, -1), keepdim=True)
        step = (excess / above.clamp_min(1 / x[0, 0].numel())).clamp_min(0)
        shift = shift + step
        if bool((step <= 1e-7).all()):
            break
    return (x - shift).clamp_min(floor)


def darkest(y: Tensor, sigma: float, black: float | None) -> float | None:
    """Return the intensity below which the scene of a plane is nowhere.

    That is black, or the dark field if half of the plane is nothing else: then its
    median lies no further above the darkest pixel than noise reaches, and what is
    darker is noise, which neighbours do not share. Strong noise reaches far, and hides
    scenes.

    Parameters
    ----------
    y : Tensor
        The observation, (1, C, H, W).
    sigma : float
        Standard deviation of its noise.
    black : float, optional
        The least intensity that is possible, if there is one.

    Returns
    -------
    float or None
        The least intensity, if there is one.

    Examples
    --------
    >>> import torch
    >>> from napari_flowprior.restoration.likelihoods import darkest
    >>> plane = torch.full((1, 1, 16, 16), 0.1)  # a dark field
    >>> plane[..., 8, 8] = 1
    >>> round(darkest(plane, 0.01, 0.0), 3)
    0.1
    """
    low, field, high = float(y.min()), float(y.median()), float(y.max())
    if field - low > _DARK_FIELD * sigma:
        return black
    if _shared(y.clamp_max(field)) > _SHOWS * (high - low):
        return black
    return field if black is None else max(field, black)


def _shared(y: Tensor) -> float:
    """Return the standard deviation of what pixels have in common with neighbours."""
    seen = y - y.mean((-2, -1), keepdim=True)
    along = seen[..., 1:] * seen[..., :-1]
    across = seen[..., 1:, :] * seen[..., :-1, :]
    # Of a single row nothing lies across.
    products = [float(each.mean()) for each in (along, across) if each.numel()]
    return math.sqrt(max(sum(products) / max(len(products), 1), 0.0))
