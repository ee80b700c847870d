"""One file of a folder as it would be restored, before the folder is."""

from __future__ import annotations

import time

import numpy as np
import pytest
import tifffile
from PIL import Image
from qtpy.QtCore import QTimer
from restoring import PATIENCE
from superqt.utils import WorkerBase

from napari_flowprior._widgets import BatchWidget
from napari_flowprior._widgets.batch import _preview

LONGEST = 0.5  # seconds that the viewer may be kept waiting, on a busy machine


@pytest.fixture
def folder(tmp_path, image):
    folder = tmp_path / "in"
    folder.mkdir()
    tifffile.imwrite(folder / "a.tif", image)
    (folder / "b.tif").write_bytes(b"no image")
    stack = np.stack([image * share for share in (0.2, 0.5, 0.8)])
    tifffile.imwrite(folder / "c.tif", stack, photometric="minisblack")
    colours = np.round(np.stack([image[:32]] * 3, axis=-1) * 255).astype(np.uint8)
    Image.fromarray(colours).save(folder / "d.png")
    return folder


@pytest.fixture
def widget(qtbot, widget):
    yield widget
    widget.preview.stop()
    qtbot.waitUntil(lambda: not WorkerBase._worker_set, timeout=PATIENCE)


@pytest.fixture
def choose(qtbot, widget):
    """Choose a file, and wait for what comes of it."""

    def choose(row):
        with qtbot.waitSignal(widget.preview.settled, timeout=PATIENCE):
            widget.table.setCurrentCell(row, 0)
            widget.preview.start()

    return choose


def names(viewer):
    return [layer.name for layer in viewer.layers]


def note(widget):
    return widget._preview_bar.note.text()


def test_before_and_after(viewer, widget, choose, image):
    choose(0)
    assert names(viewer) == ["a.tif", "a.tif preview"]
    before, after = viewer.layers
    np.testing.assert_array_equal(before.data, image)
    assert after.data.shape == (40, 24)
    np.testing.assert_array_equal(after.translate, (0, 24))
    assert not np.array_equal(after.data, image[:, 24:])
    assert "40x48 pixels" in note(widget)
    widget.preview.stop()
    assert names(viewer) == []


def test_it_is_what_the_run_gives(viewer, widget, choose, folder):
    choose(0)
    shown = viewer.layers["a.tif preview"].data.copy()
    widget.run().wait()
    assert not widget.preview.on
    assert names(viewer) == []
    result = tifffile.imread(folder.parent / "out" / "a.tif")
    # The first column is the line.
    np.testing.assert_allclose(shown[:, 1:], result[:, 25:], atol=1e-5)


def test_another_file_takes_its_place(viewer, widget, choose, image):
    choose(0)
    choose(2)
    assert names(viewer) == ["c.tif", "c.tif preview"]
    np.testing.assert_allclose(viewer.layers[0].data[0], 0.5 * image)


def test_colours(viewer, widget, choose):
    choose(3)
    assert [layer.rgb for layer in viewer.layers] == [True, True]
    assert viewer.layers[1].data.shape == (32, 24, 3)


def test_a_file_that_cannot_be_read(qtbot, viewer, widget, choose):
    choose(0)
    widget.table.setCurrentCell(1, 0)
    qtbot.waitUntil(lambda: "b.tif cannot be read" in note(widget), timeout=PATIENCE)
    assert names(viewer) == []
    choose(0)
    assert names(viewer) == ["a.tif", "a.tif preview"]


def test_a_folder_without_images(widget, tmp_path):
    (tmp_path / "empty").mkdir()
    widget.fields["source"].value = tmp_path / "empty"
    widget.preview.start()
    assert note(widget) == "Choose a folder of images first."


def test_axes_that_are_typed(qtbot, viewer, widget, choose):
    choose(2)
    with qtbot.waitSignal(widget.preview.settled, timeout=PATIENCE):
        widget.fields["axes"].value = "TYX"
    assert names(viewer) == ["c.tif", "c.tif preview"]
    widget.fields["axes"].value = "YX"
    qtbot.waitUntil(lambda: "YX" in note(widget), timeout=PATIENCE)
    assert names(viewer) == []


