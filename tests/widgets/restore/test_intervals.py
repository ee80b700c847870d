"""Estimates with the ends of intervals: three layers in the same place."""

from __future__ import annotations

import json

import numpy as np
import pytest
from qtpy.QtWidgets import QAbstractSpinBox

from napari_flowprior._errors import InputError
from napari_flowprior._widgets.restore._intervals import with_interval
from napari_flowprior.restoration import PosteriorResult


@pytest.fixture
def widget(viewer, make_widget, image):
    place = {"scale": (3, 2), "units": ("um", "um"), "colormap": "magma"}
    viewer.add_image(image, name="picture", contrast_limits=(0.1, 0.9), **place)
    widget = make_widget(viewer)
    widget.output = "interval"
    widget.estimator_options = {"samples": 3, "steps": 2}
    return widget


def test_three_layers(widget, viewer, run):
    layer = run(widget)
    names = ["picture restored", "picture lower", "picture upper"]
    assert [each.name for each in viewer.layers[1:]] == names
    assert [each.visible for each in viewer.layers] == [False, True, False, False]
    lower, upper = viewer.layers[2:]
    assert (lower.data < layer.data).all()
    assert (layer.data < upper.data).all()
    for end in (lower, upper):
        np.testing.assert_allclose(end.scale, (3, 2))
        assert end.units == layer.units
        assert end.colormap.name == "magma"
        assert end.contrast_limits == [0.1, 0.9]
        said = end.metadata["flowprior"]
        assert said["coverage"] == 0.9
        assert json.loads(json.dumps(said)) == said
    assert "'picture lower' and 'picture upper' in 90 % of the pixels" in widget.status


def test_more_coverage_is_wider(widget, viewer, run):
    def width(coverage):
        widget.coverage = coverage
        run(widget)
        # What is new lies directly above the image.
        lower, upper = viewer.layers[2:4]
        return float((upper.data - lower.data).mean())

    assert width(0.99) > 1.5 * width(0.8)


def test_coverage_is_asked_for_where_it_counts(widget):
    form = widget.form

    def asked():
        boxes = form.findChildren(QAbstractSpinBox)
        rows = [box for box in boxes if box.accessibleName() == "Coverage"]
        return any(row.isVisibleTo(form) for row in rows)

    assert asked()
    widget.output = "uncertainty"
    assert not asked()
    assert form.job().coverage is None
    widget.output = "interval"
    assert asked()
    assert form.job().coverage == widget.coverage == 0.9
    with pytest.raises(InputError, match="not between"):
        widget.coverage = 1


def test_a_form_with_estimates_has_no_row_for_it(viewer, make_widget, image):
    viewer.add_image(image)
    widget = make_widget(viewer)
    assert widget.coverage == 0.9
    assert not widget.form.coverage._rows.exist


@pytest.mark.parametrize(("axes", "kind"), [("YXS", np.uint8), ("YX", np.float32)])
def test_ends_of_colours_are_rounded_outwards(axes, kind):
    mean = np.array([[[3, 100, 254]]], np.uint8)
    mean = mean if axes == "YXS" else mean[0]
    told = {"mean": "of the denoiser", "widening": 1.0, "estimator": {"samples": 9}}
    result = PosteriorResult(
        mean=mean,
        std=np.full(mean.shape, 2.1, np.float32),
        provenance={**told, "axes": axes},
    )
    found = with_interval(result, 0.9)
    assert found.lower.dtype == found.upper.dtype == kind
    lower, upper = result.interval(0.9)
    if axes == "YXS":
        np.testing.assert_array_equal(found.lower.ravel(), [0, 96, 250])
        np.testing.assert_array_equal(found.upper.ravel(), [7, 104, 255])
    else:
        np.testing.assert_array_equal([found.lower, found.upper], [lower, upper])


def test_levels_of_ends_follow_the_layer(viewer, make_widget, run, image):
    viewer.add_image([image, image[::2, ::2]], multiscale=True, name="levels")
    widget = make_widget(viewer)
    widget.set(output="interval", estimator_options={"samples": 2, "steps": 2})
    run(widget)
    assert [layer.multiscale for layer in viewer.layers] == [True] * 4
