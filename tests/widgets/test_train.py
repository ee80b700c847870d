"""The Train widget: what it makes of the form, and how a training lives and ends."""

from __future__ import annotations

import gc
import shutil
import sys
import threading
import weakref
from time import monotonic

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.utils.notifications import notification_manager
from qtpy.compat import isalive
from qtpy.QtCore import QCoreApplication, QEvent, QTimer
from trainings import FakeTraining, pictures

from napari_flowprior._errors import InputError, TrainingError
from napari_flowprior._widgets import RestoreWidget, TrainWidget, jobs
from napari_flowprior._widgets.fields import user_folder
from napari_flowprior._widgets.jobs import _loading
from napari_flowprior._widgets.train import _job
from napari_flowprior._widgets.train._pictures import PictureRow, TrainPictures
from napari_flowprior._widgets.train._session import session_of

PATIENCE = 20_000  # milliseconds


@pytest.fixture
def training(monkeypatch, tiny_priors):
    """A training without an engine."""
    fake = FakeTraining(tiny_priors[1])
    monkeypatch.setattr("napari_flowprior.training.iter_train", fake)
    return fake


@pytest.fixture
def make_widget(qtbot, training):
    """Make widgets; all trainings end with the test."""
    made = []

    def make(viewer):
        widget = TrainWidget(viewer)
        made.append(widget)
        return widget

    yield make
    for widget in filter(isalive, made):
        widget.stop()
        qtbot.waitUntil(lambda widget=widget: not widget.running, timeout=PATIENCE)
        widget.close()
        widget.deleteLater()


@pytest.fixture
def widget(viewer, make_widget, image):
    viewer.add_image(image, name="picture")
    return make_widget(viewer)


@pytest.fixture
def run(qtbot):
    """Let a widget do something to its end; return the path of the prior, or None."""

    def run(widget, action="train"):
        with qtbot.waitSignal(widget.finished, timeout=PATIENCE) as signal:
            getattr(widget, action)()
        return signal.args[0]

    return run


@pytest.fixture
def endless(widget, training):
    """A widget whose training takes minutes."""
    training.steps = 100_000
    return widget


def enabled(widget):
    return {name for name, each in widget._bar.buttons.items() if each.isEnabled()}


def wait_for_step(qtbot, widget):
    qtbot.waitUntil(lambda: "Step" in widget.status, timeout=PATIENCE)


def stop(qtbot, widget):
    with qtbot.waitSignal(widget.finished, timeout=2000) as signal:
        widget.stop()
    return signal.args[0]


# --- from the form to the job


def test_job_by_default(widget, image):
    job = widget.form.job()
    assert job.out == user_folder() / "my-prior.safetensors"
    assert user_folder().is_dir()
    assert (job.recipe, job.start, job.minutes) == ("finetune", "auto", 5)
    assert (job.steps, job.batch_size, job.seed, job.colour) == (None,) * 4
    assert job.pictures
    assert not job.overwrite
    (picture,) = job.data
    assert (picture.axes, picture.name) == ("YX", "picture")
    assert picture.array is image


def test_all_settings_from_a_script(viewer, widget, image, tmp_path, tiny_priors):
    stack = viewer.add_image(np.stack([image] * 2), name="stack")
    colour = viewer.add_image(np.stack([image] * 3, axis=-1), name="colour", rgb=True)
    widget.layers = [stack, colour]
    widget.axes = "tyx"
    widget.start = tiny_priors[1]
    widget.name, widget.place = "cells.safetensors", tmp_path
    widget.minutes, widget.device = 0.5, "cpu"
    widget.steps, widget.batch_size = 70, 3
    widget.learning_rate, widget.seed = 1e-3, 0
    widget.colour, widget.overwrite = "grey", True
    job = widget.form.job()
    assert [(each.axes, each.name) for each in job.data] == [
        ("TYX", "stack"),
        ("YXS", "colour"),
    ]
    assert job.out == tmp_path / "cells.safetensors"
    assert (job.start, job.device) == (str(tiny_priors[1]), "cpu")
    # Steps are in place of a time.
    assert (job.steps, job.minutes) == (70, None)
    assert (job.batch_size, job.learning_rate, job.seed) == (3, 1e-3, 0)
    assert (job.colour, job.overwrite) == ("grey", True)


def test_multiscale_layers_are_taken_at_full_resolution(viewer, make_widget, image):
    viewer.add_image([image, image[::2, ::2]], multiscale=True)
    (picture,) = make_widget(viewer).form.job().data
    assert picture.array.shape == image.shape


def test_a_folder(widget, tmp_path):
    widget.source, widget.folder = "folder", tmp_path
    job = widget.form.job()
    assert (job.data, job.axes) == ((tmp_path,), None)
    widget.axes = "zyx"
    assert widget.form.job().axes == "ZYX"


