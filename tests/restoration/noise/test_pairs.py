"""The noise of pixels that are meant to be equal."""

from __future__ import annotations

import numpy as np
import pytest
from noisy import PATTERNS
from skimage import data

from napari_flowprior.restoration.noise._pairs import noise_of_pairs

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("sigma", [0.7, 3.0, 8.0])
def test_pairs_measure_the_noise_of_two_levels(sigma: float) -> None:
    two = PATTERNS["dots"] * 0.5 + 60
    noise = sigma * np.random.default_rng(0).standard_normal(two.shape)
    assert noise_of_pairs(np.rint(two + noise)) == pytest.approx(sigma, rel=0.3)


@pytest.mark.parametrize("gain", [0.01, 1.0, 30.0])
def test_pairs_say_nothing_of_photographs_and_of_counts(gain: float) -> None:
    photograph = data.camera()[:192, 100:292].astype(float)
    assert noise_of_pairs(photograph + 5 * RNG.standard_normal((192, 192))) is None
    assert noise_of_pairs(gain * RNG.poisson(photograph / 50)) is None
