"""Results that are written to disk, and shown from there while they are."""

from __future__ import annotations

import numpy as np
import pytest
from restoring import PATIENCE, wait_for_progress

from napari_flowprior._widgets.fields import _preferences
from napari_flowprior._widgets.restore import _destination, _filling

zarr = pytest.importorskip("zarr")


@pytest.fixture
def widget(viewer, make_widget, image):
    stack = np.stack([image] * 3)
    viewer.add_image(
        stack, name="a/stack", scale=(2, 0.5, 0.5), units=("um", "um", "um")
    )
    return make_widget(viewer)


def test_it_is_what_would_be_in_memory(widget, run, tmp_path, viewer):
    in_memory = run(widget)
    widget.store = tmp_path
    layer = run(widget)
    path = tmp_path / "a-stack restored.zarr"
    np.testing.assert_array_equal(np.asarray(layer.data), in_memory.data)
    np.testing.assert_array_equal(zarr.open_group(path)["0"][:], in_memory.data)
    assert layer.name == "a/stack restored [1]"
    assert layer.dtype == in_memory.dtype
    assert tuple(layer.scale) == (2, 0.5, 0.5)
    (scales,) = zarr.open_group(path).attrs["ome"]["multiscales"]
    transforms = scales["datasets"][0]["coordinateTransformations"]
    assert transforms[0]["scale"] == [2.0, 0.5, 0.5]
    assert [axis.get("unit") for axis in scales["axes"]] == 3 * ["micrometer"]
    assert zarr.open_group(path).attrs["flowprior"]["given"] == "noise"
    again = run(widget)
    assert (tmp_path / "a-stack restored 2.zarr").is_dir()
    assert len(viewer.layers) == 4
    assert widget.set_as_for(again) == []
    assert widget.store == str(tmp_path)


def test_colours_and_levels(viewer, make_widget, run, image, tmp_path):
    colours = np.repeat(np.uint8(255 * image)[..., None], 3, axis=-1)
    viewer.add_image([colours, colours[::2, ::2]], multiscale=True, rgb=True)
    widget = make_widget(viewer, channels=3)
    widget.store = tmp_path / "mine.zarr"
    layer = run(widget)
    assert layer.rgb
    assert [level.shape for level in layer.data] == [(40, 48, 3), (20, 24, 3)]
    group = zarr.open_group(tmp_path / "mine.zarr")
    assert [group[level].shape for level in "01"] == [(3, 40, 48), (3, 20, 24)]


def test_it_is_shown_while_it_fills(qtbot, viewer, endless, tmp_path, monkeypatch):
    monkeypatch.setattr(_filling, "_EVERY", 0.0)
    endless.store = tmp_path / "new.zarr"
    endless.run()
    qtbot.waitUntil(lambda: len(viewer.layers) == 2, timeout=PATIENCE)
    layer = viewer.layers[1]
    assert layer.name == "picture restored"
    seen = []
    layer.events.set_data.connect(seen.append)
    qtbot.waitUntil(lambda: len(seen) > 1, timeout=PATIENCE)
    with qtbot.waitSignal(endless.finished, timeout=PATIENCE):
        endless.cancel()
    assert [layer.name for layer in viewer.layers] == ["picture"]
    assert list(tmp_path.iterdir()) == []


def test_it_may_be_deleted_while_it_fills(qtbot, viewer, endless, tmp_path):
    endless.estimator_options = {"steps": 300}
    endless.store = tmp_path / "new.zarr"
    with qtbot.waitSignal(endless.finished, timeout=PATIENCE) as signal:
        endless.run()
        qtbot.waitUntil(lambda: len(viewer.layers) == 2, timeout=PATIENCE)
        del viewer.layers[1]
    assert list(viewer.layers)[1] is signal.args[0]
    assert (tmp_path / "new.zarr").is_dir()


def test_closed_while_it_fills(qtbot, viewer, endless, tmp_path):
    endless.store = tmp_path / "new.zarr"
    endless.run()
    qtbot.waitUntil(lambda: len(viewer.layers) == 2, timeout=PATIENCE)
    wait_for_progress(qtbot, endless)
    endless.close()
    assert len(viewer.layers) == 1
    qtbot.waitUntil(lambda: list(tmp_path.iterdir()) == [], timeout=PATIENCE)


def refuses(widget, run, says):
    assert run(widget) is None
    assert says in widget.status


def test_what_cannot_be_written_is_explained(widget, run, tmp_path):
    (tmp_path / "old.zarr").mkdir()
    widget.store = tmp_path / "old.zarr"
    refuses(widget, run, "old.zarr exists already; choose another name")
    widget.store = tmp_path / "nowhere"
    refuses(widget, run, "does not exist; create it first")
    widget.store, widget.output = tmp_path, "log-likelihood"
    refuses(widget, run, "Only an estimate is written to disk")


def test_a_large_result_is_not_kept_in_memory(widget, run, tmp_path, monkeypatch):
    monkeypatch.setitem(_preferences._DEFAULTS["results"], "memory", 1e-5)
    refuses(widget, run, "The result takes 2.15e-05 GB, more than the 1e-05 GB")
    widget.store = tmp_path
    assert run(widget) is not None


def test_more_pixels_take_more_memory(widget):
    widget.set(degradation="downsample", degradation_options={"factor": 3})
    widget.dtype = "float32"
    assert _destination._bytes(widget.form.job()) == 9 * 4 * 3 * 40 * 48
