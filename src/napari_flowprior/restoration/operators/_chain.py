"""Several linear operators, one after the other."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from napari_flowprior.restoration.operators._base import Operator
from napari_flowprior.restoration.operators._conjugate_gradients import (
    conjugate_gradients,
)
from napari_flowprior.restoration.operators._dct import dct2, idct2
from napari_flowprior.restoration.operators._mask import Mask

__all__ = ["Chain"]

# Noise-free data still invert nothing that is fainter; intensities of 0 to 1.
_SMALLEST_SIGMA = 5e-4


@dataclass(frozen=True, eq=False)
class Chain:
    """Linear maps one after the other, under noise that may differ in pixels.

    Parameters
    ----------
    operators : tuple of Operator
        ``A_1`` to ``A_n``, at least one: those of blur and of downsampling, and last
        possibly a mask.
    size : tuple of int
        Height and width of what they make.
    tolerance : float
        Conjugate gradients stop at a residual this small, relative to the first one.
    max_steps : int
        Conjugate gradients stop after so many steps.
    """

    operators: tuple[Operator, ...]
    size: tuple[int, int]
    tolerance: float = 1e-4
    max_steps: int = 60

    @property
    def exact(self) -> bool:
        """Whether what noise-free data say can be put back exactly."""
        return len(self.operators) == 1 and self.operators[0].exact

    def forward(self, x: Tensor) -> Tensor:
        """Return ``A x``.

        Parameters
        ----------
        x : Tensor
            Images, (B, C, H, W).

        Returns
        -------
        Tensor
            Observations, (B, C, h, w).
        """
        for operator in self.operators:
            x = operator.forward(x)
        return x

    def adjoint(self, y: Tensor) -> Tensor:
        """Return ``A^T y``.

        Parameters
        ----------
        y : Tensor
            Observations, (B, C, h, w).

        Returns
        -------
        Tensor
            Images, (B, C, H, W).
        """
        for operator in reversed(self.operators):
            y = operator.adjoint(y)
        return y

    def start(self, y: Tensor) -> Tensor:
        """Undo the operators one by one, each as it starts by itself.

        Parameters
        ----------
        y : Tensor
            Observations, (B, C, h, w).

        Returns
        -------
        Tensor
            Images, (B, C, H, W).
        """
        for operator in reversed(self.operators):
            y = operator.start(y)
        return y

    def prox(self, x: Tensor, y: Tensor, sigma: float | Tensor, rho: float) -> Tensor:
        """Draw `x` to what explains `y`.

        The minimiser of ``sum ((A z - y) / sigma)^2 / 2 + ||z - x||^2 / (2 rho^2)``: in
        the closed form of a single operator under even noise, or else by conjugate
        gradients, preconditioned in the DCT domain.

        Parameters
        ----------
        x, y : Tensor
            Current image, (B, C, H, W), and observation, (B, C, h, w).
        sigma : float or Tensor
            Standard deviation of `y`, per pixel if it is a tensor; by conjugate
            gradients at least 5e-4 of the intensity range.
        rho : float
            That of `x`.

        Returns
        -------
        Tensor
            The minimiser, shape of `x`.
        """
        if len(self.operators) == 1 and not isinstance(sigma, Tensor):
            return self.operators[0].prox(x, y, sigma, rho)
        if rho == 0:
            return x
        trust = rho**2 / torch.as_tensor(sigma).to(y).clamp_min(_SMALLEST_SIGMA) ** 2
        # Times rho^2, so that the prior weighs 1.
        usual = (trust * self.forward(torch.ones_like(x))).mean((-2, -1), keepdim=True)
        damping = 1 / (usual * self._power(y) + 1)
        return x + conjugate_gradients(
            lambda d: self.adjoint(trust * self.forward(d)) + d,
            lambda r: idct2(dct2(r) * damping),
            self.adjoint(trust * (y - self.forward(x))),
            self.tolerance,
            self.max_steps,
        )

    def noise_share(self, like: Tensor) -> float:
        """Return how much of the variance of white noise in x is left in ``A x``.

        Parameters
        ----------
        like : Tensor
            Of the type and on the device of the images.

        Returns
        -------
        float
            1 for the identity, and less for what blurs.
        """
        return float(self._row(like).square().sum())

    def _row(self, like: Tensor) -> Tensor:
        """Return the row of A for a pixel in the middle, as an image, (H, W)."""
        y = torch.zeros(1, 1, *self.size).to(like)
        y[0, 0, self.size[0] // 2, self.size[1] // 2] = 1
        for operator in reversed(self.operators):
            if not isinstance(operator, Mask):
                y = operator.adjoint(y)
        return y[0, 0]

    def _power(self, like: Tensor) -> Tensor:
        """Return the diagonal of ``A^T A`` in the DCT domain, (H, W), but for edges.

        That of a filter w is the mean of ``|w^(v, u)|^2`` and ``|w^(v, -u)|^2``. Where
        only every n-th pixel is kept, an n-th of it.
        """
        row = self._row(like)
        height, width = row.shape
        spectrum = torch.fft.rfft2(row, s=(2 * height, 2 * width))
        power = spectrum.abs().square()[:, :width]
        mirrored = power[torch.arange(0, -height, -1, device=row.device)]
        pixels = self.size[0] * self.size[1] / (height * width)
        diagonal: Tensor = (power[:height] + mirrored) / 2 * pixels
        return diagonal
