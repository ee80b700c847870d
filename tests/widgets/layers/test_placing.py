"""Masks and noise maps: where they lie in the image, and what they must mark."""

from __future__ import annotations

import numpy as np
import pytest

PLACED = {"scale": (0.5, 0.25), "translate": (10, 20)}


@pytest.fixture
def holes():
    mask = np.zeros((40, 48), dtype=bool)
    mask[10:14, 20:30] = True
    return mask


@pytest.fixture
def fill(viewer, make_widget, run):
    """Fill the holes of a layer; return where it was changed, or what was wrong."""

    def fill(source, mask, **options):
        widget = make_widget(viewer)
        widget.layer = source
        widget.degradation = "inpaint"
        widget.degradation_options = {"mask": mask, **options}
        widget.estimator = "annealing"
        widget.estimator_options = {"steps": 1}
        layer = run(widget)
        assert widget._bar.button.text() == "Run"
        if layer is None:
            return widget.status
        return ~np.isclose(layer.data, source.data)

    return fill


def noise(image):
    return np.random.default_rng(0).random(image.shape).astype(np.float32)


# --- masks with pixels


def test_a_mask_without_a_place_is_taken_pixel_by_pixel(viewer, fill, image, holes):
    source = viewer.add_image(noise(image), **PLACED)
    np.testing.assert_array_equal(fill(source, viewer.add_labels(holes)), holes)


def test_a_mask_in_the_same_place(viewer, fill, image, holes):
    source = viewer.add_image(noise(image), rotate=30, **PLACED)
    mask = viewer.add_labels(holes, rotate=30, **PLACED)
    np.testing.assert_array_equal(fill(source, mask), holes)


@pytest.mark.parametrize("kind", ["labels", "image"])
def test_a_mask_that_was_moved(viewer, fill, image, holes, kind):
    source = viewer.add_image(noise(image), **PLACED)
    place = {"scale": PLACED["scale"], "translate": (11, 20.5)}
    add = viewer.add_labels if kind == "labels" else viewer.add_image
    wanted = np.roll(holes, (2, 2), (0, 1))
    np.testing.assert_array_equal(fill(source, add(holes, **place)), wanted)


def test_a_mask_of_larger_pixels(viewer, fill, image):
    source = viewer.add_image(noise(image))
    coarse = np.zeros((10, 12), int)
    coarse[2, 3] = 5
    mask = viewer.add_labels(coarse, scale=(4, 4), translate=(1.5, 1.5))
    wanted = np.kron(coarse > 0, np.ones((4, 4))) > 0
    np.testing.assert_array_equal(fill(source, mask), wanted)


def test_a_turned_mask(viewer, fill, image, holes):
    source = viewer.add_image(noise(image))
    # Rows become columns.
    turn = [[0, 1, 0], [1, 0, 0], [0, 0, 1]]
    mask = viewer.add_labels(holes.T.copy(), affine=turn)
    np.testing.assert_array_equal(fill(source, mask), holes)


def test_a_mask_for_all_planes(viewer, fill, image, holes):
    stack = np.stack([noise(image)] * 2)
    source = viewer.add_image(stack, scale=(3, 0.5, 0.5))
    mask = viewer.add_labels(holes, scale=(0.5, 0.5), translate=(1, 0))
    changed = fill(source, mask)
    wanted = np.roll(holes, 2, 0)
    np.testing.assert_array_equal(changed, np.stack([wanted, wanted]))


def test_a_mask_that_does_not_fit_is_named(viewer, fill, image):
    source = viewer.add_image(noise(image), name="picture")
    mask = viewer.add_labels(np.ones((2, 40, 48), int), name="cells")
    says = "The mask 'cells' of 2 x 40 x 48 pixels does not fit the image 'picture': "
    status = fill(source, mask)
    assert status.startswith(says)
    assert status.count("40 x 48") == 2


# --- shapes

CORNERS = [[9.9, 19.9], [9.9, 29.1], [13.1, 29.1], [13.1, 19.9]]


