"""Intensities spread around black, for images that are mostly black."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from napari_flowprior.flow._base import Bijection

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["SpreadBlack"]

# Where the cell of black ends, in standard deviations of what it becomes: nearly all of
# a Gaussian.
_EDGE = 2.5
_SHARE = math.erf(_EDGE / math.sqrt(2))
# Slope at that edge, in cells, on both of its sides.
_SLOPE = _SHARE * math.sqrt(2 * math.pi) * math.exp(_EDGE**2 / 2)
_LOG_MIDDLE = math.log(_SHARE * math.sqrt(2 * math.pi))


class SpreadBlack(Bijection):
    """Make the noise that fills the cell of black Gaussian; spread what is brighter.

    Where most pixels are black, uniform noise of the width of a quantisation cell is
    most of what there is to describe, and couplings, which are affine in each value,
    describe uniform noise as Gaussian: at 0.25 bits apiece. This map takes quantiles of
    N(0, 1) inside the cell, from -2.5 to 2.5, and continues with the logarithm. With x
    in cells, ``P(u) = 1 / 2 + (2 P(2.5) - 1) x`` for ``|x| <= 1 / 2``, where P is the
    distribution function of N(0, 1), and ``|u| = 2.5 + log(1 + k (|x| - 1 / 2))``
    beyond, where k makes the slope continuous.

    Parameters
    ----------
    cell : float
        Width of the cell, normalised units.
    """

    def __init__(self, cell: float) -> None:
        super().__init__()
        self.cell = cell

    def _log_det(self, u: Tensor) -> Tensor:
        within = u.abs().clamp_max(_EDGE)
        slopes = within.square() / 2 - (u.abs() - within)
        return (slopes + _LOG_MIDDLE - math.log(self.cell)).sum(dim=(1, 2, 3))

    def forward(self, x: Tensor, level: Tensor | None = None) -> tuple[Tensor, Tensor]:
        place = x / self.cell
        inside = torch.special.ndtri(0.5 + _SHARE * place.clamp(-0.5, 0.5))
        beyond = torch.log1p(_SLOPE * (place.abs() - 0.5).clamp_min(0))
        u = inside + place.sign() * beyond
        return u, self._log_det(u)

    def inverse(self, u: Tensor, level: Tensor | None = None) -> tuple[Tensor, Tensor]:
        inside = (torch.special.ndtr(u.clamp(-_EDGE, _EDGE)) - 0.5) / _SHARE
        beyond = torch.expm1((u.abs() - _EDGE).clamp_min(0)) / _SLOPE
        return self.cell * (inside + u.sign() * beyond), -self._log_det(u)
