"""Grey images that are kept as colours are known, and go where all colours are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_flowprior.data import PlaneView, has_empty_colours, has_equal_colours

WHOLE = slice(None)


def grey(axes, number=3, dtype=np.uint8):
    sizes = {"T": 2, "Z": 3, "C": 2, "Y": 9, "X": 8, "S": 1}
    shape = [sizes[letter] for letter in axes]
    image = np.random.default_rng(0).integers(0, 200, shape).astype(dtype)
    return image.repeat(number, axes.index("S"))


@pytest.mark.parametrize("axes", ["YXS", "SYX", "TYXS", "ZCSYX"])
def test_all_colours_must_be_equal(axes):
    image = grey(axes)
    assert has_equal_colours(image, axes)
    for colour in range(3):
        other = image.copy()
        np.moveaxis(other, axes.index("S"), 0)[colour].flat[5] += 1
        assert not has_equal_colours(other, axes)


def test_a_coloured_label_is_a_colour():
    image = np.zeros((1300, 900, 3), np.uint8)
    image[1234, 567, 1] = 1
    assert not has_equal_colours(image, "YXS")
    stack = np.zeros((20, 16, 16, 3), np.uint8)
    stack[1, 3, 3, 0] = 1
    assert not has_equal_colours(stack, "ZYXS")


def test_alpha_is_no_colour():
    image = grey("YXS", 4)
    image[..., 3] = 255
    assert has_equal_colours(image, "YXS")


def test_what_is_no_number_is_equal():
    image = grey("YXS", dtype=np.float32)
    image[3, 4] = np.nan
    assert has_equal_colours(image, "YXS")
    image[3, 4, 1] = 0
    assert not has_equal_colours(image, "YXS")


def test_channels_are_no_colours():
    assert not has_equal_colours(np.zeros((3, 9, 8)), "CYX")


@pytest.mark.parametrize("axes", ["YXS", "SYX", "ZCSYX"])
@pytest.mark.parametrize("value", [0, 7, np.nan])
def test_a_colour_of_one_value_is_empty(axes, value):
    image = grey(axes, dtype=np.float32)
    assert not has_empty_colours(image, axes)
    np.moveaxis(image, axes.index("S"), 0)[1] = value
    assert has_empty_colours(image, axes)
    image.flat[:] = value
    assert has_empty_colours(image, axes)
    assert not has_empty_colours(image, axes.replace("S", "T"))


@settings(deadline=None)
@given(
    st.sampled_from(["YXS", "SYX", "TYXS", "ZCSYX"]),
    st.sampled_from([3, 4]),
    st.integers(1, 2),
)
def test_one_is_seen_and_all_are_written(axes, number, factor):
    image = grey(axes, number)
    view = PlaneView(image, axes, alike=True)
    assert view.samples == image.size // (number * 9 * 8)
    places = [axes.index(letter) for letter in "YX"]
    wanted = image.astype(np.int32)
    for place in places:
        wanted = wanted.repeat(factor, place)
    out = np.full_like(wanted, -1)
    for sample in range(view.samples):
        block = view.read(sample, WHOLE, WHOLE).repeat(factor, 1).repeat(factor, 2)
        assert len(block) == 1
        spans = (slice(0, factor * side) for side in view.shape)
        view.write(out, sample, *spans, block, factor)
    np.testing.assert_array_equal(out, wanted)


def test_parts_and_other_arrays_are_seen_likewise():
    view = PlaneView(grey("TYXS"), "TYXS", alike=True)
    assert not view.apart
    assert view.samples == 2
    parts = view.along("TS")
    assert [part.fixed for part in parts] == [{"T": 0}, {"T": 1}]
    assert all(part.alike for part in (*parts, view.like(np.zeros((9, 8)))))
    assert PlaneView(grey("TYXS"), "TYXS").apart
