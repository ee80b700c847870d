"""Preview, then Run, in a viewer with a window, for every kind of layer."""

from __future__ import annotations

import shlex

import dask.array as da
import napari
import numpy as np
import pytest
import xarray
import zarr

import napari_flowprior.restoration  # noqa: F401, so that no widget waits for it
from napari_flowprior._widgets import RestoreWidget
from napari_flowprior.cli import main
from napari_flowprior.data import read_image

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
    # What is small is soon drawn.
    viewer.window.resize(700, 500)
    widget = RestoreWidget(viewer)
    viewer.window.add_dock_widget(widget, name="Restore")
    yield viewer, widget
    viewer.close()


@pytest.fixture
def choose(docked, tiny_priors):
    """Choose a layer, and what is to be done with it."""
    viewer, widget = docked

    def choose(layer):
        widget.layer = layer
        widget.prior = tiny_priors[3 if layer.rgb else 1]
        widget.degradation = "noise"
        low, high = layer.contrast_limits
        widget.degradation_options = {"sigma": 0.05 * (high - low)}
        widget._preview_bar.slider.setValue(50)

    yield choose
    widget.preview.stop()
    viewer.layers.clear()


@pytest.fixture
def click(qtbot, docked):
    """Click on Run, and return the new layer."""
    _, widget = docked

    def click():
        with qtbot.waitSignal(widget.finished, timeout=PATIENCE) as signal:
            widget._bar.button.click()
        assert signal.args[0] is not None, widget.status
        return signal.args[0]

    return click


@pytest.fixture
def look(qtbot, docked):
    """Click on Preview, and return its layer once it is as it stays."""
    _, widget = docked

    def look():
        with qtbot.waitSignal(widget.preview.settled, timeout=PATIENCE):
            widget._preview_bar.button.click()
        assert widget.preview.layer is not None, widget._preview_bar.note.text()
        return widget.preview.layer

    return look


def go_to(viewer, layer):
    """Show the second plane along all axes but rows and columns; return where it is."""
    viewer.reset_view()
    place = (1,) * (layer.ndim - 2) + (0, 0)
    viewer.dims.set_point(range(layer.ndim), layer.data_to_world(place))
    return place[:-2]


def names(viewer):
    return [layer.name for layer in viewer.layers]


def in_float(array):
    return np.asarray(array, np.float64)


def add(viewer, kind):
    """Add a layer of a kind; return it, and the data of its finest level."""
    make, options, axes = KINDS[kind]
    data = make()
    space = axes.replace("S", "")
    place = {
        "scale": np.arange(2, 2 + len(space)) / 2,
        "translate": np.arange(len(space)) * 3.0,
    }
    source = viewer.add_image(data, **place, name="picture", **options)
    return source, data[0] if source.multiscale else data


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_layer(docked, choose, look, click, kind):
    viewer, widget = docked
    source, finest = add(viewer, kind)
    choose(source)
    plane = go_to(viewer, source)
    assert widget.axes == KINDS[kind][2]
    active = viewer.layers.selection.active
    seen = shown_before_and_after(viewer, widget, source, look(), plane)
    widget._preview_bar.button.click()
    assert names(viewer) == ["picture"]
    assert viewer.layers.selection.active is active
    layer = click()
    assert names(viewer) == ["picture", "picture restored"]
    assert (source.visible, layer.visible) == (False, True)
    assert (layer.rgb, layer.multiscale) == (source.rgb, source.multiscale)
    made = layer.data[0] if layer.multiscale else layer.data
    assert (made.shape, made.dtype) == (finest.shape, finest.dtype)
    for name in ("scale", "translate"):
        np.testing.assert_allclose(getattr(layer, name), getattr(source, name))
    assert layer.axis_labels == source.axis_labels
    assert layer.units == source.units
    before, after = in_float(finest), in_float(made)
    assert 0 < np.abs(after - before).mean() < 0.2 * (before.max() - before.min())
    # What was previewed is what came, but for its line; rounding may be a step off.
    step = 1e-5 if finest.dtype.kind == "f" else 1
    np.testing.assert_allclose(seen[:, 1:], after[plane][:, 1:], atol=step)


def shown_before_and_after(viewer, widget, source, layer, plane):
    """Check where a preview lies, and return all of what it shows."""
    assert names(viewer) == ["picture", "picture preview"]
    assert source.visible
    assert layer.visible
    planes, colours = (1,) * len(plane), layer.data.shape[layer.ndim :]
    # It stands at the line in the middle, in the plane that is shown.
    assert layer.data.shape == (*planes, 24, 16, *colours)
    np.testing.assert_allclose(
        layer.data_to_world((0,) * layer.ndim),
        source.data_to_world((*plane, 0, 16)),
    )
    np.testing.assert_allclose(
        layer.world_to_data(viewer.dims.point)[: len(plane)], 0, atol=1e-9
    )
    assert layer.axis_labels == source.axis_labels
    assert layer.units == source.units
    widget._preview_bar.slider.setValue(0)
    assert layer.data.shape == (*planes, *SIDES, *colours)
    np.testing.assert_allclose(
        layer.data_to_world((0,) * layer.ndim), source.data_to_world((*plane, 0, 0))
    )
    return in_float(layer.data)[(0,) * len(plane)]


@pytest.mark.parametrize("kind", ["RGB", "TZYX", "multiscale"])
def test_a_preview_of_what_is_in_view(qtbot, docked, choose, look, kind):
    viewer, widget = docked
    source, _ = add(viewer, kind)
    choose(source)
    plane = go_to(viewer, source)
    middle = source.data_to_world((*plane, 12, 16))[-2:]
    viewer.scene.camera.center, viewer.scene.camera.zoom = middle, 120
    qtbot.wait(50)
    layer = look()
    widget._preview_bar.slider.setValue(0)
    rows, columns = layer.data.shape[len(plane) :][:2]
    assert 2 < rows < 20
    assert 2 < columns < 24
    low = layer.data_to_world((0,) * layer.ndim)[-2:]
    high = layer.data_to_world((*plane, rows - 1, columns - 1))[-2:]
    assert (low < middle).all()
    assert (middle < high).all()


