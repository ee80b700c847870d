"""Training in a real viewer: stop, resume, restore with the result, close."""

from __future__ import annotations

import gc

import pytest
from patches import rough_images
from recipes import TINY

import napari_flowprior.restoration  # noqa: F401, loaded before a widget asks for it
from napari_flowprior._widgets.fields import KNOWN, _known_priors
from napari_flowprior.training import TrainOutputs

PATIENCE = 30_000  # milliseconds
pytestmark = [pytest.mark.viewer, pytest.mark.slow]


@pytest.fixture
def docked(make_napari_viewer_proxy, tmp_path, monkeypatch):
    """A viewer with the widget in a dock, set to an endless training of a tiny flow."""
    monkeypatch.setattr(_known_priors, "user_data_path", lambda *a, **k: tmp_path)
    monkeypatch.setattr(KNOWN, "_added", [])
    recipe = tmp_path / "tiny.toml"
    recipe.write_text(TINY)
    viewer = make_napari_viewer_proxy()
    layer = viewer.add_image(rough_images(1, 64)[0, 0], name="blocks")
    name = "Train a prior"
    _, widget = viewer.window.add_plugin_dock_widget("napari-flowprior", name)
    widget.layers = [layer]
    widget.start = f"scratch:{recipe}"
    widget.name, widget.steps, widget.device = "mine", 100_000, "cpu"
    return [viewer, widget]


def start(qtbot, widget):
    widget.train()
    qtbot.waitUntil(lambda: widget._session.step is not None, timeout=PATIENCE)


def stop(qtbot, widget):
    with qtbot.waitSignal(widget.finished, timeout=2000) as signal:
        widget.stop()
    qtbot.waitUntil(lambda: not widget.running, timeout=2000)
    return signal.args[0]


def test_train_stop_resume_and_restore(qtbot, docked):
    viewer, widget = docked
    _, restore = viewer.window.add_plugin_dock_widget("napari-flowprior", "Restore")
    start(qtbot, widget)
    qtbot.waitUntil(lambda: widget._session.held_out is not None, timeout=PATIENCE)
    path = stop(qtbot, widget)
    assert widget.state == "stopped"
    widget.resume()
    qtbot.waitUntil(lambda: widget._session.step is not None, timeout=PATIENCE)
    stop(qtbot, widget)
    restore.layer = viewer.layers["blocks"]
    restore.prior = path
    restore.degradation_options = {"sigma": 20}
    with qtbot.waitSignal(restore.finished, timeout=PATIENCE) as signal:
        restore.run()
    provenance = signal.args[0].metadata["flowprior"]
    assert provenance["prior"]["name"] == "mine"


def test_dock_is_closed_and_opened_again(qtbot, docked):
    viewer, widget = docked
    docked.clear()
    start(qtbot, widget)
    viewer.window.remove_dock_widget(widget)
    del widget
    gc.collect()
    _, other = viewer.window.add_plugin_dock_widget("napari-flowprior", "Train a prior")
    assert other.state == "running"
    stop(qtbot, other)


def test_viewer_is_closed_while_it_trains(qtbot, docked, tmp_path):
    viewer, widget = docked
    docked.clear()
    start(qtbot, widget)
    session = widget._session
    del widget
    viewer.close()
    qtbot.waitUntil(lambda: not session.running, timeout=2000)
    outputs = TrainOutputs(tmp_path / "priors" / "mine.safetensors")
    assert outputs.checkpoint.is_file()
    assert outputs.prior.is_file()
