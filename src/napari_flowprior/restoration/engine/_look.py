"""What a whole plane shows of its blur, however small the blocks of the work are.

A block may hold a dark field only, or nothing but smooth sky, and would be judged to be
another kind of image than its neighbour. So planes are judged once, by windows that do
not depend on the blocks.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from torch import Tensor

from napari_flowprior.data import evenly_spaced
from napari_flowprior.restoration.engine._blocks import (
    LEAST_BLOCK,
    place_of,
    plan_blocks,
)
from napari_flowprior.restoration.engine._sharpness import (
    Sharpness,
    find_sharpness,
    has_zeros,
)
from napari_flowprior.restoration.likelihoods import darkest
from napari_flowprior.restoration.operators import Chain, Convolution

if TYPE_CHECKING:
    from napari_flowprior.restoration.likelihoods import GaussianLikelihood

__all__ = ["Look", "convolution_of", "windows_of"]

# Windows of a plane that are looked at, evenly spaced.
_WINDOWS = 16
# Powers of the transfer function, see `Sharpness`, that are too small to believe in the
# PSF: when two standard deviations are added, and when there is much detail. Zeros, as
# those of motion, make powers uncertain.
_LIMITS, _LIMITS_WITH_ZEROS = (0.78, 0.85), (0.3, 0.2)


def windows_of(shape: tuple[int, int]) -> list[tuple[slice, slice]]:
    """Lay windows of equal size over a plane.

    Parameters
    ----------
    shape : tuple of int
        (Y, X) of the plane, pixels.

    Returns
    -------
    list of tuple of slice
        Rows and columns of 16 windows at most, which are all of a plane that is small.
    """
    plan = plan_blocks(shape, LEAST_BLOCK, 1)
    tiles = list(plan)
    places = [place_of(tiles[n], plan, 1) for n in evenly_spaced(len(tiles), _WINDOWS)]
    return [(_inside(ys, shape[0]), _inside(xs, shape[1])) for ys, xs in places]


def _inside(place: slice, size: int) -> slice:
    """Shift what reaches beyond the end of an axis."""
    length = min(place.stop - place.start, size)
    start = min(place.start, size - length)
    return slice(start, start + length)


def convolution_of(likelihood: GaussianLikelihood) -> Convolution | None:
    """Return the convolution of a plane, if that is all that happened to it."""
    operator = likelihood.operator
    if isinstance(operator, Chain) and len(operator.operators) == 1:
        operator = operator.operators[0]
    return operator if isinstance(operator, Convolution) else None


@dataclass(frozen=True)
class Look:
    """A look at a blurred plane.

    Parameters
    ----------
    windows : Tensor
        Windows of it, (N, C, h, w), normalised.
    blur : Convolution
        What blurred it.
    sigma : float
        Standard deviation of its noise, normalised.
    """

    windows: Tensor
    blur: Convolution
    sigma: float

    @property
    def lowest(self) -> float:
        """The least intensity, normalised."""
        return float(self.windows.min())

    @cached_property
    def dark(self) -> bool:
        """Whether most of the plane is a dark field."""
        return self.floor(None) is not None

    def floor(self, black: float | None) -> float | None:
        """Return the intensity below which the scene is nowhere; see `darkest`."""
        return darkest(self.windows, self.sigma, black)

    def sharpness(self) -> tuple[Sharpness, tuple[float, float]]:
        """Return how sharp the plane is, and the least powers to believe in the PSF."""
        psf = self.blur.psf.cpu().double().numpy()
        planes = self.windows.mean(1).cpu().double().numpy()
        channels = self.windows.shape[1] ** 0.5
        limits = _LIMITS_WITH_ZEROS if has_zeros(psf) else _LIMITS
        level = self.sigma / channels
        found = find_sharpness(planes, psf, level, photons=self.dark)
        return found._replace(noise=found.noise * channels), limits
