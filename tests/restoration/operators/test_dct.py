"""The cosine transform, and mirrors at the edges."""

from __future__ import annotations

import numpy as np
import torch
from adjoints import draw, sides
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.fft import dctn

from napari_flowprior.restoration.operators._dct import dct2, extend, fold, idct2


@settings(deadline=None)
@given(size=st.integers(1, 12), margin=st.integers(0, 40))
def test_extend_mirrors_any_number_of_times(size: int, margin: int) -> None:
    x = draw(1, (2, size))
    expected = np.pad(x.numpy(), [(0, 0), (margin, margin)], mode="symmetric")
    assert np.array_equal(extend(x, -1, margin).numpy(), expected)


@settings(deadline=None)
@given(size=st.integers(1, 12), margin=st.integers(0, 40))
def test_fold_is_the_adjoint_of_extend(size: int, margin: int) -> None:
    x, y = draw(1, (size, 3)), draw(2, (size + 2 * margin, 3))
    left, right = (extend(x, 0, margin) * y).sum(), (x * fold(y, 0, margin)).sum()
    torch.testing.assert_close(left, right, rtol=1e-12, atol=1e-12)


@settings(deadline=None)
@given(height=sides, width=sides)
def test_cosine_transform(height: int, width: int) -> None:
    x = draw(1, (2, height, width))
    expected = dctn(x.numpy(), axes=(-2, -1)) / 4
    np.testing.assert_allclose(dct2(x).numpy(), expected, rtol=0, atol=1e-10)
    torch.testing.assert_close(idct2(dct2(x)), x)
