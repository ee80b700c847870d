"""Noise of a level of its own in each pixel."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from damaged import CROP, normalised, restored, rms
from doubles import MEAN, GaussianPrior, identity_prior

from napari_flowprior import restore
from napari_flowprior._errors import InputError
from napari_flowprior.restoration import MAP, Compose, Noise

RNG = np.random.default_rng(0)


def test_noise_map_in_closed_form() -> None:
    """At the levels that means are made at, and no noise, it is exact."""
    image = np.random.default_rng(0).normal(30, 15, (24, 20))
    levels = np.tile(8 / 1.3 ** np.arange(20.0), (24, 1))
    levels[3:5] = 0
    options: dict[str, Any] = {
        "prior": GaussianPrior(0.3),
        "degradation": Noise(map=levels),
        "device": "cpu",
    }
    out, found = restored(image, **options)
    assert found["sigma"] == pytest.approx(8)
    assert found["degradation"]["sigma"] == "map"
    gain = found["intensity"]["gain"]
    share = 0.3**2 / (0.3**2 + (levels / gain) ** 2)
    expected = MEAN + share * (normalised(image, found) - MEAN)
    loud = levels > 0.25 / 255 * gain
    assert loud.mean() > 0.5
    ours = normalised(out, found)
    np.testing.assert_allclose(ours[loud], expected[loud], rtol=0, atol=1e-9)
    np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-4)
    np.testing.assert_allclose(out[3:5], image[3:5], rtol=1e-12)


def test_noise_map_of_a_flow_in_closed_form() -> None:
    image = np.random.default_rng(0).normal(30, 15, (8, 8))
    levels = np.where(np.arange(8) < 4, 6.0, 12.0) + np.zeros((8, 1))
    options: dict[str, Any] = {
        "prior": identity_prior(),
        "degradation": Noise(map=levels),
        "estimator": MAP(steps=60),
        "device": "cpu",
        "tile": 8,
        "overlap": 0,
    }
    out, found = restored(image, **options)
    variance = (levels / found["intensity"]["gain"]) ** 2
    expected = (normalised(image, found) + variance * MEAN) / (1 + variance)
    np.testing.assert_allclose(normalised(out, found), expected, rtol=0, atol=1e-3)


def test_a_map_of_one_level_is_that_level() -> None:
    stack = RNG.uniform(0, 255, (2, 20, 24))
    options: dict[str, Any] = {"prior": GaussianPrior(), "axes": "ZYX", "device": "cpu"}
    even = restore(stack, degradation=Noise(20), **options)
    for shape in (stack.shape, stack.shape[1:]):
        mapped = Noise(map=np.full(shape, 20.0))
        found = restore(stack, degradation=mapped, **options)
        np.testing.assert_allclose(found, even, rtol=1e-9)


@pytest.mark.parametrize("level", [0.0, 1e-9, 0.1])
def test_a_map_of_faint_noise_changes_hardly_anything(level: float) -> None:
    image = RNG.uniform(0, 255, (20, 24))
    options: dict[str, Any] = {"prior": GaussianPrior(), "device": "cpu"}
    mapped = restore(image, degradation=Noise(map=np.full((20, 24), level)), **options)
    even = restore(image, degradation=Noise(level), **options)
    np.testing.assert_allclose(mapped, even, rtol=1e-9)
    np.testing.assert_allclose(mapped, image, atol=max(level, 1e-9))


def test_a_photograph_gains_by_the_map() -> None:
    levels = np.where(np.arange(64) < 32, 5.0, 45.0) + np.zeros((64, 1))
    noisy = CROP + RNG.normal(0, 1, CROP.shape) * levels
    options = {"prior": "photo-gray", "device": "cpu"}
    mapped = restore(noisy, degradation=Noise(map=levels), **options)
    usual = Noise(float(np.sqrt((levels**2).mean())))
    even = restore(noisy, degradation=usual, **options)
    # By less than it was, as networks now make the best of a level that is wrong.
    assert rms(mapped, CROP) < 0.93 * rms(even, CROP)
    assert rms(even, CROP) < 0.6 * rms(noisy, CROP)


@pytest.mark.parametrize(
    "estimator", ["hqs", "annealing", "sampled-mean", "discrepancy"]
)
def test_estimators_of_one_level_refuse_a_map(estimator: str) -> None:
    image, levels = np.zeros((12, 12)), np.ones((12, 12))
    for degradation in (Noise(map=levels), Compose(Noise(map=levels), Noise(1))):
        with pytest.raises(InputError, match=r"equally noisy.* use mmse"):
            restore(image, degradation=degradation, estimator=estimator)