def test_recipes_from_scratch(widget, tmp_path):
    fields = widget.form.fields
    widget.start = "scratch:photo"
    job = widget.form.job()
    assert (job.recipe, job.start, len(job.data)) == ("photo", None, 1)
    widget.start = "scratch:sprites"
    assert widget.form.job().data == ()
    assert fields["source"].isHidden()
    assert fields["layers"].isHidden()
    widget.start, widget.folder = "scratch:mnist", tmp_path
    assert widget.form.job().data == (tmp_path,)
    assert not fields["folder"].isHidden()
    widget.start = "auto"
    assert not fields["layers"].isHidden()
    assert fields["folder"].isHidden()


def test_wrong_settings_from_a_script(viewer, widget):
    labels = viewer.add_labels(np.ones((4, 4), dtype=int), name="cells")
    for name, value, says in [
        ("layers", [labels], "'cells' is no image layer"),
        ("source", "web", "'web' is none of the choices"),
        ("minutes", -1, "-1 is not between"),
        ("steps", "many", "'many' is no number"),
    ]:
        with pytest.raises(InputError, match=says):
            setattr(widget, name, value)


# --- layers and their axes


def test_layers_follow_the_viewer(viewer, make_widget, image):
    widget = make_widget(viewer)
    listed = widget.form.fields["layers"]
    assert widget.layers == []
    first = viewer.add_image(image, name="first")
    assert widget.layers == [first]
    viewer.add_labels(np.ones((4, 4), dtype=int))
    second = viewer.add_image(image, name="second")
    assert widget.layers == [first]
    widget.layers = [second]
    first.name = "other"
    assert [listed.item(row).text() for row in (0, 1)] == ["YX  other", "YX  second"]
    viewer.layers.remove(second)
    assert widget.layers == [first]
    viewer.layers.clear()
    assert (widget.layers, widget.axes) == ([], "")


def test_axes_are_those_of_the_current_layer(viewer, widget, image):
    stack = viewer.add_image(np.stack([image] * 2), name="stack")
    listed, line = widget.form.fields["layers"], widget.form.fields["axes"].line
    assert widget.axes == "YX"
    listed.setCurrentRow(1)
    assert widget.axes == "ZYX"
    line.setText("CYX")
    line.textEdited.emit("CYX")
    assert listed.item(1).text() == "CYX  stack"
    listed.setCurrentRow(0)
    assert widget.axes == "YX"
    listed.setCurrentRow(1)
    assert widget.axes == "CYX"
    stack.data = image
    assert widget.axes == "YX"


def test_checking_with_the_mouse(viewer, widget, image):
    viewer.add_image(image, name="second")
    listed = widget.form.fields["layers"]
    from qtpy.QtCore import Qt

    listed.item(1).setCheckState(Qt.CheckState.Checked)
    assert [layer.name for layer in widget.layers] == ["picture", "second"]


def test_auto_says_which_prior(viewer, widget, image):
    choice = widget.form.fields["start"].choice
    assert choice.itemText(0) == "auto (photo-gray)"
    colour = viewer.add_image(np.stack([image] * 3, axis=-1), rgb=True)
    widget.layers = [colour]
    assert choice.itemText(0) == "auto (photo-rgb)"


# --- what goes wrong


def fails(widget, run, says):
    """Train, and check that there is a readable message and that Train is back."""
    count = len(notification_manager.records)
    assert run(widget) is None
    assert says in widget.status
    assert "Traceback" not in widget.status
    new = [each.message for each in notification_manager.records[count:]]
    assert new == [widget.status]
    assert widget.state == "failed"
    assert {"train", "reset"} <= enabled(widget)
    assert "stop" not in enabled(widget)
    assert widget.form.fields["name"].isEnabled()


