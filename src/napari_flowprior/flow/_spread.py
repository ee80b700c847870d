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
        return (_log_slopes(u) - math.log(self.cell)).sum(dim=(1, 2, 3))

    def forward(self, x: Tensor, level: Tensor | None = None) -> tuple[Tensor, Tensor]:
        u = _spread(x / self.cell)
        return u, self._log_det(u)

    def inverse(self, u: Tensor, level: Tensor | None = None) -> tuple[Tensor, Tensor]:
        return self.cell * _gathered(u), -self._log_det(u)


class SpreadBlackAndWhite(Bijection):
    """Make the noise that fills the cells of black and of white Gaussian.

    As `SpreadBlack` does with black, for images most of whose other pixels are within a
    few cells of white: the cells of white together become a second Gaussian, and what
    lies between is spread from both by logarithms, ``2.5 + log(1 + k a) + log(1 + k_w
    D) - log(1 + k_w (D - a))`` for a cells beyond black of D, where k and k_w are the
    slopes at the edges of the two.

    Parameters
    ----------
    cell : float
        Width of a cell, normalised units; black is at 0 and the last cell at 1.
    white : int
        Number of cells, the last ones, that count as white.
    """

    def __init__(self, cell: float, white: int) -> None:
        super().__init__()
        self.cell, self.white = cell, white
        # In cells: between black and white.
        self.between = 1 / cell - white
        self.rise = _SLOPE / white
        whole = math.log1p(_SLOPE * self.between) + math.log1p(self.rise * self.between)
        self.middle_of_white = 2 * _EDGE + whole

    def _log_det(self, u: Tensor) -> Tensor:
        start = self.middle_of_white - _EDGE
        black, white = u.clamp_max(_EDGE), (u - self.middle_of_white).clamp_min(-_EDGE)
        a = self._place_between(u)
        slopes = _SLOPE / (1 + _SLOPE * a)
        slopes = slopes + self.rise / (1 + self.rise * (self.between - a))
        beyond = torch.where(
            u < start, slopes.log(), _log_slopes(white) - math.log(self.white)
        )
        log_slopes = torch.where(u < _EDGE, _log_slopes(black), beyond)
        return (log_slopes - math.log(self.cell)).sum(dim=(1, 2, 3))

    def _place_between(self, u: Tensor) -> Tensor:
        """Return how many cells beyond that of black, from 0 to `between`."""
        ratio = torch.exp((u - _EDGE).clamp(0, self.middle_of_white - 2 * _EDGE))
        fall = self.rise / (1 + self.rise * self.between)
        return (ratio - 1) / (_SLOPE + ratio * fall)

    def forward(self, x: Tensor, level: Tensor | None = None) -> tuple[Tensor, Tensor]:
        place = x / self.cell
        a = (place - 0.5).clamp(0, self.between)
        white = (place - 0.5 - self.between) / self.white - 0.5
        rest = 1 + self.rise * (self.between - a)
        u = (
            _spread(place.clamp_max(0.5))
            + torch.log1p(_SLOPE * a)
            + torch.log((1 + self.rise * self.between) / rest)
            + _spread(white.clamp_min(-0.5))
            + _EDGE
        )
        return u, self._log_det(u)

    def inverse(self, u: Tensor, level: Tensor | None = None) -> tuple[Tensor, Tensor]:
        white = _gathered((u - self.middle_of_white).clamp_min(-_EDGE)) + 0.5
        place = _gathered(u.clamp_max(_EDGE)) + self._place_between(u)
        return self.cell * (place + self.white * white), -self._log_det(u)


def _spread(place: Tensor) -> Tensor:
    """Map a cell from -1/2 to 1/2 to a Gaussian, and go on with logarithms."""
    inside = torch.special.ndtri(0.5 + _SHARE * place.clamp(-0.5, 0.5))
    beyond = torch.log1p(_SLOPE * (place.abs() - 0.5).clamp_min(0))
    u: Tensor = inside + place.sign() * beyond
    return u


def _log_slopes(u: Tensor) -> Tensor:
    within = u.abs().clamp_max(_EDGE)
    return within.square() / 2 - (u.abs() - within) + _LOG_MIDDLE


def _gathered(u: Tensor) -> Tensor:
    """Undo `_spread`."""
    inside = (torch.special.ndtr(u.clamp(-_EDGE, _EDGE)) - 0.5) / _SHARE
    beyond = torch.expm1((u.abs() - _EDGE).clamp_min(0)) / _SLOPE
    place: Tensor = inside + u.sign() * beyond
    return place
