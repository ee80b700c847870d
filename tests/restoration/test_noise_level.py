"""The estimated noise level, also where noise is cut off at black and white."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from skimage import data

from napari_flowprior.data import PlaneView
from napari_flowprior.restoration import estimate_noise
from napari_flowprior.restoration._noise_level import noise_share
from napari_flowprior.restoration._noise_pairs import noise_of_pairs
from napari_flowprior.restoration._noise_windows import (
    _left_by_cut,
    noise_of_windows,
    patterned,
)

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


# --- fine patterns that are no noise

_Y, _X = np.mgrid[:192, :192]
PATTERNS = {
    "checkerboard": (_Y + _X) % 2 * 255.0,
    "faint checkerboard": (_Y + _X) % 2 * 50.0 + 100,
    "stripes": _Y % 2 * 255.0,
    "dots": np.random.default_rng(1).integers(0, 2, (192, 192)) * 255.0,
    "blocks": np.kron(
        np.random.default_rng(1).integers(0, 2, (64, 64)), np.ones((3, 3))
    )
    * 255.0,
    "zone plate": 127.5 + 127.5 * np.cos((_Y**2 + _X**2) * np.pi / 400),
}


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


@pytest.mark.parametrize("sigma", [1.0, 10.0, 40.0])
def test_windows_measure_white_noise(sigma: float) -> None:
    noise = sigma * RNG.standard_normal((256, 256))
    slope = np.linspace(0, 30 * sigma, 256)
    assert noise_of_windows(noise + slope) == pytest.approx(sigma, rel=0.04)
    assert not patterned(noise + slope)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.5, 0.8])
def test_what_cutting_off_leaves(share: float) -> None:
    values = np.random.default_rng(0).standard_normal(2_000_000)
    cut = np.maximum(values, np.quantile(values, share))
    assert _left_by_cut(np.array([share]))[0] == pytest.approx(cut.var(), rel=0.01)


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
