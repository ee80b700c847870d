"""Convolution of whole planes, and the mirrors at their edges.

Scenes go on beyond the frame. What lies there is taken to be the mirror image of what
lies inside, edge pixels repeated, because wrapping around would join opposite edges.
The discrete cosine transform (DCT-II) diagonalises even filters of such images.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import torch
from scipy.fft import next_fast_len
from torch import Tensor
from torch.nn.functional import pad

from napari_flowprior.restoration.operators._conjugate_gradients import (
    conjugate_gradients,
)
from napari_flowprior.restoration.operators._dct import dct2, extend, fold, idct2

__all__ = ["Convolution"]

# Noise-free data still inverts no frequency that is fainter; intensities of 0 to 1.
_SMALLEST_SIGMA = 1e-4


@dataclass(frozen=True, eq=False)
class Convolution:
    """``A x = psf * x``: convolution of planes that are mirrored at their edges.

    Parameters
    ----------
    psf : Tensor
        Point spread function, (Y, X), sides odd and sum 1; on the device and of the
        type of the images, float32 or float64.
    size : tuple of int
        Height and width of the images; they may be smaller than the kernel.
    tolerance : float
        Conjugate gradients stop at a residual this small, relative to the first one.
    max_steps : int
        Conjugate gradients stop after so many steps.

    References
    ----------
    Ng, Chan and Tang, *A fast algorithm for deblurring models with Neumann boundary
    conditions* (1999), for the DCT as solver and as preconditioner.
    """

    psf: Tensor
    size: tuple[int, int]
    tolerance: float = 1e-4
    max_steps: int = 30
    exact: ClassVar[bool] = False

    def forward(self, x: Tensor) -> Tensor:
        """Return the blurred images.

        Parameters
        ----------
        x : Tensor
            Images, (B, C, H, W).

        Returns
        -------
        Tensor
            Their convolution with the kernel, (B, C, H, W).
        """
        assert tuple(x.shape[-2:]) == tuple(self.size)
        (height, width), (above, left) = self.size, self._margins
        wide = extend(extend(x, -2, above), -1, left)
        spectrum = torch.fft.rfft2(wide, s=self._grid) * self._transfer
        blurred: Tensor = torch.fft.irfft2(spectrum, s=self._grid)
        # The kernel starts at the grid's origin, so that results lie two margins in.
        return blurred.narrow(-2, 2 * above, height).narrow(-1, 2 * left, width)

    def adjoint(self, y: Tensor) -> Tensor:
        """Return ``A^T y``: correlation with the kernel, the margins folded back.

        Parameters
        ----------
        y : Tensor
            Blurred images, (B, C, H, W).

        Returns
        -------
        Tensor
            Images, (B, C, H, W).
        """
        assert tuple(y.shape[-2:]) == tuple(self.size)
        (height, width), (above, left) = self.size, self._margins
        spectrum = torch.fft.rfft2(pad(y, (2 * left, 0, 2 * above, 0)), s=self._grid)
        wide = torch.fft.irfft2(spectrum * self._transfer.conj(), s=self._grid)
        inside = wide[..., : height + 2 * above, : width + 2 * left]
        return fold(fold(inside, -2, above), -1, left)

    def prox(self, x: Tensor, y: Tensor, sigma: float | Tensor, rho: float) -> Tensor:
        """Deconvolve `y` as far as the noise allows, and stay near `x` elsewhere.

        The minimiser of ``||A z - y||^2 / (2 sigma^2) + ||z - x||^2 / (2 rho^2)``: in
        closed form if the kernel is symmetric in both axes, or else by conjugate
        gradients preconditioned in the DCT domain, plane by plane.

        Parameters
        ----------
        x, y : Tensor
            Current image and observation, (B, C, H, W).
        sigma, rho : float
            Standard deviations of `y` and of `x`; sigma is at least 1e-4 of the
            intensity range, because no blur can be undone entirely.

        Returns
        -------
        Tensor
            The minimiser, shape of `x`.
        """
        assert not isinstance(sigma, Tensor), "one level only"
        variance = max(sigma, _SMALLEST_SIGMA) ** 2
        data, hold = rho**2 / (rho**2 + variance), variance / (rho**2 + variance)
        damping = 1 / (data * self._power + hold)
        residual = y - self.forward(x)
        if self._is_symmetric:
            # The adjoint comes last: it hides what rounding did to faint frequencies.
            return x + data * self.adjoint(idct2(dct2(residual) * damping))
        return x + conjugate_gradients(
            lambda d: data * self.adjoint(self.forward(d)) + hold * d,
            lambda r: idct2(dct2(r) * damping),
            data * self.adjoint(residual),
            self.tolerance,
            self.max_steps,
        )

    def start(self, y: Tensor) -> Tensor:
        """Return ``y``."""
        return y

    @property
    def _margins(self) -> tuple[int, int]:
        return self.psf.shape[0] // 2, self.psf.shape[1] // 2

    @cached_property
    def _is_symmetric(self) -> bool:
        return all(torch.allclose(self.psf, self.psf.flip(axis)) for axis in (0, 1))

    @cached_property
    def _grid(self) -> tuple[int, int]:
        """Size of the Fourier transforms: fast, and nothing inside wraps around."""
        (height, width), (above, left) = self.size, self._margins
        return (
            next_fast_len(height + 2 * above, real=True),
            next_fast_len(width + 2 * left, real=True),
        )

    @cached_property
    def _transfer(self) -> Tensor:
        """Fourier transform of the kernel on the grid, in double precision first."""
        transfer: Tensor = torch.fft.rfft2(self.psf.cpu().double(), s=self._grid)
        return transfer.to(self.psf.device, self.psf.dtype.to_complex())

    @cached_property
    def _power(self) -> Tensor:
        """Diagonal of ``A^T A`` in the DCT domain, (H, W); all of it if symmetric.

        The mean of ``|psf^(v, w)|^2`` and ``|psf^(v, -w)|^2``, as the cosine transform
        of the kernel's autocorrelation.
        """
        lags = [2 * side - 1 for side in self.psf.shape]
        power = torch.fft.rfft2(self.psf.cpu().double(), s=lags).abs().square()
        correlation = torch.fft.fftshift(torch.fft.irfft2(power, s=lags))
        down, across = (
            _cosines(n, m) for n, m in zip(self.size, self._margins, strict=True)
        )
        diagonal: Tensor = down @ correlation @ across.T
        return diagonal.clamp_min(0).to(self.psf)


def _cosines(size: int, margin: int) -> Tensor:
    """Cosines of the DCT's frequencies at the lags of an autocorrelation."""
    steps = torch.arange(size, dtype=torch.float64)
    lags = torch.arange(-2 * margin, 2 * margin + 1)
    return torch.cos(math.pi / size * steps[:, None] * lags)
