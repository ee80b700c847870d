"""Salt and pepper, and what looks like it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from _drawings import GREY
from skimage import data

from napari_flowprior.data import PlaneView
from napari_flowprior.restoration.noise._impulses import Impulses, find_impulses

if TYPE_CHECKING:
    from numpy.typing import NDArray

PHOTO = data.camera()[100:260, 180:340]


def struck(
    clean: NDArray[np.generic], share: float, sigma: float = 0.0
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Add noise and impulses; tell where those are."""
    rng = np.random.default_rng(1)
    noisy = np.rint(clean + rng.normal(0, sigma, clean.shape)).clip(0, 255)
    chance = rng.random(clean.shape)
    noisy[chance < share / 2] = 0
    noisy[chance > 1 - share / 2] = 255
    where = (chance < share / 2) | (chance > 1 - share / 2)
    return noisy.astype(np.uint8), where


@pytest.mark.parametrize("share", [0.004, 0.02, 0.1])
@pytest.mark.parametrize("sigma", [0.0, 5.0, 15.0])
def test_found_and_filled(share: float, sigma: float) -> None:
    noisy, where = struck(PHOTO, share, sigma)
    found = find_impulses(PlaneView(noisy, "YX"))
    assert found is not None
    assert (found.low, found.high) == (0, 255)
    # Those of the colour of what is around them are none.
    assert 0.5 * share < found.share < 1.3 * share
    filled = found.fill(noisy.astype(float))
    error = np.abs(filled - PHOTO)[where]
    assert np.median(error) < 6 + sigma
    assert error.mean() < 0.35 * np.abs(noisy.astype(float) - PHOTO)[where].mean()


def test_good_pixels_stay() -> None:
    noisy, where = struck(PHOTO, 0.02)
    found = find_impulses(PlaneView(noisy, "YX"))
    assert found is not None
    filled = found.fill(noisy.astype(float))
    assert np.mean(filled[~where] != noisy[~where]) < 1e-3


def test_fills_with_the_median_of_what_is_known() -> None:
    plane = np.full((7, 7), 100.0)
    plane[3, 3], plane[3, 4] = 255.0, 0.0
    np.testing.assert_array_equal(
        Impulses(0, 255, 0.01).fill(plane), np.full((7, 7), 100.0)
    )


@pytest.mark.parametrize("sigma", [0.0, 2.0, 10.0, 25.0])
def test_none_in_photographs(sigma: float) -> None:
    noisy, _ = struck(PHOTO, 0.0, sigma)
    assert find_impulses(PlaneView(noisy, "YX")) is None


@pytest.mark.parametrize("name", list(GREY))
@pytest.mark.parametrize("sigma", [0.0, 10.0])
def test_none_in_drawings(name: str, sigma: float) -> None:
    noisy, _ = struck(GREY[name](160), 0.0, sigma)
    assert find_impulses(PlaneView(noisy, "YX")) is None


def test_stars_are_meant() -> None:
    """Bright dots alone, as many as impulses would be, are no salt and pepper."""
    sky = np.full((128, 128), 90.0)
    sky[np.random.default_rng(2).random(sky.shape) < 0.01] = 255
    assert find_impulses(PlaneView(sky.astype(np.uint8), "YX")) is None


def test_nothing_to_compare() -> None:
    assert find_impulses(PlaneView(np.zeros((64, 64), np.uint8), "YX")) is None
    assert find_impulses(PlaneView(np.zeros((4, 64), np.uint8), "YX")) is None
