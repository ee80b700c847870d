"""Downsampling of whole planes by an integer factor: optics and pixels too coarse."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Literal

import torch
from torch import Tensor
from torch.nn.functional import pad

from napari_flowprior._errors import InputError
from napari_flowprior.restoration.operators._dct import dct, dct2, extend, fold, idct2

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Antialias", "Decimation", "output_geometry"]

Antialias = bool | Literal["box"]
"""How pixels are made smaller: bicubic filter (True), mean ("box"), or one of many."""

# The bicubic kernel ends two coarse pixels from its centre.
_REACH = 2


@dataclass(frozen=True, eq=False)
class Decimation:
    """``A x``: every factor-th pixel per axis of images that are filtered before.

    Both axes are treated alike and one after the other; images are mirrored at their
    edges. Fine pixels are counted in blocks of factor x factor, and coarse pixels lie
    at the centres of blocks, where the mean of the block would lie, or where the pixel
    lies that is picked.

    Parameters
    ----------
    factor : int
        How many fine pixels make one coarse pixel along each axis, 2 or more.
    size : tuple of int
        Height and width of the fine images, multiples of the factor.
    antialias : bool or "box"
        True filters by Keys' bicubic kernel (a = -1/2) widened by the factor, as
        Pillow and MATLAB's imresize do; "box" averages blocks; False picks one pixel
        of each block.
    phase : int
        Which pixel of a block is picked along each axis, from 0, as
        ``x[phase::factor, phase::factor]`` does; not used otherwise.

    Raises
    ------
    InputError
        If the factor, the size, the filter or the phase cannot be used.

    References
    ----------
    Keys, *Cubic convolution interpolation for digital image processing* (1981). For
    the closed form of the proximal map: Zhao et al., *Fast single image
    super-resolution using a new analytical solution for l2-l2 problems* (2016), there
    for images that wrap around; with mirrors the DCT takes the place of the FFT.
    """

    factor: int
    size: tuple[int, int]
    antialias: Antialias = True
    phase: int = 0
    exact: ClassVar[bool] = True

    def __post_init__(self) -> None:
        _check_factor(self.factor)
        _check_antialias(self.antialias)
        _check_phase(self.phase, self.factor)
        if any(side < 1 or side % self.factor for side in self.size):
            raise InputError(
                f"Images of {self.size[0]} x {self.size[1]} pixels cannot be divided "
                f"into blocks of side {self.factor}; crop them to a multiple of it."
            )

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the coarse images."""
        return self.size[0] // self.factor, self.size[1] // self.factor

    def forward(self, x: Tensor) -> Tensor:
        """Return the coarse images.

        Parameters
        ----------
        x : Tensor
            Fine images, (B, C, H, W).

        Returns
        -------
        Tensor
            Coarse images, (B, C, H / factor, W / factor).
        """
        assert tuple(x.shape[-2:]) == tuple(self.size)
        kernel = self._kernel.to(x)
        return _shrink(_shrink(x, kernel).mT, kernel).mT

    def adjoint(self, y: Tensor) -> Tensor:
        """Return ``A^T y``.

        Parameters
        ----------
        y : Tensor
            Coarse images, (B, C, H / factor, W / factor).

        Returns
        -------
        Tensor
            Fine images, (B, C, H, W).
        """
        assert tuple(y.shape[-2:]) == self.shape
        kernel = self._kernel.to(y)
        return _spread(_spread(y, kernel).mT, kernel).mT

    def prox(self, x: Tensor, y: Tensor, sigma: float | Tensor, rho: float) -> Tensor:
        """Correct `x` where its coarse image is not `y`; exact, in closed form.

        The minimiser of ``||A z - y||^2 / (2 sigma^2) + ||z - x||^2 / (2 rho^2)`` is
        ``x + A^T (A A^T + sigma^2 / rho^2)^-1 (y - A x)``, and the DCT of the coarse
        grid diagonalises ``A A^T``.

        Parameters
        ----------
        x, y : Tensor
            Current fine image, (B, C, H, W), and coarse observation.
        sigma, rho : float
            Standard deviations of `y` and of `x`; not both zero. If sigma is 0, the
            result has exactly the coarse image `y`.

        Returns
        -------
        Tensor
            The minimiser, shape of `x`.
        """
        assert not isinstance(sigma, Tensor), "one level only"
        down, across = (values.to(x) for values in self._gram)
        weight = rho**2 / (rho**2 * down[:, None] * across + sigma**2)
        residual = y - self.forward(x)
        return x + self.adjoint(idct2(dct2(residual) * weight))

    def start(self, y: Tensor) -> Tensor:
        """Enlarge by bicubic interpolation, coarse pixels at their places.

        Parameters
        ----------
        y : Tensor
            Coarse images, (B, C, H / factor, W / factor).

        Returns
        -------
        Tensor
            Fine images, (B, C, H, W).
        """
        centre = _centre(self.factor, self.antialias, self.phase)
        kernel = self.factor * _bicubic(self.factor, centre).to(y)
        return _interpolate(_interpolate(y, kernel).mT, kernel).mT

    @cached_property
    def _kernel(self) -> Tensor:
        """Weights of fine pixels, (blocks, factor), around the coarse pixel's own."""
        centre = _centre(self.factor, self.antialias, self.phase)
        if self.antialias == "box":
            return torch.full((1, self.factor), 1 / self.factor, dtype=torch.float64)
        if self.antialias:
            return _bicubic(self.factor, centre)
        picked = torch.zeros(1, self.factor, dtype=torch.float64)
        picked[0, self.phase] = 1
        return picked

    @cached_property
    def _gram(self) -> tuple[Tensor, Tensor]:
        """Eigenvalues of ``A A^T`` along both axes, in the order of the DCT."""
        down, across = (_gram_values(self._kernel, side) for side in self.shape)
        return down, across


