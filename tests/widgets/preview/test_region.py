"""Which part of a layer is previewed, and arrays cut to it."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from napari_flowprior._errors import InputError
from napari_flowprior._widgets.preview import Region, crop, find_region


def see(layer, rows, columns):
    """Let a layer take some of its rows and columns for what is in view."""
    corners = np.zeros((2, layer.ndim), int)
    corners[:, -2:] = np.transpose([rows, columns])
    layer.corner_pixels = corners


def test_what_is_in_view(viewer):
    layer = viewer.add_image(np.zeros((400, 300)))
    see(layer, (100, 199), (50, 249))
    region = find_region(viewer, layer, "YX")
    assert region.shown == (slice(100, 200), slice(50, 250))
    # From a multiple of 16 on, 32 pixels more around, as far as there are any.
    assert region.read == (slice(64, 232), slice(16, 282))
    assert region.whole


def test_all_of_a_small_image(viewer):
    layer = viewer.add_image(np.zeros((40, 30)))
    region = find_region(viewer, layer, "YX")
    assert region.shown == region.read == (slice(0, 40), slice(0, 30))


def test_the_middle_of_what_is_too_large(viewer):
    layer = viewer.add_image(np.zeros((2000, 600)))
    region = find_region(viewer, layer, "YX")
    assert region.shown == (slice(744, 1256), slice(44, 556))
    assert not region.whole


def test_the_plane_that_is_shown(viewer):
    layer = viewer.add_image(np.zeros((5, 3, 40, 30)), scale=(2, 1, 1, 1))
    viewer.dims.current_step = (4, 1, 0, 0)
    region = find_region(viewer, layer, "TCYX")
    assert region.shown[:2] == (slice(4, 5), slice(1, 2))


def test_colours_are_shown_together(viewer):
    layer = viewer.add_image(np.zeros((5, 40, 30, 3), np.uint8), rgb=True)
    viewer.dims.current_step = (2, 0, 0)
    region = find_region(viewer, layer, "ZYXS")
    assert region.shown == (slice(2, 3), slice(0, 40), slice(0, 30), slice(0, 3))


def test_a_coarse_level_of_a_pyramid(viewer):
    levels = [np.zeros((400, 300)), np.zeros((200, 150))]
    layer = viewer.add_image(levels, multiscale=True)
    layer.data_level = 1
    see(layer, (50, 99), (25, 124))
    region = find_region(viewer, layer, "YX")
    assert region.shown == (slice(100, 199), slice(50, 249))


def look_at(viewer, center, zoom):
    viewer.scene.camera.center, viewer.scene.camera.zoom = center, zoom


def test_what_is_in_view_of_more_that_was_read(viewer):
    levels = [np.zeros((3, 400, 300)), np.zeros((3, 200, 150))]
    layer = viewer.add_image(levels, scale=(1, 2, 2), translate=(0, 20, 60))
    viewer.canvas.size = 80, 40
    layer.data_level = 1
    see(layer, (0, 199), (0, 149))
    # 20 x 10 units of the world are 10 x 5 pixels.
    look_at(viewer, (20 + 2 * 300, 60 + 2 * 100), 4)
    region = find_region(viewer, layer, "ZYX")
    assert region.shown[1:] == (slice(295, 306), slice(97, 104))
    region = find_region(viewer, layer, "ZYX", level=1)
    assert region.shown[1:] == (slice(147, 154), slice(48, 53))
    look_at(viewer, (20, 60), 4)
    region = find_region(viewer, layer, "ZYX")
    assert region.shown[1:] == (slice(0, 6), slice(0, 4))
    look_at(viewer, (-100, 60), 4)
    with pytest.raises(InputError, match="None of the layer is there"):
        find_region(viewer, layer, "ZYX")


def test_a_layer_that_is_turned_in_view(viewer):
    levels = [np.zeros((400, 400)), np.zeros((200, 200))]
    layer = viewer.add_image(levels, rotate=90, translate=(0, 400))
    viewer.canvas.size = 80, 40
    layer.data_level = 0
    see(layer, (0, 399), (0, 399))
    look_at(viewer, layer.data_to_world((100, 200)), 1)
    assert find_region(viewer, layer, "YX").shape == (41, 81)


def test_a_shape_in_the_world(viewer):
    layer = viewer.add_image(np.zeros((100, 100)), scale=(2, 2), translate=(10, 20))
    shapes = viewer.add_shapes([[[50, 60], [90, 100]]], shape_type="rectangle")
    region = find_region(viewer, layer, "YX", shapes)
    assert region.shown == (slice(20, 41), slice(20, 41))


def test_the_selected_shape(viewer):
    layer = viewer.add_image(np.zeros((100, 100)))
    corners = [[[5, 5], [15, 15]], [[50, 50], [70, 80]]]
    shapes = viewer.add_shapes(corners, shape_type="rectangle")
    shapes.selected_data = {0}
    assert find_region(viewer, layer, "YX", shapes).shape == (11, 11)
    shapes.selected_data = set()
    assert find_region(viewer, layer, "YX", shapes).shape == (21, 31)


def test_shapes_in_the_planes_of_a_stack(viewer):
    layer = viewer.add_image(np.zeros((5, 100, 100)))
    viewer.dims.current_step = (3, 0, 0)
    shapes = viewer.add_shapes([[[5, 5], [15, 15]]], shape_type="rectangle")
    region = find_region(viewer, layer, "ZYX", shapes)
    assert region.shown == (slice(3, 4), slice(5, 16), slice(5, 16))


def test_shapes_elsewhere(viewer):
    layer = viewer.add_image(np.zeros((100, 100)))
    shapes = viewer.add_shapes([[[500, 5], [600, 15]]], shape_type="rectangle")
    with pytest.raises(InputError, match="None of the layer is there"):
        find_region(viewer, layer, "YX", shapes)


def test_no_shape(viewer):
    layer = viewer.add_image(np.zeros((100, 100)))
    with pytest.raises(InputError, match="draw a rectangle"):
        find_region(viewer, layer, "YX", viewer.add_shapes(name="mine"))


# --- what was restored around it is left out


@pytest.mark.parametrize("enlargement", [1, 3])
def test_what_is_shown_is_cut_out_of_what_was_restored(viewer, enlargement):
    image = np.arange(400 * 300).reshape(400, 300)
    layer = viewer.add_image(image)
    see(layer, (100, 199), (50, 249))
    region = find_region(viewer, layer, "YX")
    read = crop(image, region, image.shape)
    larger = read.repeat(enlargement, axis=0).repeat(enlargement, axis=1)
    shown = larger[region.inner(enlargement)][::enlargement, ::enlargement]
    np.testing.assert_array_equal(shown, image[100:200, 50:250])


def test_the_middle_of_a_region(viewer):
    layer = viewer.add_image(np.zeros((400, 300)))
    see(layer, (100, 299), (50, 69))
    small = find_region(viewer, layer, "YX").middle(64)
    assert small.shape == (64, 20)
    assert small.shown[0] == slice(168, 232)
    assert small.read[0] == slice(144, 248)


SHAPE = (2, 20, 30, 3)
REGION = Region(
    "ZYXS",
    (slice(1, 2), slice(4, 9), slice(6, 12), slice(0, 3)),
    (slice(1, 2), slice(2, 10), slice(5, 20), slice(0, 3)),
)


@pytest.mark.parametrize(
    ("axes", "shape"),
    [("ZYXS", SHAPE), ("ZYX", SHAPE[:3]), ("YX", SHAPE[1:3])],
)
def test_arrays_that_belong_to_an_image(axes, shape):
    array = np.arange(np.prod(shape)).reshape(shape)
    places = dict(zip(REGION.axes, REGION.read, strict=True))
    expected = array[tuple(places[axis] for axis in axes)]
    np.testing.assert_array_equal(crop(array, REGION, SHAPE), expected)


def test_every_pixel_of_an_image_can_be_shown(viewer):
    layer = viewer.add_image(np.zeros((50, 40)))
    for row, column in product((0, 17, 48), (0, 33, 38)):
        see(layer, (row, row + 1), (column, column + 1))
        region = find_region(viewer, layer, "YX")
        pairs = zip(region.shown, region.read, strict=True)
        assert all(r.start <= s.start < s.stop <= r.stop for s, r in pairs)
        assert region.shape == (2, 2)