def test_a_preview_follows_the_plane(qtbot, docked, choose, look):
    viewer, widget = docked
    source, _ = add(viewer, "TCZYX")
    choose(source)
    go_to(viewer, source)
    layer = look()
    with qtbot.waitSignal(widget.preview.settled, timeout=PATIENCE):
        viewer.dims.set_point(2, source.data_to_world((1, 1, 4, 0, 0))[2])
    np.testing.assert_allclose(
        layer.data_to_world((0,) * 5), source.data_to_world((1, 1, 4, 0, 16))
    )


OUTPUTS = {
    "estimate": (),
    "uncertainty": ("std",),
    "interval": ("lower", "upper"),
    "log-likelihood": ("bits per dimension",),
}


@pytest.fixture
def wanted(docked, choose):
    """Choose a layer, and what is to be made of it; the widget is put back later."""
    _, widget = docked

    def wanted(source, output):
        choose(source)
        widget.output = output
        if output in ("uncertainty", "interval"):
            widget.estimator_options = {"samples": 2, "steps": 2, "seed": 1}

    yield wanted
    widget.output = "estimate"


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_output_of_every_kind(docked, wanted, click, kind, output):
    viewer, widget = docked
    source, finest = add(viewer, kind)
    wanted(source, output)
    first = click()
    more = [f"picture {name}" for name in OUTPUTS[output]]
    assert names(viewer) == ["picture", "picture restored", *more]
    colours = finest.shape[source.ndim :]
    for layer in viewer.layers[1:]:
        assert layer.multiscale == source.multiscale
        data = layer.data[0] if layer.multiscale else layer.data
        # A map of colours is one of them together.
        assert data.shape in (finest.shape, finest.shape[: source.ndim])
        assert layer.rgb == (source.rgb and data.shape[source.ndim :] == colours)
        np.testing.assert_allclose(layer.scale, source.scale)
        np.testing.assert_allclose(layer.translate, source.translate)
        assert layer.axis_labels == source.axis_labels
        assert layer.units == source.units
    # And once more, as for that layer, after something else was set.
    widget.degradation_options = {"sigma": 1}
    widget.output = "estimate"
    viewer.layers.selection.active = first
    widget._bar.again.click()
    np.testing.assert_array_equal(finest_of(click()), finest_of(first))


def finest_of(layer):
    return np.asarray(layer.data[0] if layer.multiscale else layer.data)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_copied(docked, choose, click, kind, tmp_path):
    viewer, widget = docked
    source, _ = add(viewer, kind)
    choose(source)
    made = finest_of(click())
    widget.layer, scope = source, {"viewer": viewer}
    exec(widget.copy("python"), scope)
    np.testing.assert_array_equal(np.asarray(scope["result"]), made)
    name, *words = shlex.split(widget.copy("command", tmp_path))
    assert (name, main([*words, "--quiet"])) == ("napari-flowprior", 0)
    np.testing.assert_array_equal(read_image(words[2]).array, made)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_written_while_it_fills(docked, choose, click, kind, tmp_path):
    viewer, widget = docked
    source, _ = add(viewer, kind)
    choose(source)
    made = finest_of(click())
    widget.layer, widget.store = source, str(tmp_path)
    try:
        layer = click()
    finally:
        widget.store = ""
    assert (layer.rgb, layer.multiscale) == (source.rgb, source.multiscale)
    np.testing.assert_array_equal(finest_of(layer), made)
    assert [path.name for path in tmp_path.iterdir()] == ["picture restored.zarr"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_among_those_that_are_selected(qtbot, docked, choose, kind):
    viewer, widget = docked
    layers = {add(viewer, kind)[0] for _ in range(2)}
    choose(max(layers, key=viewer.layers.index))
    viewer.layers.selection = layers
    with qtbot.waitSignal(widget._selected.finished, timeout=PATIENCE):
        widget._bar.several.click()
    assert len(viewer.layers) == 4
    shown = [layer.name for layer in viewer.layers if layer.visible]
    assert shown == ["picture restored", "picture [1] restored"]


def test_a_coarse_level(docked, choose, look, click):
    viewer, widget = docked
    source, _ = add(viewer, "multiscale")
    choose(source)
    widget.level = 1
    layer = look()
    assert layer.data.shape == (12, 8)
    np.testing.assert_allclose(layer.scale, 2 * source.scale)
    # A pixel lies in the middle of the four that it was made of.
    np.testing.assert_allclose(
        layer.data_to_world((0, 0)), source.data_to_world((0.5, 16.5))
    )
    made = click()
    np.testing.assert_allclose(made.scale, 2 * source.scale)


def test_layers_of_channels(docked, choose, look, click):
    viewer, _ = docked
    layers = viewer.add_image(noisy(2), channel_axis=0, name=["DAPI", "GFP"])
    choose(layers[0])
    seen = look()
    assert names(viewer) == ["DAPI", "DAPI preview", "GFP"]
    assert all(layer.visible for layer in viewer.layers)
    assert seen.colormap.name == layers[0].colormap.name
    assert seen.blending == layers[0].blending
    layer = click()
    assert names(viewer) == ["DAPI", "DAPI restored", "GFP"]
    assert [each.visible for each in viewer.layers] == [False, True, True]
    assert layer.colormap.name == layers[0].colormap.name
    assert layer.blending == layers[0].blending
