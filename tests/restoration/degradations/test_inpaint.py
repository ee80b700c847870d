"""Holes: which pixels are missing, how they are found, and what is left alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from doubles import MEAN, GaussianPrior
from draining import drain
from skimage import data

from napari_flowprior import restore
from napari_flowprior._errors import InputError
from napari_flowprior.data import PlaneView
from napari_flowprior.restoration import (
    MAP,
    Inpaint,
    Noise,
    RestoreOptions,
    iter_restore,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

PHOTO = data.camera()[100:148, 180:244].astype(np.float64)
HOLE = np.zeros(PHOTO.shape, dtype=bool)
HOLE[10:16, 20:30] = True
OPTIONS: dict[str, Any] = {
    "prior": GaussianPrior(),
    "estimator": MAP(steps=60, smallest=0.05),
    "device": "cpu",
}


def missing(degradation: Inpaint, view: PlaneView) -> NDArray[Any]:
    whole = slice(None)
    found = degradation.missing(view)
    return np.stack([found.read(k, whole, whole, bool) for k in range(view.samples)])


def test_nan_is_a_hole() -> None:
    damaged = np.where(HOLE, np.nan, PHOTO)
    out = restore(damaged, degradation=Inpaint(), **OPTIONS)
    np.testing.assert_allclose(out[~HOLE], PHOTO[~HOLE], rtol=1e-12)
    black, white = np.percentile(PHOTO[~HOLE], (0.1, 99.9))
    filled = (out[HOLE] - black) / (white - black)
    np.testing.assert_allclose(filled, MEAN, atol=0.02)


def test_nan_is_a_hole_as_a_mask_would_make_it() -> None:
    damaged = np.where(HOLE, np.nan, PHOTO)
    expected = restore(damaged, degradation=Inpaint(HOLE), **OPTIONS)
    found = restore(damaged, degradation=Inpaint(), **OPTIONS)
    np.testing.assert_array_equal(found, expected)


def test_mask_nan_and_bad_pixels_add_up() -> None:
    image = PHOTO.copy()
    image[3, 4] = np.nan
    image[30, 50] = 5000
    view = PlaneView(image, "YX")
    expected = HOLE.copy()
    expected[3, 4] = True
    np.testing.assert_array_equal(missing(Inpaint(HOLE), view)[0, 0], expected)
    expected[30, 50] = True
    found = missing(Inpaint(HOLE, bad_pixels=True), view)[0, 0]
    np.testing.assert_array_equal(found, expected)
    out = restore(image, degradation=Inpaint(HOLE, bad_pixels=True), **OPTIONS)
    np.testing.assert_allclose(out[~expected], image[~expected], rtol=1e-12)
    assert out[30, 50] < 300


def test_hot_pixels_of_a_stack_of_integers() -> None:
    stack = np.random.default_rng(0).normal(100, 4, (3, 40, 50)).round()
    stack[:, 20, 30] = 4000
    stack[:, 5, 6] = 0
    out = restore(
        stack.astype(np.uint16),
        axes="TYX",
        degradation=Inpaint(bad_pixels=True),
        **OPTIONS,
    )
    assert out.dtype == np.uint16
    assert np.abs(out[:, 20, 30].astype(float) - 100).max() < 30
    same = np.ones(out.shape[1:], dtype=bool)
    same[20, 30] = same[5, 6] = False
    np.testing.assert_array_equal(out[:, same], stack[:, same])


def test_colours_miss_by_themselves_and_alpha_never() -> None:
    image = np.random.default_rng(0).random((2, 20, 24, 4)).astype(np.float32)
    image[1, 4, 5, 1] = np.nan
    view = PlaneView(image, "ZYXS", joint=True)
    expected = np.zeros((2, 3, 20, 24), dtype=bool)
    expected[1, 1, 4, 5] = True
    np.testing.assert_array_equal(missing(Inpaint(), view), expected)
    apart = missing(Inpaint(), PlaneView(image, "ZYXS"))
    np.testing.assert_array_equal(apart.reshape(expected.shape), expected)


class Watched:
    """An array that remembers the largest region that was read of it."""

    def __init__(self, array: NDArray[Any]) -> None:
        self.array = array
        self.shape, self.dtype = array.shape, array.dtype
        self.largest = 0

    def __getitem__(self, key: Any, /) -> NDArray[Any]:
        region: NDArray[Any] = self.array[key]
        self.largest = max(self.largest, region.size)
        return region


def test_large_images_are_never_read_at_once() -> None:
    image = Watched(np.full((40, 64, 64), 0.5, np.float32))
    image.array[:, 3:6, 7:9] = np.nan
    view = PlaneView(image, "ZYX")
    holes = Inpaint()
    found = holes.missing(view)
    assert image.largest == 0
    assert holes.observe(view).level == 0
    assert image.largest == 64 * 64
    image.largest = 0
    assert found.read(7, slice(2, 5), slice(6, 10), bool).sum() == 4
    assert image.largest == 12


def test_noise_around_the_holes() -> None:
    damaged = np.where(HOLE, np.nan, PHOTO)
    out = restore(damaged, degradation=Inpaint(sigma=20), **OPTIONS)
    assert np.isfinite(out).all()
    assert np.abs(out - PHOTO)[~HOLE].max() > 1


def test_other_degradations_still_refuse_nan() -> None:
    with pytest.raises(InputError, match="60 NaN values; restore them as holes"):
        restore(np.where(HOLE, np.nan, PHOTO), degradation=Noise(5), **OPTIONS)
    infinite = np.where(HOLE, np.inf, PHOTO)
    with pytest.raises(InputError, match="60 infinite values"):
        restore(infinite, degradation=Inpaint(), **OPTIONS)
    assert np.isfinite(restore(infinite, degradation=Inpaint(HOLE), **OPTIONS)).all()


@pytest.mark.parametrize(
    ("image", "options", "words"),
    [
        (PHOTO.astype(np.uint8), {}, "type uint8, which has no NaN"),
        (PHOTO, {}, "no pixel is NaN; pass a mask that is True"),
        (PHOTO, {"bad_pixels": True}, "no pixel is NaN and none is dead or hot"),
        (PHOTO * np.nan, {}, "Every pixel of the image is missing"),
        (np.where(HOLE, PHOTO, np.nan), {"mask": HOLE}, "Every pixel of the image"),
        (
            np.stack([PHOTO, PHOTO * np.nan, PHOTO]),
            {},
            "Every pixel of plane 2 of 3 is missing",
        ),
        (PHOTO, {"mask": HOLE[1:]}, r"shape \(47, 64\) does not fit the image"),
        (PHOTO, {"mask": ~HOLE | HOLE}, "marks every pixel"),
        (PHOTO, {"mask": HOLE.astype(int)}, "labels > 0"),
        (PHOTO, {"mask": HOLE, "bad_pixels": 1}, "bad_pixels is 1"),
        (PHOTO, {"sigma": None}, "sigma is None"),
        (PHOTO, {"sigma": -1.0}, "sigma is -1.0"),
        (PHOTO[:4], {"bad_pixels": True}, "pass a mask that marks them"),
    ],
)
def test_what_is_refused(
    image: NDArray[Any], options: dict[str, Any], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        restore(image, degradation=Inpaint(**options), **OPTIONS)


def test_a_mask_without_holes_changes_nothing() -> None:
    image = PHOTO.astype(np.uint8)
    out = restore(image, degradation=Inpaint(HOLE & ~HOLE), **OPTIONS)
    np.testing.assert_array_equal(out, image)


def test_summary_says_what_was_missing() -> None:
    damaged = np.where(HOLE, np.nan, PHOTO)
    run = iter_restore(
        damaged, RestoreOptions(degradation=Inpaint(bad_pixels=True), **OPTIONS)
    )
    found = drain(run).provenance["degradation"]
    assert json.loads(json.dumps(found)) == found
    assert found["bad_pixels"]
    assert not found["mask"]
    assert found["missing"] == pytest.approx(60 / PHOTO.size)
    assert "missing" not in Inpaint(HOLE).summary()
