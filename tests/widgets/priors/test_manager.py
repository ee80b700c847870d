"""The widget that lists, describes, installs, exports and deletes priors."""

from __future__ import annotations

import zipfile
from dataclasses import replace

import numpy as np
import pytest
from napari.utils.notifications import notification_manager
from prior_files import damaged
from qtpy.QtWidgets import QFileDialog, QInputDialog, QMessageBox

from napari_flowprior import FlowPrior
from napari_flowprior._resources import shipped_priors
from napari_flowprior._widgets import PriorsWidget
from napari_flowprior._widgets.fields import user_folder
from napari_flowprior._widgets.jobs import _late_form
from napari_flowprior._widgets.priors import install

PATIENCE = 60_000  # milliseconds


@pytest.fixture
def widget(qtbot, viewer):
    widget = PriorsWidget(viewer)
    qtbot.addWidget(widget)
    qtbot.waitUntil(lambda: listed(widget) != [], timeout=PATIENCE)
    return widget


def listed(widget):
    return [widget.list.item(row).text() for row in range(widget.list.count())]


def enabled(widget):
    return [name for name, button in widget.buttons.items() if button.isEnabled()]


def test_shipped_priors(widget):
    assert listed(widget) == [f"{name} (shipped)" for name in shipped_priors()]
    widget.choose("photo-rgb")
    text = widget.text.toPlainText()
    assert "For: colour images" in text
    assert "Licence: " in text
    assert "Noise: up to a level of 255 of 255" in text
    assert "PSNR of them, at noise of level 25: " in text
    assert "Trained on: " in text
    assert enabled(widget) == ["Install…", "Export…", "Samples"]


def test_a_prior_of_ones_own_appears(qtbot, widget, tiny_priors):
    widget.choose("photo-rgb")
    install(tiny_priors[1])
    widget.refresh()
    assert listed(widget)[-1] == "tiny1"
    assert widget.chosen.path.stem == "photo-rgb"
    widget.choose("tiny1")
    assert "Licence: CC0-1.0" in widget.text.toPlainText()
    assert "Delete" in enabled(widget)


def test_a_damaged_prior_is_shown_as_such(widget, tiny_priors):
    user_folder().mkdir(parents=True)
    (user_folder() / "half.safetensors").write_bytes(tiny_priors[1].read_bytes()[:999])
    widget.refresh()
    widget.choose("half")
    assert listed(widget)[-1] == "half (damaged)"
    assert "half.safetensors" in widget.text.toPlainText()
    assert enabled(widget) == ["Install…", "Delete"]


def test_delete(widget, tiny_priors, monkeypatch):
    path, _ = install(tiny_priors[1])
    widget.refresh()
    widget.choose("tiny1")
    answers = [QMessageBox.StandardButton.No, QMessageBox.StandardButton.Yes]
    monkeypatch.setattr(QMessageBox, "question", lambda *args: answers.pop(0))
    widget.delete()
    assert path.exists()
    widget.delete()
    assert not path.exists()
    assert "tiny1" not in listed(widget)


def test_export(widget, tmp_path, monkeypatch):
    target = tmp_path / "copy.safetensors"
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", lambda *args: (str(target), "Priors")
    )
    widget.choose("microscopy")
    widget.export()
    assert target.read_bytes() == shipped_priors()["microscopy"].read_bytes()


@pytest.fixture
def export_package(qtbot, widget, tmp_path, monkeypatch):
    """Export the chosen prior as a package, for a noise level; return its path."""

    def export_package(sigma):
        chosen = str(tmp_path / "small.zip"), "Packages"
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args: chosen)
        monkeypatch.setattr(QInputDialog, "getDouble", lambda *args: (sigma, True))
        with qtbot.waitSignal(widget.exported, timeout=PATIENCE) as signal:
            widget.export()
        qtbot.waitUntil(widget.buttons["Export…"].isEnabled, timeout=PATIENCE)
        return signal.args[0]

    return export_package


