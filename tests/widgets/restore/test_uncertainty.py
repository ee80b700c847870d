"""Estimate and uncertainty from the widget: two layers in the same place."""

from __future__ import annotations

import json

import numpy as np
import pytest
from napari.utils.notifications import notification_manager

from napari_flowprior.restoration import Sampling


@pytest.fixture
def uncertain(viewer, make_widget):
    """Make widgets that draw three samples."""

    def make(**options):
        widget = make_widget(viewer, **options)
        widget.output = "uncertainty"
        widget.estimator_options = {"samples": 3, "steps": 2}
        return widget

    return make


def test_two_layers(viewer, uncertain, run, image):
    source = viewer.add_image(
        np.stack([image] * 2),
        name="picture",
        scale=(3, 0.5, 0.25),
        translate=(1, 2, 3),
        units=("s", "um", "um"),
        axis_labels=("t", "y", "x"),
        colormap="magma",
        contrast_limits=(0.1, 0.9),
    )
    widget = uncertain()
    layer = run(widget)
    std = viewer.layers["picture std"]
    assert [each.name for each in viewer.layers[1:]] == ["picture restored", std.name]
    assert (layer.visible, std.visible) == (True, False)
    assert viewer.layers.selection.active is layer
    assert "Its map is the layer 'picture std'" in widget.status
    assert layer.data.shape == std.data.shape == source.data.shape
    assert std.data.dtype == np.float32
    assert 0 < std.data.min() < std.data.max() == std.contrast_limits[1]
    assert std.contrast_limits[0] == 0
    assert (layer.colormap.name, std.colormap.name) == ("magma", "inferno")
    for each in (layer, std):
        np.testing.assert_allclose(each.scale, source.scale)
        np.testing.assert_allclose(each.translate, source.translate)
        assert each.units == source.units
        assert each.axis_labels == source.axis_labels
        said = each.metadata["flowprior"]
        assert json.loads(json.dumps(said)) == said
        assert said["estimator"]["samples"] == 3
        assert said["source"]["layer"] == "picture"


def test_colours_have_one_map(viewer, uncertain, run, image):
    data = np.stack([image, image[::-1], 1 - image, np.ones_like(image)], axis=-1)
    viewer.add_image((255 * data).astype(np.uint8), rgb=True, name="picture")
    layer = run(uncertain(channels=3))
    std = viewer.layers["picture std"]
    assert (layer.rgb, std.rgb) == (True, False)
    assert layer.data.shape == (*std.data.shape, 4)
    assert std.data.min() > 0


def test_finer_pixels_lie_in_the_same_place(viewer, uncertain, run, image):
    viewer.add_image(image, name="picture", scale=(2, 3))
    widget = uncertain()
    widget.degradation = "downsample"
    layer, std = run(widget), viewer.layers["picture std"]
    assert layer.data.shape == std.data.shape == (80, 96)
    np.testing.assert_allclose(std.scale, (1, 1.5))
    np.testing.assert_allclose(std.translate, layer.translate)


def test_a_certain_image(viewer, uncertain, run, image):
    viewer.add_image(image, name="picture")
    widget = uncertain()
    widget.degradation_options = {"sigma": 0.0}
    assert run(widget) is not None
    assert viewer.layers["picture std"].contrast_limits == [0, 1]


def test_a_single_sample_is_a_sentence(viewer, uncertain, image):
    viewer.add_image(image)
    with pytest.raises(Exception, match="not between 2 and"):
        uncertain().estimator_options = {"samples": 1}


def test_failure_brings_the_button_back(viewer, uncertain, run, image):
    viewer.add_image(np.where(image > 0.7, np.nan, image))
    widget = uncertain()
    count = len(notification_manager.records)
    assert run(widget) is None
    assert "NaN" in widget.status
    assert len(notification_manager.records) == count + 1
    assert widget._bar.button.text() == "Run"


def test_options_are_those_of_samples(viewer, make_widget, image):
    widget = make_widget(viewer)
    form = widget.form
    editors = form.estimators.sampling.editors

    def shown(field):
        return field.native.isVisibleTo(form.advanced.native)

    assert set(editors) == {"samples", "seed", "steps"}
    form.fields["estimator"].value = "hqs"
    assert not shown(editors["samples"])
    assert form.fields["estimator"].enabled
    form.fields["output"].value = "uncertainty"
    assert shown(editors["samples"])
    assert not form.fields["estimator"].enabled
    assert not shown(form.estimators.rows["hqs"].editors["steps"])
    assert Sampling(**form.estimator_options) == Sampling()
    form.fields["output"].value = "estimate"
    assert not shown(editors["samples"])
    assert shown(form.estimators.rows["hqs"].editors["steps"])
