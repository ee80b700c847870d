"""Random images and kernels, and what operators and their adjoints obey."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from hypothesis import strategies as st
from torch import Tensor

from napari_flowprior.restoration import Operator

if TYPE_CHECKING:
    from torch import Tensor

    from napari_flowprior.restoration import Operator
    from napari_flowprior.restoration.operators import Antialias

KINDS: list[Antialias] = [True, "box", False]
LEVELS = [(0.1, 0.5), (0.02, 0.4), (2.0, 0.3)]
sides = st.integers(1, 40)


def draw(seed: int, shape: tuple[int, ...] = (2, 3, 9, 7)) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def assert_adjoint(operator: Operator, fine: Tensor, coarse: Tensor) -> None:
    left = (operator.forward(fine) * coarse).sum()
    right = (fine * operator.adjoint(coarse)).sum()
    torch.testing.assert_close(left, right, rtol=1e-11, atol=1e-11)


def gradient(
    operator: Operator, z: Tensor, x: Tensor, y: Tensor, sigma: float, rho: float
) -> Tensor:
    """Gradient of the proximal map's objective, times sigma^2."""
    data = operator.adjoint(operator.forward(z) - y)
    return data + (sigma / rho) ** 2 * (z - x)


def drawn(seed: int, *shape: int) -> Tensor:
    return draw(seed, shape)
