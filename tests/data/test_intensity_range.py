"""The range of intensities of an image, and where its noise was cut off."""

import numpy as np
import pytest
from draining import drain

from napari_flowprior._errors import InputError
from napari_flowprior.data import ChosenRange, IntensityScale, PlaneView, image_range

RNG = np.random.default_rng(0)


def range_of(image, axes="YX", **options):
    return drain(image_range(PlaneView(image, axes), **options))


def test_ranges_that_the_type_fixes():
    assert range_of(np.zeros((4, 4), np.uint8)) == (0, 255)
    assert range_of(np.zeros((4, 4), bool)) == (0, 1)


def test_floats_in_the_unit_range_are_in_it():
    assert range_of(RNG.random((40, 40))) == (0, 1)
    assert range_of(np.full((4, 4), 0.5)) == (0, 1)


def test_small_floats_are_in_units_of_their_own():
    low, high = range_of(RNG.random((40, 40)) * 1e-4)
    assert 0 <= low < high < 1.01e-4


def test_other_images_use_percentiles():
    image = RNG.normal(1000, 50, (200, 200)).astype(np.uint16)
    image[0, 0] = 65535
    low, high = range_of(image)
    assert (low, high) == tuple(np.percentile(image, (0.1, 99.9)))


def test_percentiles_of_large_images_are_those_of_a_sample(monkeypatch):
    monkeypatch.setattr("napari_flowprior.data._intensity_range._SAMPLE_PIXELS", 5000)
    image = RNG.normal(0, 1, (2, 200, 200, 3))
    low, high = range_of(image, "ZYXS")
    np.testing.assert_allclose((low, high), (-3.09, 3.09), atol=0.4)


def test_the_range_does_not_depend_on_how_the_image_is_cut(monkeypatch):
    monkeypatch.setattr("napari_flowprior.data._intensity_range._SAMPLE_PIXELS", 500)
    view = PlaneView(RNG.normal(0, 1, (3, 70, 50, 3)), "ZYXS", joint=True)
    whole = drain(image_range(view))
    monkeypatch.setattr("napari_flowprior.data._view._BAND_PIXELS", 777)
    assert drain(image_range(view)) == whole


def test_a_few_bright_pixels_set_the_range():
    image = np.zeros((300, 300), np.uint16)
    image[7, 7] = 1000
    assert range_of(image) == (0, 1000)


@pytest.mark.parametrize("value", [0.0, -5.0, 7e9, 1e30, -1e-30])
def test_constant_images_have_a_range(value):
    low, high = range_of(np.full((3, 3), value))
    assert low < high
    assert IntensityScale.fit(low, high).gain > 0


def test_missing_pixels_do_not_count():
    image = RNG.normal(100, 1, (50, 50))
    image[:10] = np.nan
    view = PlaneView(image, "YX")
    low, high = drain(image_range(view, missing=view.like(np.isnan(image))))
    assert 90 < low < high < 110


def test_images_without_a_known_pixel_are_refused():
    view = PlaneView(np.zeros((5, 5)), "YX")
    with pytest.raises(InputError, match="every pixel as missing"):
        drain(image_range(view, missing=view.like(np.ones((5, 5), bool))))


def used(image, **options):
    return drain(ChosenRange().find(PlaneView(image, "YX"), used=True, **options))


def noise_about(mean, dtype, level=10, seed=0):
    image = np.random.default_rng(seed).normal(mean, level, (100, 100))
    limits = np.iinfo(dtype)
    return image.clip(limits.min, limits.max).astype(dtype)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int16])
def test_dim_images_use_a_part_of_their_type(dtype):
    image = noise_about(60, dtype)
    found = used(image)
    assert (found.low, found.high) == tuple(np.percentile(image, (0.1, 99.9)))
    assert found.ends == (False, False)


@pytest.mark.parametrize(
    ("mean", "dtype", "ends"),
    [
        (5, np.uint8, (True, False)),
        (250, np.uint8, (False, True)),
        (5, np.uint16, (True, False)),
        (65530, np.uint16, (False, True)),
        (-32760, np.int16, (False, False)),
        (128, np.uint8, (False, False)),
    ],
)
def test_where_noise_is_cut_off(mean, dtype, ends):
    assert used(noise_about(mean, dtype)).ends == ends


@pytest.mark.parametrize("white", [1023, 4095, 16383])
def test_cameras_of_fewer_bits_end_in_between(white):
    image = noise_about(white, np.uint16).clip(max=white)
    assert used(image).ends == (False, True)


def test_what_uses_most_of_its_type_is_seen_with_all_of_it():
    image = np.linspace(20, 240, 10000).reshape(100, 100)
    assert used(image.astype(np.uint8)) == (0, 255, (False, False))
    assert used(image / 255) == (0, 1, (False, False))
    half = used(image.astype(np.uint8) // 2)
    assert (half.low, half.high) == (10, 119)


def test_booleans_and_other_floats():
    assert used(np.eye(9, dtype=bool)) == (0, 1, (True, True))
    assert used(np.full((9, 9), 3.0)).low == 3
    assert used(RNG.normal(0, 1, (90, 90)).clip(0)).ends == (True, False)
    assert used(RNG.normal(1, 0.4, (90, 90)).clip(0, 1)).ends == (True, True)


def test_holes_are_not_used():
    image = noise_about(100, np.uint8)
    image[:20] = 0
    assert used(image).ends[0]
    missing = PlaneView(image == 0, "YX")
    assert used(image, missing=missing).ends == (False, False)