def test_the_button_is_enough(qtbot, viewer, folder, tiny_priors):
    widget = BatchWidget(viewer)
    qtbot.addWidget(widget)
    widget.fields["source"].value = folder
    assert widget._form is None
    widget._preview_bar.button.click()
    qtbot.waitUntil(lambda: names(viewer)[:1] == ["a.tif"], timeout=PATIENCE)
    widget.preview.stop()
    qtbot.waitUntil(lambda: not WorkerBase._worker_set, timeout=PATIENCE)


def test_the_form_is_made_when_it_is_unfolded(viewer, qtbot):
    widget = BatchWidget(viewer)
    qtbot.addWidget(widget)
    qtbot.waitUntil(lambda: widget._bar.isEnabled(), timeout=PATIENCE)
    assert widget._form is None
    widget._section.button.setChecked(True)
    assert widget._scroll.widget() is widget.form


def test_settings_are_followed(qtbot, viewer, widget, choose):
    choose(0)
    before = viewer.layers[1].data.copy()
    with qtbot.waitSignal(widget.preview.settled, timeout=PATIENCE):
        widget.form.degradation_options = {"sigma": 0.02}
    assert not np.array_equal(viewer.layers[1].data, before)


def test_other_layers_are_seen_again(viewer, widget, choose, image):
    other = viewer.add_image(image, name="mine")
    choose(0)
    assert not other.visible
    widget.preview.stop()
    assert names(viewer) == ["mine"]
    assert other.visible


def test_a_layer_that_is_taken_away(viewer, widget, choose):
    choose(0)
    viewer.layers.remove("a.tif")
    assert not widget.preview.on
    assert names(viewer) == []


def test_large_planes_are_cut(viewer, widget, choose, folder, monkeypatch):
    monkeypatch.setattr(_preview, "_SIDE", 16)
    large = np.random.default_rng(0).random((200, 240), dtype=np.float32)
    tifffile.imwrite(folder / "a.tif", large)
    choose(0)
    part = viewer.layers["a.tif"].data
    assert part.shape == (68, 72)
    np.testing.assert_array_equal(part, large[64:132, 80:152])


def test_it_is_cancelled_when_another_file_is_chosen(qtbot, viewer, widget, choose):
    widget.form.fields["estimator"].value = "map"
    widget.form.estimator_options = {"steps": 10_000}
    with qtbot.waitSignal(widget.preview.shown, timeout=PATIENCE):
        widget.preview.start()
    worker = widget.preview._attempt._worker
    widget.table.setCurrentCell(3, 0)
    qtbot.waitUntil(lambda: not worker.is_running, timeout=PATIENCE)
    widget.form.estimator_options = {"steps": 1}
    qtbot.waitUntil(lambda: "d.png preview" in names(viewer), timeout=PATIENCE)
    assert names(viewer) == ["d.png", "d.png preview"]


def test_nothing_waits_for_a_slow_file(qtbot, viewer, widget, monkeypatch):
    read = _preview.read_image

    def slowly(path):
        time.sleep(1 if path.name == "a.tif" else 0)
        return read(path)

    monkeypatch.setattr(_preview, "read_image", slowly)
    ticks = [time.monotonic()]
    timer = QTimer()
    timer.timeout.connect(lambda: ticks.append(time.monotonic()))
    timer.start(10)
    widget.preview.start()
    qtbot.wait(100)
    assert note(widget) == "Reading a.tif…"
    with qtbot.waitSignal(widget.preview.settled, timeout=PATIENCE):
        widget.table.setCurrentCell(2, 0)
    qtbot.waitUntil(lambda: not WorkerBase._worker_set, timeout=PATIENCE)
    timer.stop()
    assert names(viewer) == ["c.tif", "c.tif preview"]
    assert max(np.diff(ticks)) < LONGEST


def test_closed_while_it_is_shown(viewer, widget, choose):
    choose(0)
    widget.close()
    assert names(viewer) == []
