"""Means over the surroundings of pixels."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["around"]

# Half the side of the windows in which denoisers are judged, pixels.
_REACH = 16


def around(x: Tensor) -> Tensor:
    """Average over windows; small images are one.

    Parameters
    ----------
    x : Tensor
        Values, (B, C, H, W).

    Returns
    -------
    Tensor
        Means over channels and over the surroundings of each pixel, (B, 1, H, W).

    Examples
    --------
    >>> import torch
    >>> from napari_flowprior.restoration.operators import around
    >>> around(torch.ones(1, 3, 32, 32)).shape
    torch.Size([1, 1, 32, 32])
    """
    sides = x.shape[-2], x.shape[-1]
    reach = [side - 1 if side <= 2 * _REACH + 1 else _REACH for side in sides]
    window = [2 * far + 1 for far in reach]
    mean = x.mean(1, keepdim=True)
    pooled: Tensor = torch.nn.functional.avg_pool2d(
        mean, window, 1, reach, count_include_pad=False
    )
    return pooled
