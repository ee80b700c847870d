"""A training from beginning to end, with and without its widget."""

from __future__ import annotations

import gc
import shutil
import threading
import weakref
from time import monotonic

import numpy as np
from napari.components import ViewerModel
from napari.utils import cancelable_progress
from qtpy.QtCore import QCoreApplication, QEvent, Qt, QTimer
from qtpy.QtWidgets import QWidget
from trainings import PATIENCE, enabled, stop, wait_for_step

from napari_flowprior._widgets import TrainWidget
from napari_flowprior._widgets.fields import user_folder
from napari_flowprior._widgets.train import _job
from napari_flowprior._widgets.train._session import session_of


def test_to_the_end(qtbot, widget, run):
    assert enabled(widget) == {"train"}
    assert run(widget) == user_folder() / "my-prior.safetensors"
    assert widget.state == "done"
    assert enabled(widget) == {"train", "reset"}
    assert widget.status.startswith("Done after 10 steps. Best on held-out patches: ")
    assert "26.00 dB" in widget.status
    session = session_of(widget._viewer)
    assert session.curves.held_out.steps == [5, 10]
    # The images are not kept.
    assert session.job.data == ()


def test_data_and_plan_are_shown_before_the_first_step(qtbot, widget, training):
    training.seconds = 1
    widget.train()
    qtbot.waitUntil(lambda: widget._bar.facts.text() != "", timeout=PATIENCE)
    qtbot.waitUntil(lambda: "512 MiB" in widget._bar.facts.text(), timeout=900)
    facts = widget._bar.facts.text()
    assert "about 120 patches" in facts
    assert "Skipped a.png: is cut" in facts
    assert not session_of(widget._viewer).curves


def test_while_it_runs(qtbot, endless):
    endless.train()
    assert enabled(endless) == {"stop"}
    qtbot.waitUntil(lambda: "Held out" in endless.status, timeout=PATIENCE)
    assert " of 100,000, " in endless.status
    assert " left: 4." in endless.status
    assert not endless.form.fields["name"].enabled
    assert not endless._bar.overall.isHidden()
    qtbot.waitUntil(lambda: not endless._plots.isHidden(), timeout=PATIENCE)
    assert not endless._pictures.isHidden()
    line = endless._plots._lines["training"]
    qtbot.waitUntil(lambda: len(line.getData()[0]) > 1, timeout=PATIENCE)
    assert len(endless._pictures.samples.images) == 6


def test_stop_resume_and_reset(qtbot, endless, training, run):
    endless.train()
    wait_for_step(qtbot, endless)
    pressed = monotonic()
    endless._bar.buttons["stop"].click()
    assert endless.state == "stopping"
    assert enabled(endless) == set()
    qtbot.waitUntil(lambda: endless.state == "stopped", timeout=2000)
    assert monotonic() - pressed < 2
    assert enabled(endless) == {"resume", "reset"}
    assert "Resume goes on from here." in endless.status
    assert endless.form.fields["minutes"].enabled
    assert not endless.form.fields["layers"].enabled
    drawn = session_of(endless._viewer).curves.training.steps
    endless._viewer.layers.clear()
    endless.minutes, training.steps = 7, drawn[-1] + 20
    assert run(endless, "resume") is not None
    first, second = training.jobs
    assert (second.resume, second.minutes, second.data) == (True, 7, first.data)
    # The table has all steps, of which only some were drawn.
    resumed = session_of(endless._viewer).curves.training.steps
    assert resumed[: drawn[-1]] == list(range(1, drawn[-1] + 1))
    assert resumed[-1] > drawn[-1]
    assert endless.state == "done"
    endless.reset()
    assert (endless.state, endless.status) == ("idle", "")
    assert endless.name == "my-prior-2"
    assert endless._plots.isHidden()
    assert endless._pictures.isHidden()


def test_escape_stops_wherever_the_focus_is(qtbot, endless, monkeypatch):
    endless.show()
    qtbot.keyClick(endless, Qt.Key.Key_Escape)
    assert (endless.state, endless.isVisible()) == ("idle", True)
    endless.train()
    qtbot.waitUntil(lambda: not endless._plots.isHidden(), timeout=PATIENCE)
    parts = [
        part
        for part in endless.findChildren(QWidget)
        if part.focusPolicy() & Qt.FocusPolicy.TabFocus
        and part.isEnabled()
        and part.isVisible()
    ]
    stopped = []
    with monkeypatch.context() as patch:
        patch.setattr(endless, "stop", lambda: stopped.append(True))
        for number, part in enumerate(parts, start=1):
            qtbot.keyClick(part, Qt.Key.Key_Escape)
            assert len(stopped) == number, part
    assert len(parts) > 3
    qtbot.keyClick(endless._bar.buttons["stop"], Qt.Key.Key_Escape)
    assert endless.state == "stopping"
    qtbot.waitUntil(lambda: endless.state == "stopped", timeout=PATIENCE)


def test_stop_before_the_first_step(qtbot, widget, training):
    training.seconds = 0.3
    widget.train()
    stop(qtbot, widget)
    assert widget.state == "idle"
    assert widget.status == "Stopped before the first step; nothing was written."
    assert enabled(widget) == {"train"}


