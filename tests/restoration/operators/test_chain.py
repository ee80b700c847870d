"""Several operators, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from adjoints import drawn
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_flowprior.restoration import (
    Convolution,
    Decimation,
    Mask,
    gaussian_psf,
    motion_psf,
)
from napari_flowprior.restoration.operators import Chain

if TYPE_CHECKING:
    from napari_flowprior.restoration import Operator


def operators(rows: int, columns: int, factor: int, seed: int) -> list[Operator]:
    """Blur twice, make smaller and leave out; what is made has rows and columns."""
    fine = rows * factor, columns * factor
    return [
        Convolution(torch.from_numpy(gaussian_psf(0.8)), fine),
        Convolution(torch.from_numpy(motion_psf(3, 30)), fine),
        Decimation(factor, fine),
        Mask(drawn(seed, 2, 1, rows, columns) > 0),
    ]


sides = st.integers(2, 14)


@settings(max_examples=30, deadline=None)
@given(rows=sides, columns=sides, factor=st.integers(2, 3), seed=st.integers(0, 99))
def test_adjoint(rows: int, columns: int, factor: int, seed: int) -> None:
    parts = operators(rows, columns, factor, seed)
    x = drawn(seed, 2, 1, rows * factor, columns * factor)
    y = drawn(seed + 1, 2, 1, rows, columns)
    for some in (parts, parts[:2], parts[1:3], parts[2:]):
        size = (
            (rows * factor, columns * factor) if some == parts[:2] else (rows, columns)
        )
        y = drawn(seed + 1, 2, 1, *size)
        chain = Chain(tuple(some), size)
        left, right = (chain.forward(x) * y).sum(), (x * chain.adjoint(y)).sum()
        torch.testing.assert_close(left, right, rtol=1e-11, atol=1e-11)


@settings(max_examples=15, deadline=None)
@given(
    rows=st.integers(4, 14),
    columns=st.integers(4, 14),
    seed=st.integers(0, 99),
    varies=st.booleans(),
    rho=st.sampled_from([0.02, 0.4]),
)
def test_prox_solves_the_normal_equations(
    rows: int, columns: int, seed: int, varies: bool, rho: float
) -> None:
    parts = operators(rows, columns, 2, seed)
    chain = Chain(tuple(parts), (rows, columns), tolerance=1e-10, max_steps=2000)
    x, y = (
        drawn(seed, 2, 1, 2 * rows, 2 * columns),
        drawn(seed + 1, 2, 1, rows, columns),
    )
    y = parts[-1].forward(y)
    sigma: Any = 0.05 + 0.1 * drawn(seed + 2, *y.shape).sigmoid() if varies else 0.1
    z = chain.prox(x, y, sigma, rho)
    error = chain.adjoint((chain.forward(z) - y) / sigma**2) + (z - x) / rho**2
    assert error.abs().max() < 1e-5


def test_prox_of_one_operator_under_even_noise_is_its_own() -> None:
    one = Decimation(2, (16, 12))
    x, y = drawn(0, 1, 1, 16, 12), drawn(1, 1, 1, 8, 6)
    for sigma in (0.0, 0.1):
        ours = Chain((one,), (8, 6)).prox(x, y, sigma, 0.3)
        assert torch.equal(ours, one.prox(x, y, sigma, 0.3))
    even = torch.full_like(y, 0.1)
    iterated = Chain((one,), (8, 6), tolerance=1e-9).prox(x, y, even, 0.3)
    torch.testing.assert_close(iterated, one.prox(x, y, 0.1, 0.3), rtol=0, atol=1e-7)
    assert Chain((one,), (8, 6)).exact
    assert not Chain((one, one), (8, 6)).exact


def test_few_steps_do_under_noise_of_a_camera() -> None:
    """The preconditioner knows the blur, and the light varies slowly."""
    blur = Convolution(torch.from_numpy(motion_psf(9, 30)), (64, 64))
    scene = drawn(0, 1, 1, 64, 64).sigmoid()
    light = torch.linspace(0.02, 0.06, 64, dtype=torch.float64).expand(1, 1, 64, 64)
    x, y = drawn(1, 1, 1, 64, 64).sigmoid(), blur.forward(scene)
    exact = Chain((blur,), (64, 64), 1e-10, 2000).prox(x, y, light, 0.1)
    found = Chain((blur,), (64, 64), 1e-10, 30).prox(x, y, light, 0.1)
    assert (found - exact).norm() < 1e-3 * (exact - x).norm()


def test_share_of_noise_that_is_left() -> None:
    like = torch.zeros((), dtype=torch.float64)
    psf = gaussian_psf(1.2)
    one = Convolution(torch.from_numpy(psf), (64, 64))
    both = Chain((one, Decimation(2, (64, 64), "box")), (32, 32))
    assert Chain((one,), (64, 64)).noise_share(like) == pytest.approx((psf**2).sum())
    noise = drawn(0, 200, 1, 64, 64)
    left = both.forward(noise)[..., 8:-8, 8:-8].var()
    assert both.noise_share(like) == pytest.approx(float(left), rel=0.05)
