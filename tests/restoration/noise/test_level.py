"""The estimated noise level, also where noise is cut off at black and white."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from noisy import PATTERNS
from scipy.ndimage import gaussian_filter
from skimage import data

from napari_flowprior.data import PlaneView
from napari_flowprior.restoration import estimate_noise
from napari_flowprior.restoration.noise._level import noise_share

if TYPE_CHECKING:
    from numpy.typing import NDArray

RNG = np.random.default_rng(0)


def estimate(plane: NDArray[np.generic]) -> float:
    return estimate_noise(PlaneView(plane, "YX"))


def bytes_of(plane: NDArray[np.float64]) -> NDArray[np.uint8]:
    return np.clip(np.rint(plane), 0, 255).astype(np.uint8)


def half_black() -> NDArray[np.float64]:
    """Black on the left, a smooth slope on the right."""
    ramp = np.linspace(-150, 200, 256).clip(min=0)
    return np.tile(ramp, (256, 1))


@pytest.mark.parametrize("sigma", [5.0, 15.0, 25.0, 40.0])
@pytest.mark.parametrize("white", [False, True])
def test_noise_that_is_cut_off(sigma: float, white: bool) -> None:
    noisy = half_black() + sigma * RNG.standard_normal((256, 256))
    plane = bytes_of(noisy)
    assert estimate(255 - plane if white else plane) == pytest.approx(sigma, rel=0.1)


@pytest.mark.parametrize("sigma", [5.0, 15.0, 25.0, 50.0])
@pytest.mark.parametrize("white", [False, True])
def test_noise_of_which_most_is_cut_off(sigma: float, white: bool) -> None:
    dots = np.zeros((256, 256))
    dots[::32, ::32] = 3000
    noisy = bytes_of(gaussian_filter(dots, 2) + sigma * RNG.standard_normal(dots.shape))
    plane = 255 - noisy if white else noisy
    assert estimate(plane) == pytest.approx(sigma, rel=0.1)
    assert estimate(plane / 255.0) == pytest.approx(sigma / 255, rel=0.1)


def test_photograph_at_all_levels() -> None:
    clean = data.camera()[:256, 100:356]
    for sigma in (10.0, 25.0, 50.0):
        noisy = bytes_of(clean + sigma * RNG.standard_normal(clean.shape))
        assert estimate(noisy) == pytest.approx(sigma, rel=0.12)


def test_texture_on_black_is_not_taken_for_strong_noise() -> None:
    plane = np.zeros((256, 256))
    plane[100:160, 100:160] = 100 + 40 * RNG.standard_normal((60, 60))
    faint = bytes_of(plane + 3 * RNG.standard_normal(plane.shape))
    assert estimate(faint) < 10


def test_clean_black_image() -> None:
    assert estimate(np.zeros((64, 64), np.uint8)) == 0.0


@pytest.mark.parametrize("name", PATTERNS)
def test_patterns_are_no_noise(name: str) -> None:
    assert estimate(bytes_of(PATTERNS[name])) < 0.6


@pytest.mark.parametrize("name", PATTERNS)
@pytest.mark.parametrize("sigma", [2.0, 5.0])
def test_noise_on_patterns(name: str, sigma: float) -> None:
    noisy = 30 + 0.75 * PATTERNS[name] + sigma * RNG.standard_normal((192, 192))
    found = estimate(bytes_of(noisy))
    assert 0.5 * sigma < found < 2.2 * sigma


@pytest.mark.parametrize("border", [0.3, 0.6])
def test_photographs_beside_patterns(border: float) -> None:
    """What a photograph shows of its noise is not lost beside a drawing."""
    clean = data.camera()[:256, 100:356].astype(float)
    clean[: int(256 * border)] = PATTERNS["checkerboard"][:1, :1]
    noisy = clean + 10 * np.random.default_rng(0).standard_normal(clean.shape)
    assert estimate(bytes_of(noisy)) == pytest.approx(10, rel=0.25)


def test_share_of_the_finest_scale_that_is_noise() -> None:
    def share(plane: NDArray[np.float64]) -> float:
        return noise_share(PlaneView(bytes_of(plane), "YX"))

    noisy = data.camera()[:192, 100:292] + 8 * RNG.standard_normal((192, 192))
    assert share(noisy) == 1
    assert share(PATTERNS["checkerboard"]) == 0
    assert share(30 + 0.75 * PATTERNS["dots"]) < 0.05
    counts = RNG.poisson(3.0, (192, 192)).astype(float)
    assert share(counts) == 1
    letters = np.kron(data.text()[40:72, :96] < 90, np.ones((4, 2))) * 255.0
    assert share(np.pad(letters, 32)) == 0


@pytest.mark.parametrize("fill", [0.0, 110.0, 255.0])
@pytest.mark.parametrize("share", [0.3, 0.6])
@pytest.mark.parametrize("dtype", [np.float32, np.uint16])
def test_constant_borders_do_not_count(fill: float, share: float, dtype: type) -> None:
    """As registration, masks and padding leave them, of any value."""
    scene = data.camera()[100:228, 100:228].astype(float)
    image = scene + np.random.default_rng(0).normal(0, 15, scene.shape)
    image[round(128 * (1 - share)) :] = fill
    stored = image.clip(0).round().astype(dtype) if dtype is np.uint16 else image
    level = estimate_noise(PlaneView(stored.astype(dtype), "YX"))
    assert level == pytest.approx(15, rel=0.2)


def test_noise_that_moves_no_value_is_none() -> None:
    # A picture dithered to levels of 51, which has no noise.
    rng = np.random.default_rng(0)
    tone = np.linspace(0, 5, 128) + rng.random((128, 1)) / 4
    dithered = 51 * np.floor(tone + rng.random((128, 128)))
    assert estimate(bytes_of(dithered)) == 0


def test_noise_in_coarse_steps_is_seen() -> None:
    # Counts of few photons, each of 20 grey levels.
    counts = 20 * np.random.default_rng(0).poisson(2.0, (128, 128))
    assert estimate(bytes_of(counts)) == pytest.approx(20 * 2**0.5, rel=0.15)
