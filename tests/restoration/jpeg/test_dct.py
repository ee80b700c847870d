"""The DCT of blocks."""

from __future__ import annotations

import numpy as np
import torch
from jpegs import noisy
from scipy.fft import dctn

from napari_flowprior.restoration.jpeg._dct import block_dct, block_idct


def test_dct_is_the_orthonormal_one() -> None:
    x = noisy(torch.zeros(2, 16, 24, dtype=torch.float64), 50)
    found = block_dct(x)
    expected = dctn(x[1, 8:16, 16:24].numpy(), norm="ortho")
    np.testing.assert_allclose(found[1, 1, 2].numpy(), expected, atol=1e-11)
    torch.testing.assert_close(block_idct(found), x, rtol=0, atol=1e-11)
    torch.testing.assert_close(found.square().sum(), x.square().sum())


def test_dct_adjoint_is_its_inverse() -> None:
    x = noisy(torch.zeros(1, 16, 16, dtype=torch.float64), 1, seed=1)
    c = noisy(torch.zeros(1, 2, 2, 8, 8, dtype=torch.float64), 1, seed=2)
    left, right = (block_dct(x) * c).sum(), (x * block_idct(c)).sum()
    torch.testing.assert_close(left, right, rtol=1e-12, atol=1e-12)
