"""A bound on what a denoiser may change."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["bounded"]

# In standard deviations of the noise, and how sharply changes bend towards it.
_MOST_DEVIATIONS = 5.0
_SHARPNESS = 6


def bounded(change: Tensor) -> Tensor:
    """Bend changes towards five standard deviations of the noise.

    Parameters
    ----------
    change : Tensor
        In units of the standard deviation of the noise.

    Returns
    -------
    Tensor
        ``c / (1 + |c / 5|^6)^(1/6)``, of the same shape: below 5 in size, and less
        than a change of 2 by 0.07 %, of 3 by 0.8 %; 0 where the change is NaN.

    Examples
    --------
    >>> bounded(torch.tensor([0.0, 1.0, 1e6, float("inf")]))
    tensor([0., 1., 5., 5.])
    """
    change = torch.nan_to_num(change, nan=0.0)
    part = change.abs() / _MOST_DEVIATIONS
    # The larger of 1 and the part is taken out first, so that no power overflows.
    large = part.clamp_min(1.0)
    rest = (1 / large) ** _SHARPNESS + (part / large) ** _SHARPNESS
    return change / large / rest ** (1 / _SHARPNESS)