WRONG = {
    "name": ("", "has no name"),
    "layers": ([], "No layer is checked"),
    "place": ("", "No folder is chosen"),
    "axes": ("QX", "The axes of the layer picture: "),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_settings(widget, run, name):
    value, says = WRONG[name]
    setattr(widget, name, value)
    fails(widget, run, says)


def test_name_that_no_file_can_have(widget, run):
    widget.name = "a/b"
    fails(widget, run, "has / in it")


def test_no_layers(viewer, make_widget, run):
    fails(make_widget(viewer), run, "open images, or choose a folder")


def test_no_folder(widget, run):
    widget.source = "folder"
    fails(widget, run, "Choose a folder of images")


def test_folder_that_cannot_be_created(widget, run, user_data):
    user_data.write_text("in the way")
    fails(widget, run, "cannot be created")


ERRORS = {
    "of ours": (TrainingError("The loss is not finite."), "The loss is not finite."),
    "of torch": (RuntimeError("out of memory\nlong"), "(RuntimeError): out of memory"),
    "of memory": (MemoryError(), "(MemoryError)"),
}


@pytest.mark.parametrize("kind", ERRORS)
def test_error_in_the_training(widget, training, run, kind):
    training.error, says = ERRORS[kind]
    with_prior = run(widget)
    assert with_prior == user_folder() / "my-prior.safetensors"
    assert says in widget.status
    assert widget.state == "failed"
    # It has left a checkpoint.
    assert enabled(widget) == {"train", "resume", "reset"}
    training.error = None
    assert run(widget, "resume") is not None
    assert widget.state == "done"


def test_error_before_the_first_step(widget, training, run):
    training.error, training.error_at = InputError("These are dark."), 1
    training.error_at_end = None
    training.seconds = 0
    run(widget)
    assert widget.status == "These are dark."
    widget.reset()
    assert widget.state == "idle"


def test_checkpoint_that_cannot_be_saved(qtbot, endless, training):
    endless.train()
    wait_for_step(qtbot, endless)
    training.error_at_end = InputError("The disk is full.")
    assert stop(qtbot, endless) is None
    assert (endless.state, endless.status) == ("failed", "The disk is full.")


def test_taken_name(widget, run):
    user_folder().mkdir(parents=True)
    (user_folder() / "my-prior.safetensors").touch()
    fails(widget, run, "exists already")
    widget.reset()
    assert widget.name == "my-prior-2"
    assert run(widget) is not None


def test_failed_import_of_torch(viewer, qtbot, monkeypatch):
    def fail(name):
        raise ImportError("No module named 'torch'")

    monkeypatch.setattr(jobs, "is_loaded", lambda: False)
    monkeypatch.setattr(_loading, "import_module", fail)
    widget = TrainWidget(viewer)
    qtbot.addWidget(widget)
    qtbot.waitUntil(lambda: "No module named 'torch'" in widget._bar.status.text())
    assert not widget._bar.isEnabled()


# --- a training from beginning to end


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
    assert not endless.form.fields["name"].isEnabled()
    assert not endless._bar.overall.isHidden()
    assert not endless._plots.isHidden()
    assert not endless._pictures.isHidden()
    steps, _ = endless._plots._lines["training"].getData()
    assert len(steps) > 1
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
    assert endless.form.fields["minutes"].isEnabled()
    assert not endless.form.fields["layers"].isEnabled()
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


def test_form_appears_when_torch_is_loaded(viewer, qtbot, monkeypatch):
    monkeypatch.setattr(jobs, "is_loaded", lambda: False)
    widget = TrainWidget(viewer)
    qtbot.addWidget(widget)
    assert widget._form is None
    assert not widget._bar.isEnabled()
    qtbot.waitUntil(lambda: widget._form is not None, timeout=PATIENCE)
    assert enabled(widget) == {"train"}


# --- the prior is offered


def test_restore_widget_offers_the_prior(qtbot, viewer, widget, run):
    restore = RestoreWidget(viewer)
    qtbot.addWidget(restore)
    prior = run(widget)
    restore.prior = prior
    choice = restore.form.fields["prior"].choice
    assert choice.currentText() == "my-prior"
    assert choice.count() == len({choice.itemText(i) for i in range(choice.count())})


# --- looks


def test_theme(viewer, widget, run, make_widget):
    run(widget)
    for theme in ("light", "dark"):
        viewer.theme = theme
        from napari.utils.theme import get_theme

        expected = get_theme(theme).background.as_hex(format="long")
        for plot in widget._plots.plots.values():
            assert plot.backgroundBrush().color().name() == expected


def test_curves_without_pyqtgraph(viewer, widget, run, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyqtgraph", None)
    run(widget)
    text = widget._plots.layout().itemAt(0).widget().text()
    assert text == "Install pyqtgraph to see the curves."


@pytest.mark.parametrize("channels", [1, 3])
def test_pictures(qtbot, channels):
    shown = TrainPictures()
    qtbot.addWidget(shown)
    shown.show_pictures(pictures(channels))
    assert (len(shown.patches.images), len(shown.samples.images)) == (3, 6)
    clean = pictures(channels).clean
    colour = shown.patches.images[0].pixelColor(2, 1)
    expected = np.broadcast_to(np.round(clean[:, 1, 2] * 255), 3)
    assert list(colour.getRgb()[:3]) == list(expected)


def test_pictures_without_conditioning(qtbot):
    shown = TrainPictures()
    qtbot.addWidget(shown)
    given = pictures()
    object.__setattr__(given, "noisy", None)
    object.__setattr__(given, "restored", None)
    given.samples[0] = np.nan
    shown.show_pictures(given)
    assert len(shown.patches.images) == 1


def test_pictures_are_squares(qtbot):
    row = PictureRow()
    qtbot.addWidget(row)
    row.show_images([np.zeros((1, 8, 8))] * 3)
    assert row.heightForWidth(308) == 100
    assert row.heightForWidth(3000) == 150


def test_labels_fit_a_narrow_dock(qtbot, viewer, widget):
    widget.form._section.button.click()
    assert widget.minimumSizeHint().width() <= 360
    widget.resize(360, 900)
    widget.show()
    qtbot.waitExposed(widget)
    for rows in (widget.form._rows, widget.form._section.rows):
        for name, field in widget.form.fields.items():
            label = rows.labelForField(field)
            if label is not None and label.isVisible():
                assert label.width() >= label.sizeHint().width(), name
    for button in widget._bar.buttons.values():
        wanted = button.fontMetrics().horizontalAdvance(button.text())
        assert button.width() >= wanted + 6


def test_every_field_has_a_tool_tip(widget):
    for name, field in widget.form.fields.items():
        assert field.toolTip() or field.line.toolTip(), name


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
