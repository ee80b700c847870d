"""Tests of noise that is cut off where the scene ends."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter
from skimage import data

from napari_flowprior.data import PlaneView
from napari_flowprior.restoration.noise import (
    AtLimits,
    find_noise_at_limits,
    noise_at_limits,
)


def text(sigma: float, blur: float = 0.0, seed: int = 0) -> np.ndarray:
    """Return black strokes on white paper, under noise, in 8 bits."""
    paper = np.full((160, 160), 255.0)
    paper[::12, 10:150] = paper[3::12, 20:90] = 0
    noise = np.random.default_rng(seed).normal(size=paper.shape)
    if blur:
        noise = gaussian_filter(noise, blur)
        noise /= noise.std()
    return np.rint(paper + sigma * noise).clip(0, 255)


@settings(deadline=None, max_examples=8)
@given(sigma=st.floats(1.8, 40), seed=st.integers(0, 100))
def test_what_is_cut_off_is_found_again(sigma: float, seed: int) -> None:
    found = noise_at_limits(text(sigma, seed=seed))
    assert found.white == pytest.approx(sigma, rel=0.12)
    assert found.black == 0 or found.black == pytest.approx(sigma, rel=0.2)


@settings(deadline=None, max_examples=8)
@given(gain=st.floats(1e-3, 1e4), offset=st.floats(-1e3, 1e3))
def test_level_has_the_units_of_the_image(gain: float, offset: float) -> None:
    found = noise_at_limits(offset + gain * text(10))
    assert found.white == pytest.approx(10 * gain, rel=0.1)


def test_black_and_white_change_places_in_the_negative() -> None:
    found = noise_at_limits(255 - text(8))
    assert found == noise_at_limits(text(8))[::-1]


def test_correlated_noise_is_none_of_that() -> None:
    assert noise_at_limits(text(10, blur=0.8)) == AtLimits(0, 0)


def test_what_is_too_bright_in_a_photograph_is_no_noise() -> None:
    for picture in (data.astronaut()[..., 0], data.camera(), data.coins()):
        bright = (1.6 * picture.astype(float)).clip(0, 255).round()
        assert noise_at_limits(bright) == AtLimits(0, 0)


def test_scene_that_ends_before_the_limit_tells_no_level() -> None:
    """A grey level of 12 with noise of 20 is no half of a normal distribution."""
    noisy = np.random.default_rng(0).normal(12, 20, (160, 160)).clip(0, 255).round()
    found = noise_at_limits(noisy)
    assert found.black == 0


@pytest.mark.parametrize("photons", [0.2, 0.5, 1, 2])
def test_few_photons_are_no_noise_about_black(photons: float) -> None:
    scene = gaussian_filter(np.random.default_rng(1).random((160, 160)), 4)
    scene = photons * (scene - scene.min()) / np.ptp(scene)
    for light in (np.full((160, 160), photons), scene):
        counts = np.random.default_rng(0).poisson(light).astype(float)
        assert noise_at_limits(counts) == AtLimits(0, 0)


def test_binary_and_constant_images_have_none() -> None:
    assert noise_at_limits(np.zeros((32, 32))) == AtLimits(0, 0)
    assert noise_at_limits(text(0)) == AtLimits(0, 0)


def test_most_planes_of_a_stack_must_have_it() -> None:
    noisy, clean = text(10).astype(np.uint8), text(0).astype(np.uint8)
    most = PlaneView(np.stack([noisy, noisy, clean]), "ZYX")
    few = PlaneView(np.stack([noisy, clean, clean]), "ZYX")
    assert find_noise_at_limits(most).white == pytest.approx(10, rel=0.1)
    assert find_noise_at_limits(few).white == 0


def test_mean_level_is_of_what_is_known() -> None:
    assert AtLimits(4, 6).level == 5
    assert AtLimits(0, 6).level == 6
    assert AtLimits(0, 0).level == 0
