"""Where results of more pixels lie."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from napari_flowprior import FlowPrior

PLACES = {
    "plain": {},
    "scale": {"scale": (0.5, 2), "translate": (-7, 30)},
    "turned": {"scale": (3, 2), "rotate": 30, "translate": (5, 9)},
    "sheared": {"scale": (3, 2), "shear": [0.4], "rotate": -20},
    "affine": {"affine": [[0, 2, 5], [1, 0.5, 3], [0, 0, 1]], "scale": (2, 0.25)},
    "units": {"units": ("um", "mm"), "axis_labels": ("y", "x"), "scale": (1, 1e-3)},
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("factor", "antialias"), [(2, True), (3, False), (4, False)])
def test_features_stay_where_they_are(
    viewer, restore, place, factor, antialias, monkeypatch
):
    # What the tiny prior makes of details is none of the geometry.
    monkeypatch.setattr(FlowPrior, "denoise", lambda self, batch, level, cut: batch)
    spot = np.zeros((30, 34), np.float32)
    spot[8, 21] = 1
    spot = gaussian_filter(spot, 1.5)
    source = viewer.add_image(spot, contrast_limits=(0, 0.2), **PLACES[place])
    options = {"factor": factor, "antialias": antialias}
    layer, _ = restore(source, "downsample", estimator="hqs", **options)
    before, after = (centre(each) for each in (source, layer))
    # In parts of the image's pixels, wherever they lie.
    pixel = source.data_to_world((1, 1)) - np.array(source.data_to_world((0, 0)))
    assert np.linalg.norm(after - before) < 0.05 * np.linalg.norm(pixel)
    assert layer.units == source.units
    assert layer.axis_labels == source.axis_labels
    assert layer.contrast_limits == [0, 0.2]


def centre(layer):
    """Where the centre of mass of what is bright in a layer lies in the world."""
    data = (layer.data - layer.data.max() / 2).clip(0)
    return np.array(
        layer.data_to_world(
            [np.average(index, weights=data) for index in np.indices(data.shape)]
        )
    )


AXES = {
    "ZYX": ((2, 10, 12), (2, 20, 24), (3, 0.5, 0.25)),
    "YXZ": ((10, 12, 2), (20, 24, 2), (1.5, 0.5, 0.5)),
    "YXS": ((10, 12, 3), (20, 24, 3), (0.5, 0.25)),
}


@pytest.mark.parametrize("axes", AXES)
def test_only_rows_and_columns_get_finer(viewer, make_widget, run, axes):
    shape, finer, wanted = AXES[axes]
    scale = (3, 1, 0.5)[-len(wanted) :]
    data = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    viewer.add_image(data, rgb=axes == "YXS", scale=scale, translate=[5] * len(scale))
    widget = make_widget(viewer)
    widget.axes, widget.degradation = axes, "downsample"
    layer = run(widget)
    assert layer.data.shape == finer
    letters = axes.replace("S", "")
    halves = [letter in "YX" for letter in letters]
    np.testing.assert_allclose(layer.scale, np.where(halves, 0.5, 1) * scale)
    shift = np.where(halves, -0.25 * np.array(scale), 0)
    np.testing.assert_allclose(layer.translate, 5 + shift)
