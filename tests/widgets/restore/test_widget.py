"""The Restore widget: settings from a script, and how a run lives and ends."""

from __future__ import annotations

import subprocess
import sys
import warnings
from time import monotonic

import numpy as np
import pytest
from napari.utils import cancelable_progress
from napari.utils.notifications import notification_manager
from qtpy.QtCore import QTimer
from restoring import PATIENCE, wait_for_progress

from napari_flowprior._errors import InputError
from napari_flowprior._widgets import RestoreWidget
from napari_flowprior._widgets.jobs import _late_form, _loading
from napari_flowprior._widgets.restore import _job
from napari_flowprior.restoration import RestoreEvent


def test_all_settings_from_a_script(viewer, make_widget, run, image):
    viewer.add_image(image[None], name="first")
    viewer.add_image(image, name="second")
    widget = make_widget(viewer)
    widget.layer = viewer.layers["first"]
    widget.axes = "cyx"
    widget.estimator = "map"
    widget.estimator_options = {"steps": 3}
    widget.device = "cpu"
    widget.tile, widget.overlap, widget.batch_size = 32, 4, 1
    widget.dtype = "float32"
    widget.intensity_range, widget.black, widget.white = "min-max", -0.5, 1.5
    provenance = run(widget).metadata["flowprior"]
    assert viewer.layers[1].name == "first restored"
    assert provenance["axes"] == "CYX"
    assert provenance["estimator"]["steps"] == 3
    assert (provenance["tile"], provenance["overlap"]) == ([32, 32], 4)
    assert provenance["intensity"] == {"offset": -0.5, "gain": 2.0}


def test_wrong_settings_from_a_script(viewer, make_widget, image):
    viewer.add_image(image)
    labels = viewer.add_labels(np.ones((4, 4), dtype=int), name="cells")
    widget = make_widget(viewer)
    for name, value, says in [
        ("layer", labels, "'cells' \\(Labels\\) cannot be chosen"),
        ("estimator", "magic", "'magic' is none of the choices"),
        ("tile", "big", "'big' is no number"),
        ("tile", -8, "-8 is not between"),
        ("degradation_options", {"sigmas": 1}, "no option sigmas"),
        ("estimator_options", {"steps": 1}, "'auto' has no options"),
    ]:
        with pytest.raises(InputError, match=says):
            setattr(widget, name, value)


# --- while it runs


def test_cancel(qtbot, viewer, endless, run):
    endless.run()
    assert endless._bar.button.text() == "Cancel"
    wait_for_progress(qtbot, endless)
    assert "left" in endless.status
    pressed = monotonic()
    with qtbot.waitSignal(endless.finished, timeout=PATIENCE) as signal:
        endless._bar.button.click()
        assert endless._bar.button.text() == "Cancelling…"
        assert not endless._bar.button.isEnabled()
    assert monotonic() - pressed < 1
    assert signal.args == [None]
    assert endless.status == "Cancelled."
    assert len(viewer.layers) == 1
    endless.estimator_options = {"steps": 1}
    assert run(endless) is not None


def bars():
    return list(cancelable_progress._all_instances)


def test_napari_shows_how_far_it_is(qtbot, endless):
    assert bars() == []
    endless.run()
    # It is made when the job has begun.
    qtbot.waitUntil(lambda: len(bars()) == 1)
    (bar,) = bars()
    assert bar.desc.startswith("the restoration of picture")
    wait_for_progress(qtbot, endless)
    # They are told of an event one after the other.
    qtbot.waitUntil(lambda: bar.total == endless._bar.progress.maximum())
    qtbot.waitUntil(lambda: 0 < bar.n <= bar.total)
    endless.cancel()
    qtbot.waitUntil(lambda: bars() == [])


def test_napari_cancels_it(qtbot, endless):
    endless.run()
    wait_for_progress(qtbot, endless)
    with qtbot.waitSignal(endless.finished, timeout=PATIENCE) as signal:
        bars()[0].cancel()
    assert signal.args == [None]
    assert endless.status == "Cancelled."
    qtbot.waitUntil(lambda: bars() == [])


def test_run_twice_does_nothing(qtbot, endless):
    with qtbot.assertNotEmitted(endless.failed):
        endless.run()
        worker = endless._worker
        endless.run()
        assert endless._worker is worker
        endless.estimate_noise()
        assert endless._worker is worker
    endless.cancel()
    qtbot.waitUntil(lambda: not endless.running)


def test_layer_goes_while_it_runs(qtbot, viewer, endless):
    endless.estimator_options = {"steps": 100}
    with qtbot.waitSignal(endless.finished, timeout=PATIENCE) as signal:
        endless.run()
        viewer.layers.clear()
    assert [layer.name for layer in viewer.layers] == ["picture restored"]
    assert signal.args[0].data.shape == (40, 48)


