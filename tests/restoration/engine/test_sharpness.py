"""How sharp an image is, for the PSF that is told."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from napari_flowprior.restoration.degradations import gaussian_psf, motion_psf
from napari_flowprior.restoration.engine._sharpness import (
    find_sharpness,
    has_zeros,
    narrowed,
)

SIZE = (96, 96)


def scene(seed: int = 0, slope: float = 1.5) -> np.ndarray:
    """Draw an image whose amplitudes fall with a power of the frequency."""
    noise = np.random.default_rng(seed).normal(size=SIZE)
    frequency = np.hypot(np.fft.fftfreq(SIZE[0])[:, None], np.fft.rfftfreq(SIZE[1]))
    frequency[0, 0] = np.inf
    return np.fft.irfft2(np.fft.rfft2(noise) * frequency**-slope, s=SIZE)


@pytest.mark.parametrize(("width", "power"), [(1.6, 1.0), (1.3, 0.66), (0.8, 0.25)])
def test_sharpness_of_scenes_in_closed_form(width: float, power: float) -> None:
    rng = np.random.default_rng(1)
    image = gaussian_filter(scene(), width, mode="wrap") + rng.normal(0, 0.02, SIZE)
    found = find_sharpness(image, gaussian_psf(1.6), 0.02)
    assert found.power == pytest.approx(power, abs=0.15)
    assert found.error < 0.15


def test_sharpness_of_what_does_not_tell() -> None:
    noise = np.random.default_rng(0).normal(size=SIZE)
    assert find_sharpness(noise, gaussian_psf(1.0), 1.0).error == math.inf
    assert find_sharpness(noise[:8], gaussian_psf(1.0), 0.1).error == math.inf
    assert find_sharpness(scene(), np.ones((1, 1)), 0.1).error == math.inf


@pytest.mark.parametrize("power", [1.0, 0.5, 0.25])
def test_a_narrower_psf_has_the_variance_that_is_wanted(power: float) -> None:
    psf = gaussian_psf(2.0)
    narrow = narrowed(psf, power)
    assert narrow.sum() == pytest.approx(1)
    places = np.arange(-8, 9) ** 2
    wanted = power * (psf.sum(0) * places).sum()
    assert (narrow.sum(0) * places).sum() == pytest.approx(wanted, rel=0.05)
    np.testing.assert_allclose(narrow, gaussian_psf_like(narrow, wanted), atol=0.02)


def gaussian_psf_like(psf: np.ndarray, variance: float) -> np.ndarray:
    places = np.arange(psf.shape[0]) - psf.shape[0] // 2
    profile = np.exp(-(places**2) / (2 * variance))
    return np.outer(profile, profile) / profile.sum() ** 2


def test_zeros_of_transfer_functions() -> None:
    assert not has_zeros(gaussian_psf(1.5))
    assert has_zeros(motion_psf(9, 20))
    point = narrowed(motion_psf(9, 20), 0.0)
    assert point.max() == pytest.approx(1)