def test_resume_a_training_of_an_earlier_session(qtbot, endless, training, run, image):
    endless.train()
    wait_for_step(qtbot, endless)
    stop(qtbot, endless)
    other = ViewerModel()
    other.add_image(image)
    later = TrainWidget(other)
    qtbot.addWidget(later)
    assert later.name == "my-prior-2"
    assert enabled(later) == {"train"}
    later.name = "my-prior"
    assert enabled(later) == {"train", "resume"}
    training.steps = int(training.jobs[0].out.parent.joinpath(
        "my-prior.checkpoint.safetensors").read_text()) + 5  # fmt: skip
    assert run(later, "resume") is not None
    assert later.state == "done"


def test_what_does_not_make_sense_does_nothing(qtbot, endless):
    endless.stop()
    endless.reset()
    assert endless.state == "idle"
    endless.train()
    worker = session_of(endless._viewer)._worker
    endless.train()
    endless.resume()
    endless.reset()
    assert session_of(endless._viewer)._worker is worker
    stop(qtbot, endless)


def test_napari_stops_it(qtbot, endless):
    endless.train()
    wait_for_step(qtbot, endless)
    with qtbot.waitSignal(endless.finished, timeout=2000):
        session_of(endless._viewer)._worker.quit()
    assert endless.state == "stopped"


def test_napari_shows_and_stops_it(qtbot, endless):
    endless.train()
    wait_for_step(qtbot, endless)
    (bar,) = cancelable_progress._all_instances
    assert bar.desc.startswith("the training of my-prior")
    qtbot.waitUntil(lambda: 0 < bar.n < bar.total, timeout=PATIENCE)
    assert bar.total == 100_000
    with qtbot.waitSignal(endless.finished, timeout=2000):
        bar.cancel()
    assert endless.state == "stopped"
    qtbot.waitUntil(lambda: not cancelable_progress._all_instances)


def test_gui_is_never_blocked(qtbot, endless, training):
    # Every validation is shown, and none takes no time.
    training.seconds, training.every = 0, 10_000
    endless.train()
    wait_for_step(qtbot, endless)
    beats = [monotonic()]
    timer = QTimer()
    timer.timeout.connect(lambda: beats.append(monotonic()))
    timer.start(10)
    qtbot.wait(1500)
    timer.stop()
    assert max(np.diff(beats)) < 0.75


# --- closed, opened again, deleted


def test_closed_and_opened_again(qtbot, endless, make_widget, viewer):
    endless.name, endless.batch_size = "cells", 3
    endless.train()
    wait_for_step(qtbot, endless)
    session = session_of(viewer)
    endless.close()
    endless.deleteLater()
    step = session.step.step
    qtbot.waitUntil(lambda: session.step.step > step, timeout=PATIENCE)
    again = make_widget(viewer)
    assert again.state == "running"
    assert enabled(again) == {"stop"}
    assert (again.name, again.batch_size) == ("cells", 3)
    assert "Step" in again.status
    assert "512 MiB" in again._bar.facts.text()
    assert not again._plots.isHidden()
    assert stop(qtbot, again) is not None


def test_two_widgets_show_the_same(qtbot, endless, make_widget, viewer):
    second = make_widget(viewer)
    endless.train()
    wait_for_step(qtbot, second)
    assert enabled(second) == {"stop"}
    stop(qtbot, second)
    assert enabled(endless) == {"resume", "reset"}


def test_it_ends_well_without_a_widget(qtbot, endless, viewer, image, make_widget):
    endless.train()
    wait_for_step(qtbot, endless)
    session = session_of(viewer)
    endless.close()
    endless.deleteLater()
    session.stop()
    qtbot.waitUntil(lambda: not session.running, timeout=2000)
    viewer.add_image(image)
    assert enabled(make_widget(viewer)) == {"resume", "reset"}


def train_and_close(run, image):
    """Return weak references to a viewer, its widget and its session."""
    viewer = ViewerModel()
    viewer.add_image(image)
    widget = TrainWidget(viewer)
    run(widget)
    widget.close()
    widget.deleteLater()
    return [weakref.ref(each) for each in (viewer, widget, session_of(viewer))]


def test_nothing_is_left_of_viewer_and_widget(qtbot, training, image, run):
    left = train_and_close(run, image)

    def all_gone():
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        gc.collect()
        return not any(ref() for ref in left)

    qtbot.waitUntil(all_gone)


def test_two_viewers_take_turns(qtbot, endless, training, image, make_widget):
    other = ViewerModel()
    other.add_image(image)
    second = make_widget(other)
    second.name = "second"
    endless.train()
    wait_for_step(qtbot, endless)
    second.train()
    qtbot.waitUntil(lambda: "Waiting" in second.status, timeout=PATIENCE)
    stop(qtbot, endless)
    wait_for_step(qtbot, second)
    stop(qtbot, second)


def test_table_is_read_in_the_thread(qtbot, endless, training, monkeypatch, run):
    endless.train()
    wait_for_step(qtbot, endless)
    stop(qtbot, endless)
    threads = []
    read = _job.Curves.read
    monkeypatch.setattr(
        _job.Curves,
        "read",
        lambda path: threads.append(threading.current_thread()) or read(path),
    )
    training.steps = session_of(endless._viewer).step.step + 50
    run(endless, "resume")
    assert threads
    assert threads[0] is not threading.main_thread()
    shutil.rmtree(user_folder())
