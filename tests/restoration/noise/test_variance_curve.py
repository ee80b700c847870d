"""Curves for noise that no formula is known for, against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import data

from napari_flowprior._errors import InputError
from napari_flowprior.data import PlaneView
from napari_flowprior.restoration.noise import (
    VarianceCurve,
    Variances,
    estimate_variance_curve,
    fit_variances,
)

SPECKLE = VarianceCurve(
    tuple(np.linspace(10, 250, 2000)), tuple((np.linspace(10, 250, 2000) / 10) ** 2)
)
SCENE = data.camera().astype(float)


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
    "level",
    [
        lambda scene: 0.15 * scene + 2,
        lambda scene: 20 - 15 * scene / 255,
        lambda scene: np.full_like(scene, 12.0),
    ],
    ids=["speckle", "falling", "even"],
)
def test_estimated_in_a_photograph(level) -> None:  # type: ignore[no-untyped-def]
    true = level(SCENE)
    noisy = np.random.default_rng(1).normal(SCENE, true)
    curve = estimate_variance_curve(PlaneView(noisy, "YX"))
    shades = np.quantile(SCENE, (0.1, 0.5, 0.75))
    found = np.sqrt(curve.variance(shades))
    np.testing.assert_allclose(found, level(shades), rtol=0.15)


def test_texture_in_some_intervals_does_not_count() -> None:
    means = np.linspace(10, 200, 40)
    variances = 0.5 * means
    variances[[7, 19, 30]] *= 30
    counts = np.full(40, 200.0)
    curve = fit_variances(Variances(means, variances, counts, 10.0))
    np.testing.assert_allclose(curve.variance(means), 0.5 * means, rtol=0.15)


def test_no_less_than_rounding() -> None:
    means = np.linspace(10, 200, 10)
    bins = Variances(means, np.zeros(10), np.full(10, 50.0), 10.0)
    curve = fit_variances(bins, least=1 / 12)
    np.testing.assert_allclose(curve.variances, 1 / 12)


def test_misfit_is_a_weighted_median_of_logarithms() -> None:
    bins = Variances(np.arange(3.0), np.array([1.0, 2.0, 8.0]), np.array([1, 1, 5]), 0)
    assert bins.misfit(np.ones(3)) == pytest.approx(math.log(8))


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


def test_images_too_small_to_tell() -> None:
    with pytest.raises(InputError, match="16x16"):
        estimate_variance_curve(PlaneView(SCENE[:16, :16], "YX"))
