"""Estimate and log-likelihood from the widget: a map of bits in place of the image."""

from __future__ import annotations

import json
from time import sleep

import numpy as np
import pytest
from napari.utils.notifications import notification_manager

from napari_flowprior import log_prob_map
from napari_flowprior.restoration import _log_likelihood


@pytest.fixture
def rated(viewer, make_widget):
    """Make widgets that map how probable their results are."""

    def make(**options):
        widget = make_widget(viewer, **options)
        widget.output = "log-likelihood"
        return widget

    return make


def test_two_layers(viewer, rated, run, image):
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
    widget = rated()
    layer = run(widget)
    bits = viewer.layers["picture bits per dimension"]
    assert [each.name for each in viewer.layers[1:]] == ["picture restored", bits.name]
    assert (layer.visible, bits.visible) == (True, False)
    assert viewer.layers.selection.active is layer
    assert "Its map is the layer 'picture bits per dimension'" in widget.status
    expected = log_prob_map(layer.data, prior=widget.prior, axes="TYX")
    np.testing.assert_array_equal(bits.data, expected)
    assert bits.data.shape == source.data.shape
    assert bits.contrast_limits == [bits.data.min(), bits.data.max()]
    assert (layer.colormap.name, bits.colormap.name) == ("magma", "viridis")
    np.testing.assert_allclose(bits.scale, source.scale)
    np.testing.assert_allclose(bits.translate, source.translate)
    assert bits.units == source.units
    assert bits.axis_labels == source.axis_labels
    said = bits.metadata["flowprior"]
    assert json.loads(json.dumps(said)) == said
    assert said["source"]["layer"] == "picture"


def test_the_estimator_can_be_chosen(viewer, rated, run, image):
    viewer.add_image(image, name="picture")
    widget = rated()
    assert widget.form.fields["estimator"].enabled
    widget.estimator = "hqs"
    widget.estimator_options = {"steps": 2}
    layer = run(widget)
    assert layer.metadata["flowprior"]["estimator"]["steps"] == 2


def test_the_time_of_the_rating_counts(viewer, rated, run, image, monkeypatch):
    def rate_slowly(image, options):
        sleep(1.5)
        return rate(image, options)

    rate = _log_likelihood.iter_log_prob_map
    monkeypatch.setattr(_log_likelihood, "iter_log_prob_map", rate_slowly)
    viewer.add_image(image)
    assert run(rated()).metadata["flowprior"]["seconds"] > 1.5


@pytest.mark.parametrize("samples", [3, 4])
def test_colours_have_one_map(viewer, rated, run, image, samples):
    colours = [image, image[::-1], 1 - image, np.ones_like(image)][:samples]
    data = np.stack(colours, axis=-1)
    viewer.add_image((255 * data).astype(np.uint8), rgb=True, name="picture")
    layer = run(rated(channels=3))
    bits = viewer.layers["picture bits per dimension"]
    assert (layer.rgb, bits.rgb) == (True, False)
    assert layer.data.shape == (*bits.data.shape, samples)


def test_channels_seen_together_share_a_map(viewer, rated, run, image):
    data = np.stack([image, image[::-1], 1 - image])
    viewer.add_image(data, name="picture", scale=(1, 2, 3))
    widget = rated(channels=3)
    widget.axes = "CYX"
    assert run(widget) is not None
    bits = viewer.layers["picture bits per dimension"]
    assert bits.data.shape == data.shape
    np.testing.assert_array_equal(bits.data[0], bits.data[2])
    np.testing.assert_allclose(bits.scale, (1, 2, 3))


def test_finer_pixels_lie_in_the_same_place(viewer, rated, run, image):
    viewer.add_image(image, name="picture", scale=(2, 3))
    widget = rated()
    widget.degradation = "downsample"
    layer, bits = run(widget), viewer.layers["picture bits per dimension"]
    assert layer.data.shape == bits.data.shape == (80, 96)
    np.testing.assert_allclose(bits.scale, (1, 1.5))
    np.testing.assert_allclose(bits.translate, layer.translate)


def test_failure_brings_the_button_back(viewer, rated, run, image):
    viewer.add_image(np.where(image > 0.7, np.nan, image))
    widget = rated()
    count = len(notification_manager.records)
    assert run(widget) is None
    assert "NaN" in widget.status
    assert len(notification_manager.records) == count + 1
    assert widget._bar.button.text() == "Run"
    assert len(viewer.layers) == 1
