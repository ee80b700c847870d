"""Numbers that stand where there is no image are told from its intensities."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_flowprior.data import PlaneView, find_fill_values, without_fill_values

WHOLE = slice(None)
SHAPE = 96, 80


def scene(mean=300.0, dtype=np.float32, seed=0):
    """Return a smooth scene with noise."""
    ramp = np.linspace(-40, 40, SHAPE[1])
    noise = np.random.default_rng(seed).normal(0, 5, SHAPE)
    return (mean + ramp + noise).astype(dtype)


def found(image, axes="YX", **how):
    return find_fill_values(PlaneView(image, axes), **how)


@pytest.mark.parametrize("value", [-9999, 0, -3.4e38, 32767])
def test_a_number_far_away_is_found(value):
    image = scene(1000)
    image[:, :11] = value
    fill = found(image)
    assert fill.values == (pytest.approx(value),)
    assert fill.share == pytest.approx(11 / 80)
    np.testing.assert_array_equal(fill.marked(image), image == np.float32(value))


def test_both_ends_may_be_filled():
    image = scene(1000, np.uint16)
    image[:9], image[-9:] = 0, 65535
    fill = found(image)
    assert fill.values == (0, 65535)
    seen = fill.replaced(image)
    assert seen.dtype == image.dtype
    inner = image[9:-9]
    assert inner.min() <= seen.min()
    assert seen.max() <= inner.max()


def test_pixels_between_are_no_image_either():
    image = scene(1000)
    image[:, :11] = 0
    image[::2, 11] = 400  # as a stack that was rotated has them
    fill = found(image)
    np.testing.assert_array_equal(fill.marked(image), image < 500)


def test_dark_parts_of_an_image_stay_in_it():
    image = scene(1000)
    image[:, :11] = 0
    image[40:44, 40:44] = 600  # farther from the rest than that is wide
    fill = found(image)
    np.testing.assert_array_equal(fill.marked(image), image == 0)


def test_what_is_not_padded_has_none():
    assert found(scene()) is None


def test_a_border_within_the_range_is_none():
    image = scene()
    image[:, :11] = 250
    assert found(image) is None


def test_how_far_away_it_is_can_be_chosen():
    image = scene()
    image[:, :11] = 0
    assert found(image, far=2) is not None
    assert found(image, far=4) is None


def test_dots_are_bad_pixels():
    image = scene(1000)
    image[np.random.default_rng(1).random(SHAPE) < 0.1] = 0
    assert found(image) is None


def test_bright_areas_with_a_slope_are_light():
    image = scene(1000)
    blob = np.hypot(*np.indices(SHAPE) - np.array(SHAPE).reshape(2, 1, 1) / 2)
    image += np.float32(60000) * np.exp(-(blob**2) / 400).astype(np.float32)
    image = image.clip(0, 30000)
    assert (image == 30000).mean() > 0.02
    assert found(image) is None


def test_images_of_two_values_have_none():
    image = np.zeros(SHAPE, np.uint16)
    image[:40] = 1000
    assert found(image) is None


def test_images_of_two_values_by_type_have_none():
    image = np.zeros(SHAPE, bool)
    image[:20] = True
    assert found(image) is None


def test_images_of_8_bits_may_have_some():
    image = (scene(100) / 2 + 60).clip(0, 255).astype(np.uint8)
    image[:20] = 0
    assert found(image).values == (0,)


@pytest.mark.parametrize("photons", [0.02, 0.1, 0.2])
def test_few_photons_on_black_ground_are_an_image(photons):
    rng = np.random.default_rng(0)
    for kind in (np.uint8, np.uint16, np.float32):
        assert found(rng.poisson(photons, (256, 256)).astype(kind)) is None


def test_few_levels_are_an_image():
    image = np.zeros(SHAPE, np.uint16)
    for number in range(1, 4):
        image[number * 20 : number * 20 + 4] = number
    assert found(image) is None


def test_numbers_that_are_none_do_not_count():
    image = scene()
    image[0, 0], image[1, 1] = np.nan, -np.inf
    assert found(image) is None
    image[:, :11] = -9999
    assert found(image).values == (-9999,)


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 3), st.booleans(), st.sampled_from([np.float64, np.uint16]))
def test_what_is_written_holds_them_as_before(factor, joint, dtype):
    image = np.stack([scene(1000, dtype, seed) for seed in range(4)], axis=-1)
    image[:, :11] = 0
    view = without_fill_values(PlaneView(image, "YXS", joint))
    out = np.ones((factor * SHAPE[0], factor * SHAPE[1], 4), dtype)
    for sample in range(view.samples):
        block = view.read(sample, WHOLE, WHOLE, np.float64)
        assert block.min() > 900
        block = 2 * block.repeat(factor, 1).repeat(factor, 2)
        spans = (slice(0, factor * side) for side in SHAPE)
        view.write(out, sample, *spans, block, factor)
    twice = np.concatenate([2 * image[..., :3], image[..., 3:]], axis=-1)
    np.testing.assert_array_equal(out, twice.repeat(factor, 0).repeat(factor, 1))


def test_what_is_not_kept_is_written_over():
    image = scene(1000)
    image[:, :11] = 0
    view = without_fill_values(PlaneView(image, "YX"), kept=False)
    out = np.zeros(SHAPE)
    view.write(out, 0, slice(0, 96), slice(0, 80), np.ones((1, *SHAPE)))
    assert (out == 1).all()


def test_alpha_of_channels_is_kept():
    image = np.stack([scene(1000, np.uint16, seed) for seed in range(4)])
    image[:, :, :11] = 0
    view = without_fill_values(PlaneView(image, "CYX", joint=True))
    assert (np.asarray(view.array[3, :, :])[:, :11] == 0).all()
    assert (np.asarray(view.array[2, :, :])[:, :11] > 900).all()
