"""Rows and columns that hold nothing are left out, wherever an image has them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_flowprior.data import PlaneView, without_margins

SIDES = st.tuples(*4 * [st.integers(0, 40)])


def seen(view):
    return view.read(0, slice(None), slice(None))[0]


@settings(deadline=None, max_examples=30)
@given(SIDES, st.sampled_from([0.0, 0.5, 7.0]))
def test_what_is_left_is_the_image(sides, value):
    top, bottom, left, right = sides
    image = np.full((160, 176), value)
    inner = np.s_[top : 160 - bottom, left : 176 - right]
    image[inner] = np.random.default_rng(0).random(image[inner].shape)
    found = seen(without_margins(PlaneView(image, "YX")))
    skipped = [-(-before // 16) * 16 for before in (top, left)]
    wanted = image[skipped[0] : 160 - bottom, skipped[1] : 176 - right]
    np.testing.assert_array_equal(found, wanted.astype(np.float32))


def test_an_image_without_margins_is_the_same_view():
    view = PlaneView(np.random.default_rng(0).random((80, 90)), "YX")
    assert without_margins(view) is view


@pytest.mark.parametrize("image", [np.zeros((80, 90)), np.eye(90)[:, :40]])
def test_too_little_is_left(image):
    view = PlaneView(image, "YX")
    assert without_margins(view) is view


@pytest.mark.parametrize("turned", [False, True])
def test_padding_may_differ_from_plane_to_plane(turned):
    stack = np.random.default_rng(0).random((3, 192, 128))
    stack[:, :32] = np.array([0, 10, 20])[:, None, None]
    shapes = (160, 128), (128, 160)
    stack = stack.swapaxes(1, 2) if turned else stack
    assert without_margins(PlaneView(stack, "ZYX")).shape == shapes[turned]


def test_planes_and_colours_share_what_is_left():
    image = np.zeros((2, 120, 110, 3))
    image[0, 10:100, 5:, 0] = np.random.default_rng(0).random((90, 105))
    image[1, 20:110, :90, 2] = np.random.default_rng(1).random((90, 90))
    view = without_margins(PlaneView(image, "ZYXS", joint=True))
    assert view.shape == (94, 110)
    assert (view.samples, view.channels) == (2, 3)
