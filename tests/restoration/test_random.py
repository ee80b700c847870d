"""Random numbers between bounds have the distribution that they should have."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest, truncnorm

from napari_flowprior.restoration._random import (
    confined,
    normal,
    paired,
    truncated_normal,
)

MANY = 4000
BOUNDS = [(-1.0, 2.0), (3.0, 4.0), (-40.0, -39.0), (-np.inf, 0.5), (-8.0, 8.0)]


def drawn(low: float, high: float, *, between: bool) -> np.ndarray:
    """Standard normal numbers between bounds, from one function or the other."""
    rng = np.random.default_rng(0)
    mean = torch.zeros(MANY, dtype=torch.float64)
    ends = torch.full_like(mean, low), torch.full_like(mean, high)
    if between:
        return truncated_normal(rng, mean, 1.0, *ends).numpy()
    return confined(normal(rng, mean), mean, 1.0, *ends).numpy()


@pytest.mark.parametrize("between", [True, False])
@pytest.mark.parametrize(("low", "high"), BOUNDS)
def test_distribution(low: float, high: float, between: bool) -> None:
    numbers = drawn(low, high, between=between)
    assert numbers.min() >= low
    assert numbers.max() <= high
    assert kstest(numbers, truncnorm(low, high).cdf).pvalue > 1e-3


@given(
    mean=st.floats(-3, 3),
    std=st.floats(1e-3, 10),
    low=st.floats(-50, 50),
    width=st.floats(1e-6, 10),
)
def test_bounds_hold(mean: float, std: float, low: float, width: float) -> None:
    means = torch.full((50,), mean, dtype=torch.float64)
    ends = torch.full_like(means, low), torch.full_like(means, low + width)
    for numbers in (
        truncated_normal(np.random.default_rng(0), means, std, *ends),
        confined(means + std, means, std, *ends),
    ):
        assert torch.isfinite(numbers).all()
        assert (numbers >= ends[0]).all()
        assert (numbers <= ends[1]).all()


def test_wide_bounds_change_nothing() -> None:
    numbers = normal(np.random.default_rng(0), torch.zeros(100, dtype=torch.float64))
    ends = torch.full_like(numbers, -9), torch.full_like(numbers, 9)
    same = confined(numbers, torch.zeros_like(numbers), 1.0, *ends)
    torch.testing.assert_close(same, numbers, rtol=1e-6, atol=1e-9)


def test_order_is_kept() -> None:
    numbers = torch.linspace(-4, 4, 101, dtype=torch.float64)
    ends = torch.full_like(numbers, 0.2), torch.full_like(numbers, 0.3)
    moved = confined(numbers, torch.zeros_like(numbers), 1.0, *ends)
    assert (moved.diff() > 0).all()


def test_numbers_do_not_depend_on_what_they_are_like() -> None:
    double = torch.zeros(3, 4, dtype=torch.float64)
    first, again = (normal(np.random.default_rng(7), double) for _ in range(2))
    assert first.dtype == torch.float64
    torch.testing.assert_close(first, again, rtol=0, atol=0)
    assert normal(np.random.default_rng(7), double.float()).dtype == torch.float32


def test_pairs_are_opposite() -> None:
    like = torch.zeros(5, 7)
    first, second, third = (normal(paired(3, number), like) for number in range(3))
    torch.testing.assert_close(second, -first)
    assert not torch.allclose(third, first)
    assert not torch.allclose(normal(paired(4, 0), like), first)


def test_pairs_lie_as_far_from_either_bound() -> None:
    low, high = torch.zeros(1000), torch.ones(1000)
    mean = torch.full((1000,), 0.5)
    first, second = (
        truncated_normal(paired(0, number), mean, 1.0, low, high) for number in (0, 1)
    )
    torch.testing.assert_close(first + second, torch.ones(1000))
