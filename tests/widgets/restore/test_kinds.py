"""A click on Run in a viewer with a window, for every kind of layer."""

from __future__ import annotations

import dask.array as da
import napari
import numpy as np
import pytest
import xarray
import zarr

import napari_flowprior.restoration  # noqa: F401, so that no widget waits for it
from napari_flowprior._widgets import RestoreWidget

PATIENCE = 30_000  # milliseconds
SIDES = 24, 32

pytestmark = pytest.mark.viewer


def noisy(*more, kind=np.uint8):
    """An image of some axes before rows and columns, or of colours."""
    size = (*more, *SIDES)
    clean = 0.5 + 0.3 * np.sin(np.arange(np.prod(size)).reshape(size) / 40)
    share = clean + np.random.default_rng(0).normal(0, 0.05, size)
    if np.dtype(kind).kind == "f":
        return share.astype(kind)
    limits = np.iinfo(kind)
    return (share.clip(0, 1) * limits.max * 0.9 + limits.min * 0.05).astype(kind)


def colours(count):
    return np.moveaxis(noisy(count), 0, -1)


def stored(array):
    """The same in a zarr array in memory."""
    made = zarr.create_array(
        zarr.storage.MemoryStore(), shape=array.shape, chunks=(1, 16, 16), dtype="u1"
    )
    made[:] = array
    return made


# What is added, with which options, and the axes that are found.
KINDS = {
    "uint8": (lambda: noisy(), {}, "YX"),
    "uint16": (lambda: noisy(kind=np.uint16), {}, "YX"),
    "int16": (lambda: noisy(kind=np.int16), {}, "YX"),
    "float32": (lambda: noisy(kind=np.float32), {}, "YX"),
    "RGB": (lambda: colours(3), {"rgb": True}, "YXS"),
    "RGBA": (lambda: colours(4), {"rgb": True}, "YXS"),
    "channels": (lambda: noisy(2), {}, "CYX"),
    "ZYX": (lambda: noisy(5), {}, "ZYX"),
    "TZYX": (lambda: noisy(2, 5), {"axis_labels": ("t", "z", "y", "x")}, "TZYX"),
    "TCZYX": (
        lambda: noisy(2, 2, 5),
        {"axis_labels": ("t", "c", "z", "y", "x")},
        "TCZYX",
    ),
    "multiscale": (
        lambda: [noisy(), noisy()[::2, ::2]],
        {"multiscale": True},
        "YX",
    ),
    "dask": (lambda: da.from_array(noisy(5), chunks=(1, 16, 16)), {}, "ZYX"),
    "zarr": (lambda: stored(noisy(5)), {}, "ZYX"),
    "xarray": (
        lambda: xarray.DataArray(noisy(5), dims=("time", "y", "x")),
        {},
        "TYX",
    ),
}


@pytest.fixture(scope="module")
def docked(qapp, tiny_priors):
    """A viewer with the widget in a dock; one for all, as it takes a second to open."""
    viewer = napari.Viewer()
    widget = RestoreWidget(viewer)
    viewer.window.add_dock_widget(widget, name="Restore")
    yield viewer, widget
    viewer.close()


@pytest.fixture
def click(qtbot, docked, tiny_priors):
    """Click on Run, and return the new layer."""
    viewer, widget = docked

    def click(layer):
        widget.layer = layer
        widget.prior = tiny_priors[3 if layer.rgb else 1]
        widget.degradation = "noise"
        low, high = layer.contrast_limits
        widget.degradation_options = {"sigma": 0.05 * (high - low)}
        with qtbot.waitSignal(widget.finished, timeout=PATIENCE) as signal:
            widget._bar.button.click()
        assert signal.args[0] is not None, widget.status
        return signal.args[0]

    yield click
    viewer.layers.clear()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_layer(docked, click, kind):
    make, options, axes = KINDS[kind]
    viewer, widget = docked
    data = make()
    space = axes.replace("S", "")
    scale = np.arange(2, 2 + len(space)) / 2
    source = viewer.add_image(data, scale=scale, name="picture", **options)
    layer = click(source)
    assert widget.axes == axes
    assert [each.name for each in viewer.layers] == ["picture", "picture restored"]
    assert (source.visible, layer.visible) == (False, True)
    assert (layer.rgb, layer.multiscale) == (source.rgb, source.multiscale)
    finest, made = (data[0], layer.data[0]) if layer.multiscale else (data, layer.data)
    assert (made.shape, made.dtype) == (finest.shape, finest.dtype)
    np.testing.assert_allclose(layer.scale, source.scale)
    assert layer.axis_labels == source.axis_labels
    assert layer.units == source.units
    before, after = np.asarray(finest, np.float64), np.asarray(made, np.float64)
    assert 0 < np.abs(after - before).mean() < 0.2 * (before.max() - before.min())


def test_layers_of_channels(docked, click):
    viewer, _ = docked
    layers = viewer.add_image(noisy(2), channel_axis=0, name=["DAPI", "GFP"])
    layer = click(layers[0])
    names = ["DAPI", "DAPI restored", "GFP"]
    assert [each.name for each in viewer.layers] == names
    assert [each.visible for each in viewer.layers] == [False, True, True]
    assert layer.colormap.name == layers[0].colormap.name
    assert layer.blending == layers[0].blending
