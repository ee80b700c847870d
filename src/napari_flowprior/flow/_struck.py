"""Single pixels that noise cannot have made: dead, hot, struck, and single stars."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import pad

__all__ = ["without_struck"]

# How far such a pixel is from all of its neighbours at least: in standard deviations
# of the noise, and in units of the range.
_DEVIATIONS, _LEAST = 5.0, 0.15
_AROUND = [(y, x) for y in range(3) for x in range(3) if (y, x) != (1, 1)]


def without_struck(x: Tensor, sigma: float) -> Tensor:
    """Put the median of their neighbours in place of pixels unlike all of them.

    Parameters
    ----------
    x : Tensor
        Images, (B, C, H, W), normalised.
    sigma : float
        Standard deviation of their noise.

    Returns
    -------
    Tensor
        The same, but for pixels that are apart from each of their eight neighbours by
        more than five standard deviations and 0.15 of the range.

    Examples
    --------
    >>> import torch
    >>> from napari_flowprior.flow import without_struck
    >>> x = torch.zeros(1, 1, 5, 5)
    >>> x[0, 0, 2, 2] = 1
    >>> bool(without_struck(x, 0.1).any())
    False
    """
    if min(x.shape[-2:]) < 2:
        return x
    height, width = x.shape[-2:]
    wide = pad(x, (1, 1, 1, 1), mode="reflect")
    near = torch.stack([wide[..., y : y + height, k : k + width] for y, k in _AROUND])
    apart = (near - x).abs().amin(0)
    struck = apart > max(_DEVIATIONS * sigma, _LEAST)
    # Hardly any are, and medians take long.
    return x.masked_scatter(struck, near[:, struck].median(0).values)