def output_geometry(
    scale: Sequence[float],
    translate: Sequence[float],
    factor: int,
    antialias: Antialias = True,
    phase: int = 0,
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return where the fine image lies, from where the coarse one does.

    The first coarse pixel's centre is the mean position of the first block's fine
    pixels; for ``antialias=False``, the position of the one that is picked.

    Parameters
    ----------
    scale, translate : sequence of float
        Pixel size and centre of the first pixel of the coarse image, in world units,
        per spatial axis.
    factor : int
        How many fine pixels make one coarse pixel.
    antialias : bool or "box"
        As for `Decimation`.
    phase : int
        As for `Decimation`.

    Returns
    -------
    scale, translate : tuple of float
        The same of the fine image.

    Raises
    ------
    InputError
        If the factor, the filter or the phase cannot be used.

    Examples
    --------
    >>> from napari_flowprior.restoration import output_geometry
    >>> output_geometry((2.0, 2.0), (0.0, 0.0), factor=2)
    ((1.0, 1.0), (-0.5, -0.5))
    """
    _check_factor(factor)
    _check_antialias(antialias)
    _check_phase(phase, factor)
    fine = tuple(pixel / factor for pixel in scale)
    centre = _centre(factor, antialias, phase)
    corners = zip(translate, fine, strict=True)
    return fine, tuple(position - centre * pixel for position, pixel in corners)


def _check_factor(factor: int) -> None:
    if isinstance(factor, bool) or not isinstance(factor, int) or factor < 2:
        raise InputError(f"factor is {factor!r}; it must be an integer of 2 or more.")


def _check_antialias(antialias: Antialias) -> None:
    if not isinstance(antialias, bool) and antialias != "box":
        raise InputError(
            f'antialias is {antialias!r}; it must be True, False or "box".'
        )


def _check_phase(phase: int, factor: int) -> None:
    whole = isinstance(phase, int) and not isinstance(phase, bool)
    if not whole or not 0 <= phase < factor:
        raise InputError(
            f"phase is {phase!r}; for a factor of {factor} it must be an integer from 0"
            f" to {factor - 1}."
        )


def _centre(factor: int, antialias: Antialias, phase: int) -> float:
    """Where the coarse pixel lies in its block, in fine pixels from the first one."""
    return (factor - 1) / 2 if antialias else phase


def _bicubic(factor: int, centre: float) -> Tensor:
    """Keys' kernel around a place in the middle block, (blocks, factor), sum 1."""
    blocks = torch.arange(-_REACH, _REACH + 1, dtype=torch.float64)
    places = (torch.arange(factor, dtype=torch.float64) - centre) / factor
    t = (blocks[:, None] + places).abs()
    near = (1.5 * t - 2.5) * t**2 + 1
    far = ((-0.5 * t + 2.5) * t - 4) * t + 2
    return torch.where(t < 1, near, torch.where(t < 2, far, 0.0)) / factor


def _shrink(x: Tensor, kernel: Tensor) -> Tensor:
    """Filter and downsample the last axis."""
    count, factor = kernel.shape
    blocks = extend(x, -1, count // 2 * factor).unflatten(-1, (-1, factor))
    parts = (blocks @ kernel.T).unfold(-2, count, 1)
    summands: Tensor = parts.diagonal(dim1=-2, dim2=-1)
    return summands.sum(-1)


def _spread(y: Tensor, kernel: Tensor) -> Tensor:
    """Apply the adjoint of `_shrink`."""
    count, factor = kernel.shape
    near = pad(y, (count - 1, count - 1)).unfold(-1, count, 1)
    return fold((near @ kernel.flip(0)).flatten(-2), -1, count // 2 * factor)


def _interpolate(y: Tensor, kernel: Tensor) -> Tensor:
    """Upsample the last axis by the kernel that `_bicubic` returns."""
    near = extend(y, -1, _REACH).unfold(-1, 2 * _REACH + 1, 1)
    return (near @ kernel.flip(0)).flatten(-2)


def _gram_values(kernel: Tensor, size: int) -> Tensor:
    """Eigenvalues of the one-dimensional ``A A^T``, from its action on one pixel."""
    first = torch.zeros(1, size, dtype=torch.float64)
    first[0, 0] = 1
    values: Tensor = dct(_shrink(_spread(first, kernel), kernel)) / dct(first)
    return values[0]
