"""Richardson-Lucy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from napari_flowprior.restoration import Convolution
from napari_flowprior.restoration.degradations import gaussian_psf, motion_psf
from napari_flowprior.restoration.operators import richardson_lucy

if TYPE_CHECKING:
    import numpy as np


@pytest.mark.parametrize("psf", [gaussian_psf(1.3), motion_psf(5, 0)])
def test_richardson_lucy_keeps_light_and_sharpens(psf: np.ndarray) -> None:
    operator = Convolution(torch.from_numpy(psf), (32, 32))
    x = torch.full((1, 1, 32, 32), 0.2, dtype=torch.float64)
    x[..., 16, 16] = 40
    y = operator.forward(x)
    z = richardson_lucy(y, operator, 0.2)
    assert z.min() >= 0.2 - 1e-12
    torch.testing.assert_close(z.sum(), y.sum(), rtol=1e-4, atol=0)
    assert (z - x).square().mean() < 0.9 * (y - x).square().mean()
    flat = torch.full_like(x, 3.0)
    torch.testing.assert_close(richardson_lucy(flat, operator, 0.0), flat)
