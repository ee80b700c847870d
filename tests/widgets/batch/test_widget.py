"""The widget that restores the images of a folder."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QComboBox

from napari_flowprior._errors import RestoreError
from napari_flowprior._widgets import BatchDock, BatchWidget, RestoreDock
from napari_flowprior._widgets.fields import _memory
from napari_flowprior.batch import read_report

PATIENCE = 60_000  # milliseconds


@pytest.fixture
def folder(tmp_path, image):
    """A folder with two images and a file that is none."""
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("a.tif", "c.tif"):
        tifffile.imwrite(folder / name, image)
    (folder / "b.tif").write_bytes(b"no image")
    (folder / "notes.txt").write_text("none")
    return folder


@pytest.fixture
def endless(widget):
    widget.form.fields["estimator"].value = "map"
    widget.form.estimator_options = {"steps": 10_000}
    return widget


def states(widget):
    return [widget.table.state(row) for row in range(widget.table.rowCount())]


def test_files_are_listed(widget):
    assert widget.table.rowCount() == 3
    assert states(widget) == ["waiting"] * 3
    widget.fields["source"].value = "nowhere"
    assert widget.table.rowCount() == 0


def test_a_folder_without_images(widget, tmp_path):
    (tmp_path / "empty").mkdir()
    widget.fields["source"].value = tmp_path / "empty"
    assert widget.table.rowCount() == 0
    assert "empty" in widget.status


def test_what_is_of_a_layer_is_not_shown(widget):
    form = widget.form
    fields = [form.fields[name] for name in ("layer", "axes", "keep_source", "store")]
    hidden = [field.native for field in fields]
    hidden += [form.task.question, form.adapt]
    assert all(part.isHidden() for part in hidden)
    assert not form.fields["prior"].native.isHidden()


def test_levels_are_those_of_no_layer(widget, viewer, image):
    viewer.add_image([image, image[::2, ::2]], multiscale=True)
    boxes = widget.form.findChildren(QComboBox)
    assert "Level" not in [box.accessibleName() for box in boxes]


def test_no_level_is_estimated(widget):
    widget.form.fields["degradation"].value = "noise"
    level = widget.form.degradations.rows["noise"].editors["sigma"]
    assert level.button.native.isHidden()
    assert not level.number.native.isHidden()


def test_what_went_wrong_can_be_read(widget, qtbot):
    widget.resize(300, 800)
    widget.show()
    widget.run().wait()
    table = widget.table
    item = table.item(1, 2)
    assert item.text().startswith("b.tif cannot be read")
    room = table.visualItemRect(item)
    flags = Qt.TextFlag.TextWordWrap
    needed = table.fontMetrics().boundingRect(room, flags, item.text())
    assert needed.height() <= room.height()
    assert table.rowHeight(0) < table.rowHeight(1)


def test_intervals_lie_beside_the_results(widget, folder):
    widget.form.fields["output"].value = "interval"
    widget.form.coverage.value = 0.8
    widget.form.estimator_options = {"samples": 2, "steps": 2}
    widget.run().wait()
    out = folder.parent / "out"
    mean, lower, upper = (
        tifffile.imread(out / f"a{end}.tif") for end in ("", "_lower", "_upper")
    )
    assert (lower < mean).all()
    assert (mean < upper).all()
    widget._viewer.layers.clear()
    widget.open_file(0)
    names = [layer.name for layer in widget._viewer.layers]
    assert names[-2:] == ["a_lower", "a_upper"]


def test_one_bad_file_does_not_stop_the_rest(widget, folder):
    outcomes = widget.run().wait()
    assert [outcome.state for outcome in outcomes] == states(widget)
    assert states(widget) == ["restored", "failed", "restored"]
    out = folder.parent / "out"
    assert sorted(path.name for path in out.iterdir()) == [
        "a.tif",
        "c.tif",
        "report.csv",
    ]
    assert read_report(out / "report.csv") == outcomes
    assert "b.tif" in widget.table.note(1)
    assert "2 of 3 images restored" in widget.status


def test_cancel_and_resume(qtbot, endless, folder):
    pending = endless.run()
    qtbot.waitUntil(lambda: states(endless)[0].startswith("running"), timeout=PATIENCE)
    endless.cancel()
    assert pending.wait() is None
    assert states(endless) == ["waiting"] * 3
    endless.form.estimator_options = {"steps": 1}
    endless.run().wait()
    (folder / "b.tif").write_bytes((folder / "a.tif").read_bytes())
    endless.run().wait()
    assert endless.table.rowCount() == 1
    assert states(endless) == ["restored"]
    assert "1 of 1 images restored, 2 were before;" in endless.status
    with pytest.raises(RestoreError, match="restored already"):
        endless.run().wait()
    endless.fields["again"].value = True
    assert len(endless.run().wait()) == 3


def test_uncertainty_is_written_too(widget, folder):
    widget.form.fields["output"].value = "uncertainty"
    widget.form.estimator_options = {"samples": 2, "steps": 2}
    widget.run().wait()
    maps = folder.parent / "out" / "uncertainty"
    assert sorted(path.name for path in maps.iterdir()) == ["a.tif", "c.tif"]


def test_axes_of_all_files(widget, folder):
    for name in ("a.tif", "c.tif"):
        tifffile.imwrite(folder / name, np.zeros((2, 32, 32), np.float32))
    widget.fields["axes"].value = "CYX"
    widget.run().wait()
    assert states(widget)[0] == "restored"
    widget.fields["axes"].value = "YX"
    widget.fields["again"].value = True
    widget.run().wait()
    assert states(widget) == ["failed"] * 3
    assert "axes" in widget.table.note(0)


def test_results_are_never_put_over_other_files(widget, folder):
    out = folder.parent / "out"
    out.mkdir()
    (out / "a.tif").write_bytes(b"precious")
    with pytest.raises(RestoreError, match="exists"):
        widget.run().wait()
    assert (out / "a.tif").read_bytes() == b"precious"
    widget.fields["target"].value = folder
    with pytest.raises(RestoreError, match="is an input itself"):
        widget.run().wait()


def test_layers_belong_to_no_file(viewer, widget, image):
    layer = viewer.add_image(image, name="levels")
    widget.form.degradation_options = {"sigma": None, "map": layer}
    with pytest.raises(RestoreError, match="'levels' belongs to no file"):
        widget.run().wait()


@pytest.mark.parametrize("name", ["source", "target"])
def test_folders_are_needed(widget, name):
    widget.fields[name].value = ""
    with pytest.raises(RestoreError, match="No folder is chosen"):
        widget.run().wait()


@pytest.mark.parametrize("name", ["source", "target"])
def test_what_was_wrong_is_forgotten_when_it_is_mended(widget, name):
    before, widget.fields[name].value = widget.fields[name].value, ""
    with pytest.raises(RestoreError):
        widget.run().wait()
    assert widget.status
    widget.fields[name].value = before
    assert widget.status == ""


def test_another_folder_is_chosen_while_images_are_restored(qtbot, endless, tmp_path):
    pending = endless.run()
    qtbot.waitUntil(lambda: states(endless)[0].startswith("running"), timeout=PATIENCE)
    endless.fields["source"].value = tmp_path
    assert endless.table.rowCount() == 3
    endless.cancel()
    assert pending.wait() is None


def test_settings_begin_with_those_of_restore(qtbot, viewer):
    dock = RestoreDock(viewer)
    qtbot.addWidget(dock)
    dock.degradation, dock.tile = "blur", 64
    dock.close()
    widget = BatchWidget(viewer)
    qtbot.addWidget(widget)
    fields = widget.form.fields
    assert (fields["degradation"].value, fields["tile"].value) == ("blur", 64)


def opened_again(qtbot, viewer, folder):
    """Set a dock, close it, and open another one."""
    dock = BatchDock(viewer)
    qtbot.addWidget(dock)
    dock.fields["source"].value, dock.fields["target"].value = folder, folder.parent
    dock.fields["axes"].value = "YX"
    dock.form.fields["degradation"].value, dock.form.fields["tile"].value = "noise", 64
    dock.form.degradation_options = {"sigma": 7.5}
    dock.close()
    again = BatchDock(viewer)
    qtbot.addWidget(again)
    return again


def test_settings_come_back(qtbot, viewer, folder):
    again = opened_again(qtbot, viewer, folder)
    assert again.fields["source"].value == str(folder)
    assert again.fields["target"].value == str(folder.parent)
    assert again.fields["axes"].value == "YX"
    assert again.table.rowCount() == 3
    # Whether or not it is unfolded, how images are restored is not forgotten.
    again.close()
    last = BatchDock(viewer)
    qtbot.addWidget(last)
    form = last.form
    assert (form.fields["degradation"].value, form.fields["tile"].value) == (
        "noise",
        64,
    )
    assert form.degradation_options["sigma"] == 7.5


def test_what_is_of_images_ends_with_the_session(qtbot, viewer, folder, monkeypatch):
    opened_again(qtbot, viewer, folder).close()
    monkeypatch.setattr(_memory, "_session", {})
    again = BatchDock(viewer)
    qtbot.addWidget(again)
    assert again.fields["source"].value == str(folder)
    assert again.form.fields["tile"].value == 64
    assert again.form.degradation_options["sigma"] != 7.5


def test_a_folder_that_is_gone_is_not_remembered(qtbot, viewer, folder, tmp_path):
    opened_again(qtbot, viewer, folder).close()
    folder.rename(tmp_path / "elsewhere")
    again = BatchDock(viewer)
    qtbot.addWidget(again)
    assert (again.fields["source"].value, again.fields["axes"].value) == ("", "")
    assert again.table.rowCount() == 0


def test_a_file_is_opened_with_its_result(make_napari_viewer_proxy, qtbot, folder):
    viewer = make_napari_viewer_proxy()
    _, widget = viewer.window.add_plugin_dock_widget(
        "napari-flowprior", "Restore folder"
    )
    widget.fields["source"].value = folder
    widget.open_file(0)
    assert [layer.name for layer in viewer.layers] == ["a"]


def test_closed_while_it_runs(qtbot, endless, folder):
    pending = endless.run()
    qtbot.waitUntil(lambda: states(endless)[0].startswith("running"), timeout=PATIENCE)
    worker = endless._worker
    endless.close()
    qtbot.waitUntil(lambda: not worker.is_running, timeout=PATIENCE)
    assert pending.wait() is None
    assert [path.name for path in (folder.parent / "out").iterdir()] == []
