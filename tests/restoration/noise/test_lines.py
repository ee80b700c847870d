"""Rows and columns that stand out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from _drawings import GREY
from scipy.ndimage import gaussian_filter1d
from skimage import data

from napari_flowprior.data import PlaneView
from napari_flowprior.restoration.noise._lines import find_lines

if TYPE_CHECKING:
    from numpy.typing import NDArray

PHOTO = data.camera()[100:292, 180:372].astype(float)


def lined(
    clean: NDArray[np.float64], level: float, axis: str, sigma: float = 5.0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Add noise, and an offset for every line; return the offsets, too."""
    rng = np.random.default_rng(3)
    count = clean.shape[-2] if axis == "Y" else clean.shape[-1]
    offsets = level * rng.normal(size=count)
    along = offsets[:, np.newaxis] if axis == "Y" else offsets
    return clean + along + rng.normal(0, sigma, clean.shape), offsets


@pytest.mark.parametrize("axis", ["Y", "X"])
@pytest.mark.parametrize("level", [10.0, 15.0])
def test_found_along_their_axis_alone(axis: str, level: float) -> None:
    image, offsets = lined(PHOTO, level, axis)
    view = PlaneView(image, "YX")
    found = find_lines(view, axis)
    assert found is not None
    assert found.axis == axis
    assert found.offsets.shape == (1, 1, len(offsets))
    assert np.corrcoef(found.offsets[0, 0], offsets)[0, 1] > 0.9
    assert found.level == pytest.approx(level, rel=0.25)
    assert find_lines(view, "X" if axis == "Y" else "Y") is None


def test_every_plane_has_its_own() -> None:
    images, _ = zip(*(lined(PHOTO, level, "Y") for level in (8.0, 4.0)), strict=True)
    found = find_lines(PlaneView(np.stack(images), "TYX"), "Y")
    assert found is not None
    ratio = found.offsets[0, 0].std() / found.offsets[1, 0].std()
    assert ratio == pytest.approx(2, rel=0.25)


def test_what_is_taken_out_in_closed_form() -> None:
    """Of random lines on a ramp all goes but what varies over many of them."""
    ramp = np.linspace(0, 200, 256)[:, np.newaxis] + np.zeros((256, 256))
    image, offsets = lined(ramp, 5.0, "Y", 0.1)
    found = find_lines(PlaneView(image, "YX"), "Y")
    assert found is not None
    expected = offsets - gaussian_filter1d(offsets, 4.0)
    inner = slice(20, -20)
    left = (found.offsets[0, 0] - expected)[inner]
    assert left.std() < 0.02 * expected.std()


@pytest.mark.parametrize("sigma", [0.0, 5.0, 25.0])
@pytest.mark.parametrize("axis", ["Y", "X"])
def test_none_in_photographs(sigma: float, axis: str) -> None:
    image, _ = lined(PHOTO, 0.0, axis, sigma)
    assert find_lines(PlaneView(image, "YX"), axis) is None


@pytest.mark.parametrize("name", list(GREY))
def test_none_in_drawings(name: str) -> None:
    """Stripes, bars and lines of text are meant."""
    for sigma in (0.0, 10.0):
        image, _ = lined(GREY[name](160).astype(float), 0.0, "Y", sigma)
        view = PlaneView(image, "YX")
        assert find_lines(view, "Y") is None
        assert find_lines(view, "X") is None


def test_none_in_lines_of_text_of_any_part() -> None:
    """Rows of a page are darker where there is text, but their paper is not."""
    page = data.page().astype(float)
    for y, x, side in ((16, 50, 128), (61, 125, 128), (0, 96, 191)):
        part = page[y : y + side, x : x + side]
        assert find_lines(PlaneView(part, "YX"), "Y") is None


def test_too_small_to_tell() -> None:
    image, _ = lined(np.zeros((24, 256)), 5.0, "Y")
    assert find_lines(PlaneView(image, "YX"), "Y") is None


def test_none_in_edges_of_small_details() -> None:
    """The folds of a space suit, whose pixels move alike over several lines."""
    grey = data.astronaut() @ np.array([0.299, 0.587, 0.114])
    detail = np.rint(grey[64:160, 384:480])
    assert find_lines(PlaneView(detail, "YX"), "X") is None
