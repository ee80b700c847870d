"""Curves fitted to the variance of noise, in photographs and with texture in them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from skimage import data

from napari_flowprior._errors import InputError
from napari_flowprior.data import PlaneView
from napari_flowprior.restoration.noise import (
    Variances,
    estimate_variance_curve,
    fit_variances,
)

SCENE = data.camera().astype(float)


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


def test_images_too_small_to_tell() -> None:
    with pytest.raises(InputError, match="16x16"):
        estimate_variance_curve(PlaneView(SCENE[:16, :16], "YX"))
