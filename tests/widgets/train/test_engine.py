"""The Train widget and real, tiny trainings: states, settings, errors, closing."""

from __future__ import annotations

import gc
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from patches import rough_images
from recipes import TINY

import napari_flowprior.restoration  # noqa: F401, loaded before a widget asks for it
from napari_flowprior._errors import InputError
from napari_flowprior._widgets import RestoreWidget, TrainWidget
from napari_flowprior._widgets.fields import (
    KNOWN,
    _known_priors,
    free_name,
    user_folder,
)
from napari_flowprior._widgets.jobs import JobWorker
from napari_flowprior._widgets.train import _job
from napari_flowprior._widgets.train._states import ACTIONS, State, after, can
from napari_flowprior.training import TrainOutputs

PATIENCE = 30_000  # milliseconds


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    """A folder for priors that is not the user's, and no priors of other tests."""
    monkeypatch.setattr(_known_priors, "user_data_path", lambda *a, **k: tmp_path)
    monkeypatch.setattr(KNOWN, "_added", [])


@pytest.fixture
def recipe(tmp_path):
    path = tmp_path / "tiny.toml"
    path.write_text(TINY)
    return path


@pytest.fixture
def clean(viewer):
    return viewer.add_image(rough_images(1, 64)[0, 0], name="blocks")


@pytest.fixture
def widget(qtbot, viewer, clean, recipe):
    """A widget that would train a tiny flow on a layer."""
    widget = TrainWidget(viewer)
    qtbot.addWidget(widget)
    widget.layers = [clean]
    widget.start = f"scratch:{recipe}"
    widget.name, widget.steps, widget.device = "mine", 8, "cpu"
    return widget


def finish(qtbot, widget, action="train"):
    with qtbot.waitSignal(widget.finished, timeout=PATIENCE) as signal:
        getattr(widget, action)()
    qtbot.waitUntil(lambda: not widget.running, timeout=PATIENCE)
    return signal.args[0]


def buttons(widget):
    return {a for a, button in widget._bar.buttons.items() if button.isEnabled()}


# --- states


@given(st.lists(st.sampled_from([*ACTIONS, "ended", "ended early", "refused"])))
def test_states_always_leave_something_to_do(happenings):
    state = State.IDLE
    for happening in happenings:
        state = after(state, happening)
    if state != State.STOPPING:
        assert any(can(state, action) for action in ACTIONS)
    assert can(state, "stop") == (state == State.RUNNING)


def test_states_of_a_training():
    states = [State.IDLE]
    for happening in ("train", "stop", "ended early", "resume", "ended", "reset"):
        states.append(after(states[-1], happening))
    assert states == [
        "idle",
        "running",
        "stopping",
        "stopped",
        "running",
        "done",
        "idle",
    ]
    assert not can(State.STOPPED, "train")
    assert not can(State.STOPPED, "resume", resumable=False)


# --- settings


def test_adapting_a_shipped_prior_is_the_default(qtbot, viewer, clean):
    widget = TrainWidget(viewer)
    qtbot.addWidget(widget)
    job = widget.form.job()
    assert job.recipe == "finetune"
    assert job.start == "auto"
    assert job.minutes > 0
    (image,) = job.data
    assert (image.array.shape, image.axes) == ((64, 64), "YX")
    assert job.out.parent == user_folder()


def test_settings_become_a_job(widget, recipe):
    widget.learning_rate, widget.batch_size, widget.seed = 1e-3, 2, 5
    job = widget.form.job()
    assert (job.recipe, job.start) == (str(recipe), None)
    assert (job.steps, job.learning_rate, job.batch_size, job.seed) == (8, 1e-3, 2, 5)
    assert job.out.name == "mine.safetensors"


def test_a_folder_is_a_source(widget, tmp_path):
    widget.source = "folder"
    widget.folder = tmp_path
    assert [str(path) for path in widget.form.job().data] == [str(tmp_path)]


def test_axes_come_from_the_layer_and_can_be_changed(qtbot, viewer):
    viewer.add_image(rough_images(5, 32)[:, 0], name="stack")
    widget = TrainWidget(viewer)
    qtbot.addWidget(widget)
    widget.layers = [viewer.layers["stack"]]
    assert widget.axes == "ZYX"
    widget.axes = "TYX"
    (image,) = widget.form.job().data
    assert image.axes == "TYX"


def test_names_that_are_taken_get_a_number(tmp_path):
    (tmp_path / "cells.safetensors").touch()
    assert free_name(tmp_path, "cells") == "cells-2"
    assert free_name(tmp_path, "photo-gray") == "photo-gray-2"
    assert free_name(tmp_path / "nowhere", "dust") == "dust"


