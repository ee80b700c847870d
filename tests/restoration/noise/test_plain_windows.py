"""Tests of white noise where an image shows nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter
from skimage import data

from napari_flowprior.restoration.noise import PlainNoise, plain_noise


def sky(sigma: float, seed: int = 0, channels: int = 1) -> np.ndarray:
    """Return a slope from dark to bright under white noise, (C, 128, 128)."""
    noise = np.random.default_rng(seed).normal(0, sigma, (channels, 128, 128))
    return np.linspace(20, 200, 128)[:, None] + noise


def smooth_noise(width: float) -> np.ndarray:
    noise = np.random.default_rng(1).normal(size=(1, 256, 256))
    return gaussian_filter(noise, (0, width, width))


@settings(deadline=None, max_examples=8)
@given(
    sigma=st.floats(1e-3, 1e3),
    seed=st.integers(0, 99),
    channels=st.sampled_from([1, 3]),
)
def test_white_noise_is_found_at_any_level(
    sigma: float, seed: int, channels: int
) -> None:
    noise = np.random.default_rng(seed).normal(0, sigma, (channels, 128, 128))
    assert plain_noise(noise).level == pytest.approx(sigma, rel=0.05)


def test_slope_is_not_noise_and_shows_that_noise_is_even() -> None:
    found = plain_noise(sky(4))
    assert found.level == pytest.approx(4, rel=0.05)
    assert found.even


def test_what_grows_with_brightness_is_not_one_level() -> None:
    light = np.linspace(20, 200, 128)[:, None] * np.ones((1, 128, 128))
    photons = np.random.default_rng(0).poisson(light).astype(float)
    assert plain_noise(photons) == PlainNoise(0.0, even=False)


def test_one_brightness_does_not_tell_of_others() -> None:
    image = sky(4)
    texture = gaussian_filter(
        np.random.default_rng(1).normal(size=(1, 96, 128)), (0, 1, 1)
    )
    image[:, :96] += 200 * texture
    found = plain_noise(image)
    assert found.level == pytest.approx(4, rel=0.1)
    assert not found.even


@pytest.mark.parametrize("blur", [0.5, 0.8, 1.5])
def test_correlated_noise_is_not_white(blur: float) -> None:
    noise = gaussian_filter(
        np.random.default_rng(0).normal(size=(1, 256, 256)), (0, blur, blur)
    )
    assert plain_noise(100 + 10 * noise / noise.std()).level == 0


def test_clean_pictures_hold_none_that_is_seen() -> None:
    names = "astronaut", "camera", "coins", "grass", "gravel", "brick", "page", "text"
    for name in names:
        picture = np.atleast_3d(getattr(data, name)()).astype(float).transpose(2, 0, 1)
        assert plain_noise(picture[:, :256, :256]).level < 1, name


def test_two_values_are_no_noise() -> None:
    noise = np.random.default_rng(0).integers(0, 2, (1, 128, 128)) * 50.0
    noise[0, 0] = 100, *[50] * 126, -100
    assert plain_noise(noise).level == 0


def test_small_and_constant_images_have_none() -> None:
    assert plain_noise(np.zeros((1, 64, 64))).level == 0
    assert plain_noise(sky(4)[:, :8, :8]).level == 0
    assert plain_noise(sky(4)[:, :32, :32]).level == 0