def test_layer_is_renamed_while_it_runs(qtbot, viewer, endless, image):
    endless.estimator_options = {"steps": 100}
    with qtbot.waitSignal(endless.finished, timeout=PATIENCE):
        endless.run()
        viewer.layers[0].name = "new name"
        viewer.add_image(image, name="on top")
    names = [layer.name for layer in viewer.layers]
    assert names == ["new name", "picture restored", "on top"]
    assert not viewer.layers[0].visible


def test_data_are_replaced_while_it_runs(qtbot, viewer, endless, run, image):
    endless.estimator_options = {"steps": 20}
    before = run(endless)
    with qtbot.waitSignal(endless.finished, timeout=PATIENCE) as signal:
        endless.run()
        viewer.layers["picture"].data = 1 - image[:20]
    np.testing.assert_array_equal(signal.args[0].data, before.data)


def test_gui_is_never_blocked(qtbot, viewer, endless):
    beats = [monotonic()]
    timer = QTimer()
    timer.timeout.connect(lambda: beats.append(monotonic()))
    timer.start(10)
    endless.run()
    qtbot.wait(1500)
    timer.stop()
    endless.cancel()
    qtbot.waitUntil(lambda: not endless.running)
    assert max(np.diff(beats)) < 0.75


def test_closed_while_it_runs(qtbot, viewer, endless):
    endless.run()
    wait_for_progress(qtbot, endless)
    worker = endless._worker
    endless.close()
    qtbot.waitUntil(lambda: not worker.is_running, timeout=1000)
    assert len(viewer.layers) == 1


def test_deleted_while_it_runs(qtbot, viewer, image, tiny_priors):
    viewer.add_image(image)
    widget = RestoreWidget(viewer)
    widget.prior = tiny_priors[1]
    widget.estimator = "map"
    widget.estimator_options = {"steps": 10_000}
    widget.run()
    worker = widget._worker
    widget.deleteLater()
    qtbot.waitUntil(lambda: not worker.is_running, timeout=PATIENCE)
    viewer.add_image(image)


def test_two_widgets_take_turns(qtbot, viewer, endless, make_widget, image):
    second = make_widget(viewer)
    endless.run()
    wait_for_progress(qtbot, endless)
    second.run()
    qtbot.waitUntil(lambda: second.status.startswith("Waiting"), timeout=PATIENCE)
    with qtbot.waitSignal(second.finished, timeout=PATIENCE) as signal:
        endless.cancel()
    assert signal.args[0] is not None


def test_cancel_while_waiting_for_the_turn(qtbot, viewer, endless, make_widget):
    second = make_widget(viewer)
    endless.run()
    wait_for_progress(qtbot, endless)
    second.run()
    qtbot.waitUntil(lambda: second.status.startswith("Waiting"), timeout=PATIENCE)
    with qtbot.waitSignal(second.finished, timeout=1000):
        second.cancel()
    assert endless.running
    with qtbot.waitSignal(endless.finished, timeout=PATIENCE):
        endless.cancel()


def test_warnings_are_no_notifications(viewer, make_widget, run, image, monkeypatch):
    def warn_often(job):
        for line in range(100):
            warnings.warn_explicit("slow", UserWarning, "nn.py", line, "torch.nn")
            yield RestoreEvent(done=0, total=0, message="Working")
        return (yield from restore(job))

    restore = _job.compute
    monkeypatch.setattr(_job, "compute", warn_often)
    viewer.add_image(image)
    count = len(notification_manager.records)
    assert run(make_widget(viewer)) is not None
    assert len(notification_manager.records) == count


# --- torch is loaded late


def test_import_is_light():
    code = "import napari_flowprior._widgets, sys; print('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_form_appears_when_torch_is_loaded(viewer, qtbot, monkeypatch):
    monkeypatch.setattr(_late_form, "is_loaded", lambda: False)
    widget = RestoreWidget(viewer)
    qtbot.addWidget(widget)
    assert widget._form is None
    assert not widget._bar.isEnabled()
    qtbot.waitUntil(lambda: widget._form is not None, timeout=PATIENCE)
    assert widget._bar.isEnabled()


def test_script_need_not_wait_for_the_form(
    viewer, make_widget, run, image, monkeypatch
):
    monkeypatch.setattr(_late_form, "is_loaded", lambda: False)
    viewer.add_image(image)
    assert run(make_widget(viewer)) is not None


def test_failed_import_of_torch(viewer, qtbot, monkeypatch):
    def fail(name):
        raise ImportError("No module named 'torch'")

    monkeypatch.setattr(_late_form, "is_loaded", lambda: False)
    monkeypatch.setattr(_loading, "import_module", fail)
    widget = RestoreWidget(viewer)
    qtbot.addWidget(widget)
    qtbot.waitUntil(lambda: "No module named 'torch'" in widget.status)