# --- trainings


def test_trains_and_offers_the_prior(qtbot, widget, viewer):
    restore = RestoreWidget(viewer)
    qtbot.addWidget(restore)
    path = finish(qtbot, widget)
    assert path.name == "mine.safetensors"
    assert widget.state == "done"
    assert buttons(widget) == {"train", "reset"}
    # Of steps that follow each other this fast, some are not shown.
    assert widget._session.curves.training.steps[-1] == 8
    assert widget._session.curves.held_out.steps == [4, 8]
    assert widget._session.pictures is not None
    choice = restore.form.fields["prior"].choice
    assert str(path) in choice.choices
    widget.reset()
    assert widget.state == "idle"
    assert widget.name != "mine"


def test_stops_and_resumes(qtbot, widget):
    widget.steps = 100_000
    widget.train()
    qtbot.waitUntil(lambda: widget._session.step is not None, timeout=PATIENCE)
    assert buttons(widget) == {"stop"}
    with qtbot.waitSignal(widget.finished, timeout=2000):
        widget.stop()
        assert widget.state == "stopping"
    qtbot.waitUntil(lambda: not widget.running, timeout=2000)
    assert widget.state == "stopped"
    assert buttons(widget) == {"resume", "reset"}
    before = widget._session.step.step
    widget.resume()
    qtbot.waitUntil(lambda: widget._session.step is not None, timeout=PATIENCE)
    assert widget._session.step.step > before
    # The curves begin where the first training began.
    assert widget._session.curves.training.steps[0] == 1
    finish(qtbot, widget, "stop")


def test_a_closed_widget_trains_on(qtbot, viewer, widget):
    widget.steps = 100_000
    widget.train()
    qtbot.waitUntil(lambda: widget._session.step is not None, timeout=PATIENCE)
    session = widget._session
    widget.close()
    widget.setParent(None)
    gc.collect()
    step = session.step.step
    qtbot.waitUntil(lambda: session.step.step > step, timeout=PATIENCE)
    other = TrainWidget(viewer)
    qtbot.addWidget(other)
    assert other.running
    assert buttons(other) == {"stop"}
    assert other._session.curves
    finish(qtbot, other, "stop")
    assert other.state == "stopped"


# --- mistakes


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"layers": []}, "layer"),
        ({"source": "folder", "folder": "nowhere"}, "does not exist"),
        ({"name": ""}, "name"),
        ({"axes": "YXX"}, "axes"),
        ({"start": "gone.safetensors"}, "There is no prior"),
        ({"colour": "rgb"}, "has no colours"),
    ],
    ids=str,
)
def test_mistakes_are_explained(qtbot, widget, settings, sentence):
    for name, value in settings.items():
        setattr(widget, name, value)
    assert finish(qtbot, widget) is None
    assert sentence in widget.status
    assert widget.state == "failed"
    assert "train" in buttons(widget)


def test_errors_of_torch_give_the_buttons_back(qtbot, widget, monkeypatch):
    def failing(job):
        yield None
        raise RuntimeError("out of luck")

    monkeypatch.setattr(_job, "train", failing)
    finish(qtbot, widget)
    assert "out of luck" in widget.status
    assert "train" in buttons(widget)


def test_a_mistake_can_be_mended(qtbot, widget):
    widget.layers = []
    finish(qtbot, widget)
    widget.layers = [widget._viewer.layers["blocks"]]
    assert finish(qtbot, widget) is not None
    assert widget.state == "done"


def test_flat_images_are_explained(qtbot, viewer, widget):
    flat = viewer.add_image(np.zeros((64, 64), np.uint8), name="flat")
    widget.layers = [flat]
    finish(qtbot, widget)
    assert widget.state == "failed"
    assert "Traceback" not in widget.status
    outputs = TrainOutputs(user_folder() / "mine.safetensors")
    assert not outputs.prior.exists()


# --- events


def test_vital_events_are_never_dropped(qtbot):
    def job():
        for number in range(300):
            yield SimpleNamespace(number=number, vital=number % 100 == 99)

    seen = []
    worker = JobWorker(job)
    worker.keeps = lambda event: event.vital
    worker.yielded.connect(seen.append)
    with qtbot.waitSignal(worker.finished, timeout=PATIENCE):
        worker.start()
    numbers = [event.number for event in seen]
    assert {99, 199, 299} <= set(numbers)
    assert len(numbers) < 50


def test_failures_are_kept_even_when_stopping():
    def job():
        yield 1
        raise InputError("No.")

    worker = JobWorker(job)
    worker.run()
    assert worker.outcome.message == "No."
