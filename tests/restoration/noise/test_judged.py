"""Noise as a network judges it, in whole images."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from skimage import data

from napari_flowprior.data import PlaneView
from napari_flowprior.restoration.noise import Judgement, judge_noise

SCENE = data.camera()[100:356, 100:356].astype(float)
RNG = np.random.default_rng(0)


def judged(image: np.ndarray, axes: str = "YX", high: float = 255.0) -> Judgement:
    found = judge_noise(PlaneView(image, axes, joint="C" in axes), 0, high)
    assert found is not None
    return found


def blurred(width: float, level: float) -> np.ndarray:
    noise = gaussian_filter(RNG.standard_normal(SCENE.shape), width)
    return SCENE + level * noise / noise.std()


@pytest.mark.parametrize("level", [5, 20])
def test_white_noise_in_a_photograph(level: float) -> None:
    found = judged(RNG.normal(SCENE, level))
    assert found.odds > 2
    assert found.level == pytest.approx(level, rel=0.15)
    assert found.fine == pytest.approx(1, abs=0.15)


def test_correlated_noise_in_a_photograph() -> None:
    found = judged(blurred(0.8, 15))
    assert found.odds > 2
    assert found.level == pytest.approx(15, rel=0.25)
    assert found.fine < 0.7


def test_a_photograph_without_noise() -> None:
    assert judged(SCENE).odds < -1


def test_units_do_not_matter() -> None:
    noisy = RNG.normal(SCENE, 10)
    once, more = judged(noisy), judged(100 * noisy, high=25500)
    assert more.level == pytest.approx(100 * once.level, rel=1e-3)
    assert more.odds == pytest.approx(once.odds, abs=1e-2)


def test_intensities_far_from_black_do_not_matter() -> None:
    noisy = RNG.normal(SCENE, 10)
    far = judge_noise(PlaneView(noisy + 1e9, "YX"), 1e9, 1e9 + 255)
    assert far is not None
    assert far.level == pytest.approx(judged(noisy).level, rel=1e-3)


def test_padding_does_not_count() -> None:
    noisy = RNG.normal(SCENE, 10)
    padded = np.zeros((512, 512))
    padded[:256, :256] = noisy
    assert judged(padded).level == pytest.approx(10, rel=0.15)


@pytest.mark.parametrize("image", [np.zeros((256, 256)), SCENE[:31, :200]])
def test_nothing_is_said_of_constants_and_of_few_pixels(image: np.ndarray) -> None:
    assert judge_noise(PlaneView(image, "YX"), 0, 255) is None
