"""Dead and hot pixels: found in noise and photographs, and none in clean images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter
from skimage import data

from napari_flowprior._errors import InputError
from napari_flowprior.data import PlaneView
from napari_flowprior.restoration.degradations import _bad_pixels
from napari_flowprior.restoration.degradations._bad_pixels import find_bad_pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

CAMERA = data.camera()
PHOTO = CAMERA[100:300, 180:420].astype(float)
# Far from each other, in corners, at edges and inside.
PLACES = [(0, 0), (0, 239), (199, 0), (199, 239), (0, 100), (99, 0), (40, 60), (150, 9)]
BAD = np.zeros(PHOTO.shape, dtype=bool)
BAD[tuple(np.transpose(PLACES))] = True


def noise(shape: tuple[int, ...], level: float = 5.0) -> NDArray[np.float64]:
    return np.random.default_rng(0).normal(100, level, shape)


def broken(scene: NDArray[Any], mask: NDArray[np.bool_] = BAD) -> NDArray[Any]:
    """Make every second bad pixel hot, and the others dead."""
    made = scene.copy()
    ys, xs = np.nonzero(mask)
    made[ys[::2], xs[::2]] = 1000
    made[ys[1::2], xs[1::2]] = -500
    return made


def found(image: NDArray[Any], axes: str = "YX") -> NDArray[np.bool_]:
    return find_bad_pixels(PlaneView(image, axes))


@pytest.mark.parametrize("scene", [PHOTO, noise(PHOTO.shape)], ids=["photo", "noise"])
def test_all_are_found_and_nothing_else(scene: NDArray[np.float64]) -> None:
    np.testing.assert_array_equal(found(broken(scene)), BAD)
    assert not found(scene).any()


@pytest.mark.parametrize("name", ["camera", "grass", "gravel", "moon", "brick"])
def test_photographs_have_hardly_any(name: str) -> None:
    photo = getattr(data, name)()
    assert found(photo).sum() < 1e-5 * photo.size


def test_hot_pixels_of_eight_bits() -> None:
    noisy = noise(PHOTO.shape, 3).round().astype(np.uint8)
    hot = np.where(BAD, 255, noisy).astype(np.uint8)
    np.testing.assert_array_equal(found(hot), BAD)
    # One grey level is what rounding does, however even the image.
    even = np.full(PHOTO.shape, 7, np.uint8) + BAD
    assert not found(even).any()
    np.testing.assert_array_equal(found(np.full(PHOTO.shape, 7.0) + BAD), BAD)


def test_fine_texture_and_stars_are_no_bad_pixels() -> None:
    rows, columns = np.indices((120, 160))
    stars = np.zeros((120, 160))
    stars[10::20, 10::20] = 5e4
    clean = {
        "chequers": (rows + columns) % 2 * 200.0,
        "stripes": rows % 2 * 200.0,
        "lines": (rows % 9 == 0) * 200.0,
        "grid": ((rows % 9 == 0) | (columns % 9 == 0)) * 200.0,
        "edge": (rows > columns) * 200.0,
        "waves": 100 + 100 * np.sin(rows**2 / 80) * np.sin(columns**2 / 120),
        "stars": gaussian_filter(stars, 0.8) + noise((120, 160)),
        "even": np.full((120, 160), 3.0),
    }
    for name, image in clean.items():
        assert not found(image).any(), name
        assert not found(image.clip(0, 255).astype(np.uint8)).any(), name


def test_pixels_that_touch_are_not_isolated() -> None:
    pair = noise((40, 40))
    pair[20, 20:22] = 1000
    assert not found(pair).any()


def test_a_pixel_of_a_stack_is_bad_if_it_is_in_most_planes() -> None:
    stack = noise((5, *PHOTO.shape))
    stack[:, BAD] = 1000
    passing = stack.copy()
    passing[:2, 33, 44] = 1000
    often = stack.copy()
    often[:3, 33, 44] = 1000
    for axes in ("TYX", "ZYX"):
        expected = np.broadcast_to(BAD, stack.shape)
        np.testing.assert_array_equal(found(passing, axes), expected)
        assert found(often, axes)[:, 33, 44].all()


def test_channels_and_colours_have_pixels_of_their_own() -> None:
    stack = noise((2, 3, 60, 50))
    stack[:, 1, 20, 30] = 1000
    expected = np.zeros(stack.shape, dtype=bool)
    expected[:, 1, 20, 30] = True
    np.testing.assert_array_equal(found(stack, "TCYX"), expected)
    np.testing.assert_array_equal(found(stack, "CZYX"), np.zeros(stack.shape, bool))
    colours = np.moveaxis(stack, 1, -1)
    moved = np.moveaxis(expected, 1, -1)
    np.testing.assert_array_equal(found(colours, "TYXS"), moved)
    joint = find_bad_pixels(PlaneView(colours, "TYXS", joint=True))
    np.testing.assert_array_equal(joint, moved)


def test_alpha_has_none() -> None:
    image = noise((60, 50, 4))
    image[20, 30, 3] = 1000
    assert not found(image, "YXS").any()


def test_axes_in_another_order() -> None:
    np.testing.assert_array_equal(found(broken(PHOTO).T, "XY"), BAD.T)


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_values_that_are_not_finite() -> None:
    image = broken(noise(PHOTO.shape))
    image[38:43, 61:63] = np.nan
    image[100:120, 100:120] = np.nan
    image[130, 130] = np.inf
    np.testing.assert_array_equal(found(image), BAD)
    image[0, 0] = np.finfo(float).max
    np.testing.assert_array_equal(found(image), BAD)
    assert not found(np.full((9, 9), np.finfo(float).max)).any()
    image[0, 0] = np.nan
    assert not found(image)[0, 0]
    assert not found(np.full((9, 9), np.nan)).any()


@settings(max_examples=30, deadline=None)
@given(
    height=st.integers(5, 40),
    width=st.integers(5, 40),
    seed=st.integers(0, 99),
    pixels=st.integers(1, 300),
)
def test_bands_make_no_difference(
    height: int, width: int, seed: int, pixels: int
) -> None:
    rng = np.random.default_rng(seed)
    image = rng.normal(0, 1, (height, width))
    image[rng.random(image.shape) < 0.02] = 50
    image[rng.random(image.shape) < 0.02] = np.nan
    whole = found(image)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_bad_pixels, "_BAND", pixels)
        patch.setattr(_bad_pixels, "_GATHERED", 3)
        np.testing.assert_array_equal(found(image), whole)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 99), gain=st.floats(0.01, 1e4), offset=st.floats(-1e4, 1e4))
def test_units_and_symmetries_make_no_difference(
    seed: int, gain: float, offset: float
) -> None:
    rng = np.random.default_rng(seed)
    image = rng.normal(0, 1, (30, 30))
    image[rng.random(image.shape) < 0.02] = 60
    expected = found(image)
    np.testing.assert_array_equal(found(gain * image + offset), expected)
    np.testing.assert_array_equal(found(-image), expected)
    np.testing.assert_array_equal(found(image[::-1].T), expected[::-1].T)


def test_memory_is_that_of_one_plane() -> None:
    assert found(noise((6, 30, 30)), "TYX").strides[0] == 0


def test_images_that_are_too_small() -> None:
    with pytest.raises(InputError, match="4x200 pixels cannot be found; pass a mask"):
        found(np.ones((4, 200)))
    assert not found(noise((5, 5))).any()
