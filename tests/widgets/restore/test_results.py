"""Layers that come out of a restoration."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import dask.array as da
import numpy as np
import pytest
from restoring import fails


def rgb(image):
    return (np.stack([image, image[::-1], 1 - image], axis=-1) * 255).astype(np.uint8)


IMAGES = {
    "float32": lambda image: image,
    "uint8": lambda image: (image * 255).astype(np.uint8),
    "uint16": lambda image: (image * 60_000).astype(np.uint16),
    "bool": lambda image: image > 0.5,
    "stack": lambda image: np.stack([image, image[::-1]]),
    "dask": lambda image: da.from_array(np.stack([image] * 2), chunks=(1, 16, 48)),
    "small": lambda image: image[:3, :5],
}


@pytest.mark.parametrize("kind", IMAGES)
def test_result_has_shape_and_type_of_the_layer(viewer, make_widget, run, image, kind):
    data = IMAGES[kind](image)
    viewer.add_image(data, name="picture")
    layer = run(make_widget(viewer))
    assert viewer.layers[-1] is layer
    assert layer.name == "picture restored"
    assert type(layer.data) is np.ndarray
    assert layer.data.shape == data.shape
    assert layer.data.dtype == data.dtype


@pytest.mark.parametrize("alpha", [False, True])
def test_colour(viewer, make_widget, run, image, alpha):
    data = rgb(image)
    if alpha:
        data = np.concatenate([data, np.full_like(data[..., :1], 200)], axis=-1)
    viewer.add_image(data, name="picture")
    widget = make_widget(viewer, channels=3)
    assert widget.axes == "YXS"
    layer = run(widget)
    assert layer.rgb
    assert layer.data.shape == data.shape
    assert (layer.data[..., 3:] == data[..., 3:]).all()


def test_multiscale(viewer, make_widget, run, image):
    viewer.add_image([image, image[::2, ::2]], multiscale=True, scale=(2, 2))
    layer = run(make_widget(viewer))
    assert layer.multiscale
    assert [level.shape for level in layer.data] == [(40, 48), (20, 24)]
    means = layer.data[0].reshape(20, 2, 24, 2).mean(axis=(1, 3))
    np.testing.assert_allclose(layer.data[1], means, rtol=1e-6)
    assert tuple(layer.scale) == (2, 2)


def test_multiscale_colours(viewer, make_widget, run, image):
    colours = np.repeat(np.uint8(255 * image)[..., None], 3, axis=-1)
    levels = [colours, colours[::2, ::2], colours[::4, ::4]]
    viewer.add_image(levels, multiscale=True, rgb=True)
    layer = run(make_widget(viewer, channels=3))
    assert [level.shape for level in layer.data] == [
        (40, 48, 3),
        (20, 24, 3),
        (10, 12, 3),
    ]
    assert layer.rgb


def test_result_lies_and_looks_like_its_layer(viewer, make_widget, run, image):
    source = viewer.add_image(
        np.stack([image] * 2),
        scale=(3, 0.5, 0.25),
        translate=(1, 2, 3),
        rotate=(0, 0, 10),
        shear=(0, 0, 0.1),
        affine=np.diag([1, 2, 2, 1]),
        units=("s", "um", "um"),
        axis_labels=("t", "y", "x"),
        colormap="magma",
        contrast_limits=(0.1, 0.9),
        gamma=0.7,
        opacity=0.8,
        blending="additive",
        interpolation2d="linear",
    )
    layer = run(make_widget(viewer))
    np.testing.assert_allclose(layer.scale, source.scale)
    np.testing.assert_allclose(layer.translate, source.translate)
    np.testing.assert_allclose(layer.rotate, source.rotate)
    np.testing.assert_allclose(layer.shear, source.shear)
    np.testing.assert_allclose(layer.affine.affine_matrix, source.affine.affine_matrix)
    assert layer.units == source.units
    assert layer.axis_labels == source.axis_labels == ("t", "y", "x")
    assert layer.colormap.name == "magma"
    assert layer.contrast_limits == [0.1, 0.9]
    assert (layer.gamma, layer.opacity, layer.blending) == (0.7, 0.8, "additive")
    assert layer.interpolation2d == "linear"


def test_result_is_a_restoration(viewer, make_widget, run, image):
    viewer.add_image(image)
    layer = run(make_widget(viewer))
    assert np.isfinite(layer.data).all()
    assert 0 < np.abs(layer.data - image).max() < 1


def test_provenance(viewer, make_widget, run, image):
    viewer.add_image(image, name="picture")
    provenance = run(make_widget(viewer)).metadata["flowprior"]
    assert json.loads(json.dumps(provenance)) == provenance
    assert provenance["source"] == {"layer": "picture", "path": None}
    assert provenance["prior"]["name"] == "tiny1"
    assert provenance["sigma"] == pytest.approx(0.1)
    assert provenance["seconds"] > 0
    age = datetime.now(UTC) - datetime.fromisoformat(provenance["started"])
    assert timedelta(0) <= age < timedelta(minutes=2)
    assert provenance["seed"] is None


def test_provenance_holds_the_seed(viewer, make_widget, run, image):
    viewer.add_image(image)
    widget = make_widget(viewer)
    widget.output = "uncertainty"
    widget.estimator_options = {"samples": 2, "seed": 7, "steps": 2}
    assert run(widget).metadata["flowprior"]["seed"] == 7


# --- where it lies among the layers


@pytest.fixture
def channels(viewer, image):
    """Two channels that are seen together, and a widget set to the lower one."""
    looks = {"blending": "additive", "opacity": 0.9, "gamma": 0.8}
    viewer.add_image(image, name="DAPI", colormap="blue", **looks)
    viewer.add_image(image, name="GFP", colormap="green", **looks)
    viewer.layers["DAPI"].contrast_limits_range = (0, 2)
    return viewer.layers


def names(layers):
    return [layer.name for layer in layers]


def visible(layers):
    return [layer.name for layer in layers if layer.visible]


def test_result_takes_the_place_of_its_layer(viewer, channels, make_widget, run):
    widget = make_widget(viewer)
    widget.layer = channels["DAPI"]
    layer = run(widget)
    assert names(channels) == ["DAPI", "DAPI restored", "GFP"]
    assert visible(channels) == ["DAPI restored", "GFP"]
    assert (layer.blending, layer.colormap.name) == ("additive", "blue")
    assert layer.contrast_limits == channels["DAPI"].contrast_limits
    assert layer.contrast_limits_range == [0, 2]
    assert channels.selection.active is layer


def test_a_second_result_takes_the_place_of_the_first(
    viewer, channels, make_widget, run
):
    widget = make_widget(viewer)
    widget.layer = channels["DAPI"]
    run(widget)
    run(widget)
    assert names(channels) == ["DAPI", "DAPI restored [1]", "DAPI restored", "GFP"]
    assert visible(channels) == ["DAPI restored [1]", "GFP"]


def test_the_layer_can_be_kept_visible(viewer, channels, make_widget, run):
    widget = make_widget(viewer)
    widget.layer, widget.keep_source = channels["DAPI"], True
    run(widget)
    assert visible(channels) == ["DAPI", "DAPI restored", "GFP"]


def test_nothing_is_hidden_when_it_fails(viewer, channels, make_widget, run):
    widget = make_widget(viewer)
    widget.layer, widget.axes = channels["DAPI"], "ZYX"
    assert run(widget) is None
    assert visible(channels) == ["DAPI", "GFP"]


# --- holes


def add_labels(viewer, holes):
    return viewer.add_labels(holes.astype(np.uint8) * 7)


def add_boolean_image(viewer, holes):
    return viewer.add_image(holes)


def add_rectangle(viewer, holes):
    # Drawn in the world, where the pixels of the image are half as large.
    corners = [[4.9, 9.9], [4.9, 14.6], [6.6, 14.6], [6.6, 9.9]]
    return viewer.add_shapes([corners], shape_type="rectangle")


@pytest.mark.parametrize("add_mask", [add_labels, add_boolean_image, add_rectangle])
def test_holes(viewer, make_widget, run, image, holes, add_mask):
    damaged = np.where(holes, np.nan, image)
    picture = viewer.add_image(damaged, name="picture", scale=(0.5, 0.5))
    mask = add_mask(viewer, holes)
    widget = make_widget(viewer)
    widget.layer = picture
    widget.degradation = "inpaint"
    widget.degradation_options = {"mask": mask}
    layer = run(widget)
    assert np.isfinite(layer.data).all()
    np.testing.assert_array_equal(layer.data[~holes], damaged[~holes])


def test_holes_without_a_mask(viewer, make_widget, run, image):
    viewer.add_image(image)
    widget = make_widget(viewer)
    widget.degradation = "inpaint"
    fails(widget, run, "no pixel is NaN; choose a layer as Mask")