def test_export_for_other_programs(widget, export_package):
    widget.choose("photo-gray")
    path = export_package(0.1)
    assert path.name == "small.zip"
    with zipfile.ZipFile(path) as package:
        assert "weights.pt" in package.namelist()


def test_a_licence_is_asked_for_where_there_is_none(
    widget, export_package, tmp_path, monkeypatch
):
    prior = FlowPrior.load("photo-gray")
    path = tmp_path / "own.safetensors"
    FlowPrior(prior.flow, replace(prior.info, name="own", licence="")).save(path)
    install(path)
    widget.refresh()
    widget.choose("own")
    answers = [("mine", True), ("MIT", True)]
    monkeypatch.setattr(QInputDialog, "getText", lambda *a, **k: answers.pop(0))
    assert export_package(0.1) is None
    said = notification_manager.records[-1].message
    assert (
        said == "The licence 'mine' is no SPDX identifier; take one such as CC-BY-4.0."
    )
    with zipfile.ZipFile(export_package(0.1)) as package:
        (card,) = (name for name in package.namelist() if name.endswith("rdf.yaml"))
        assert b"license: MIT" in package.read(card)
    # Cancelled.
    answers = [("MIT", False)]
    monkeypatch.setattr(QInputDialog, "getDouble", lambda *args: (0.1, True))
    widget.export()
    assert widget.buttons["Export…"].isEnabled()


def test_what_cannot_be_exported_is_said(widget, tiny_priors, export_package):
    install(tiny_priors[1])
    widget.refresh()
    widget.choose("tiny1")
    count = len(notification_manager.records)
    assert export_package(0.1) is None
    (said,) = notification_manager.records[count:]
    assert "has no score network" in said.message


def test_install(qtbot, widget, tiny_priors, monkeypatch):
    chosen = [str(tiny_priors[1])]
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *args: (chosen, ""))
    widget.buttons["Install…"].click()
    qtbot.waitUntil(lambda: "tiny1" in listed(widget), timeout=PATIENCE)


@pytest.mark.parametrize(("channels", "shape"), [(1, (8, 64, 64)), (3, (8, 64, 64, 3))])
def test_samples(qtbot, viewer, widget, tiny_priors, channels, shape):
    install(tiny_priors[channels])
    widget.refresh()
    widget.choose(f"tiny{channels}")
    with qtbot.waitSignal(widget.sampled, timeout=PATIENCE) as signal:
        widget.draw()
    (layer,) = viewer.layers
    assert signal.args[0].name == layer.name == f"tiny{channels} samples"
    assert layer.data.shape == shape
    assert layer.data.dtype == np.uint8
    assert layer.data.std() > 0


def test_samples_of_a_damaged_prior(qtbot, viewer, widget, tiny_priors):
    user_folder().mkdir(parents=True)
    damaged(tiny_priors[1], user_folder() / "bad.safetensors")
    widget.refresh()
    widget.choose("bad")
    with qtbot.waitSignal(widget.sampled, timeout=PATIENCE) as signal:
        widget.draw()
    assert signal.args == [None]
    assert len(viewer.layers) == 0


def test_torch_is_loaded_in_the_background(qtbot, viewer, monkeypatch):
    monkeypatch.setattr(_late_form, "is_loaded", lambda: False)
    widget = PriorsWidget(viewer)
    qtbot.addWidget(widget)
    assert listed(widget) == []
    qtbot.waitUntil(lambda: listed(widget) != [], timeout=PATIENCE)


def test_from_the_menu(qtbot, make_napari_viewer_proxy):
    viewer = make_napari_viewer_proxy()
    _, widget = viewer.window.add_plugin_dock_widget("napari-flowprior", "Priors")
    count = len(shipped_priors())
    qtbot.waitUntil(lambda: len(listed(widget)) == count, timeout=PATIENCE)