def test_shapes_of_more_axes_lie_in_the_plane(viewer, fill, image, holes):
    source = viewer.add_image(noise(image))
    corners = [[3, *corner] for corner in CORNERS]
    shapes = viewer.add_shapes([corners], shape_type="rectangle")
    np.testing.assert_array_equal(fill(source, shapes), holes)


def test_shapes_of_a_plane_lie_in_all_planes(viewer, fill, image, holes):
    source = viewer.add_image(np.stack([noise(image)] * 2))
    shapes = viewer.add_shapes([CORNERS], shape_type="polygon")
    np.testing.assert_array_equal(fill(source, shapes), np.stack([holes, holes]))


def test_shapes_that_stand_on_the_plane(viewer, fill, image):
    source = viewer.add_image(noise(image))
    upright = [[0, 9, 5], [0, 9, 20], [4, 9, 20], [4, 9, 5]]
    found = fill(source, viewer.add_shapes([upright], shape_type="polygon"))
    assert isinstance(found, str) or not found[[0, 20]].any()


# --- masks that mark nothing


def unpainted(viewer):
    return viewer.add_labels(np.zeros((40, 48), int), name="marks")


def without_shapes(viewer):
    return viewer.add_shapes(ndim=2, name="marks")


def outside(viewer):
    return viewer.add_shapes([np.add(CORNERS, 1000)], name="marks")


def elsewhere(viewer):
    mask = np.ones((40, 48), int)
    return viewer.add_labels(mask, translate=(500, 500), name="marks")


@pytest.mark.parametrize("add", [unpainted, without_shapes, outside, elsewhere])
@pytest.mark.parametrize("kind", [np.uint8, np.float32])
def test_a_mask_that_marks_nothing(viewer, fill, image, add, kind):
    source = viewer.add_image((200 * image).astype(kind))
    assert fill(source, add(viewer)) == (
        "The mask 'marks' marks no pixel of the image; paint the holes first."
    )


@pytest.mark.parametrize("add", [unpainted, without_shapes])
def test_other_holes_need_no_mask(viewer, fill, image, add):
    data = image.copy()
    data[5, 5] = np.nan
    changed = fill(viewer.add_image(data), add(viewer))
    assert np.argwhere(changed).tolist() == [[5, 5]]


# --- noise maps


@pytest.fixture
def denoise(viewer, make_widget, run):
    def denoise(source, levels, sigma=None):
        widget = make_widget(viewer)
        widget.layer = source
        widget.degradation_options = {"sigma": sigma, "map": levels}
        layer = run(widget)
        return widget.status if layer is None else layer.data

    return denoise


def test_a_noise_map_of_larger_pixels(viewer, denoise, image):
    source = viewer.add_image(image, **PLACED)
    coarse = np.random.default_rng(0).uniform(0.02, 0.1, (20, 24))
    levels = viewer.add_image(coarse, scale=(1, 0.5), translate=(10.25, 20.125))
    fine = viewer.add_image(np.kron(coarse, np.ones((2, 2))))
    np.testing.assert_array_equal(denoise(source, levels), denoise(source, fine))


def test_a_noise_map_must_cover_the_image(viewer, denoise, image):
    source = viewer.add_image(image)
    levels = viewer.add_image(np.full_like(image, 0.1), translate=(0, 2), name="levels")
    assert "'levels' does not cover the whole image" in denoise(source, levels)


def test_a_noise_map_of_colours(viewer, make_widget, run, image):
    data = np.stack([image, image[::-1], 1 - image], axis=-1)
    source = viewer.add_image((255 * data).astype(np.uint8), rgb=True)
    colours = viewer.add_image(np.full_like(data, 0.1), rgb=True, scale=(2, 2))
    widget = make_widget(viewer, channels=3)
    widget.layer = source
    widget.degradation_options = {"sigma": None, "map": colours}
    assert run(widget).data.shape == data.shape
