"""A bound on what a denoiser may change."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["bounded"]

# In standard deviations of the noise: the most, and from where on changes bend.
_MOST = 5.0
_BENDS = 3.0


def bounded(change: Tensor) -> Tensor:
    """Bend changes beyond three standard deviations of the noise towards five.

    Parameters
    ----------
    change : Tensor
        In units of the standard deviation of the noise.

    Returns
    -------
    Tensor
        The change where its size is at most 3, and else ``3 + 2 tanh((size - 3) / 2)``
        with the same sign; 0 where it is NaN. Of the same shape.

    Examples
    --------
    >>> import torch
    >>> from napari_flowprior.flow import bounded
    >>> bounded(torch.tensor([0.0, 1.5, 3.0, 1e6, float("-inf")]))
    tensor([ 0.0000,  1.5000,  3.0000,  5.0000, -5.0000])
    """
    change = torch.nan_to_num(change, nan=0.0)
    size = change.abs()
    room = _MOST - _BENDS
    bent = _BENDS + room * torch.tanh((size - _BENDS) / room)
    return torch.where(size > _BENDS, change.sign() * bent, change)
