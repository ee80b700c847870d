"""Curves for noise that no formula is known for, against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_flowprior._errors import InputError
from napari_flowprior.restoration.noise import VarianceCurve

SPECKLE = VarianceCurve(
    tuple(np.linspace(10, 250, 2000)), tuple((np.linspace(10, 250, 2000) / 10) ** 2)
)


def test_even_noise_is_divided_by_its_level() -> None:
    curve = VarianceCurve((0.0, 100.0), (9.0, 9.0))
    values = np.array([-50.0, 0.0, 30.0, 250.0])
    np.testing.assert_allclose(curve.forward(values), values / 3, atol=1e-9)
    np.testing.assert_allclose(curve.inverse(values / 3), values, atol=1e-6)


def test_speckle_is_seen_as_a_logarithm() -> None:
    values = np.array([15.0, 60.0, 200.0])
    expected = 10 * np.log(values / 10)
    np.testing.assert_allclose(SPECKLE.forward(values), expected, rtol=2e-3)


@pytest.mark.parametrize("mean", [12.0, 40.0, 180.0])
def test_noise_is_even_and_the_inverse_unbiased(mean: float) -> None:
    rng = np.random.default_rng(0)
    seen = SPECKLE.forward(rng.normal(mean, mean / 10, 200_000))
    assert abs(seen.std() - 1) < 0.03
    error = 4 * mean / 10 / math.sqrt(seen.size)
    assert abs(SPECKLE.inverse(seen.mean(keepdims=True))[0] - mean) < error


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.floats(0.01, 1e4), min_size=2, max_size=8),
    st.lists(st.floats(1e-3, 1e3), min_size=2, max_size=8),
    st.floats(-1e3, 1e4),
)
def test_curves_and_their_inverses_rise(
    steps: list[float], levels: list[float], offset: float
) -> None:
    count = min(len(steps), len(levels))
    means = offset + np.cumsum(steps[:count])
    curve = VarianceCurve(tuple(means), tuple(np.square(levels[:count])))
    values = np.linspace(means[0] - 3 * levels[0], means[-1] + 3 * levels[-1], 101)
    seen = curve.forward(values)
    assert np.isfinite(seen).all()
    assert (np.diff(seen) > 0).all()
    back = curve.inverse(seen)
    assert np.isfinite(back).all()
    assert (np.diff(back) >= 0).all()


@pytest.mark.parametrize(
    ("means", "variances", "word"),
    [
        ((1.0, 2.0), (1.0,), "one variance for each"),
        ((), (), "one variance for each"),
        ((2.0, 1.0), (1.0, 1.0), "rise"),
        ((1.0, math.nan), (1.0, 1.0), "finite"),
        ((1.0, 2.0), (1.0, 0.0), "above 0"),
        ((1.0, 2.0), (1.0, math.inf), "finite"),
    ],
)
def test_what_is_no_curve(
    means: tuple[float, ...], variances: tuple[float, ...], word: str
) -> None:
    with pytest.raises(InputError, match=word):
        VarianceCurve(means, variances)
