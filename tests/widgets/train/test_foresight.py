"""What is said before a training begins."""

from __future__ import annotations

import re

import numpy as np
import pytest
from trainings import PATIENCE, PLAN, SUMMARY

from napari_flowprior._widgets.fields import user_folder
from napari_flowprior._widgets.jobs import Failure, JobWorker
from napari_flowprior._widgets.train import _foresight
from napari_flowprior._widgets.train._foresight import ask, say
from napari_flowprior.training import Foreseen


@pytest.fixture
def widget(viewer, make_widget, image):
    """A widget with a layer that has some patches."""
    viewer.add_image(np.tile(image, (4, 4)), name="picture")
    return make_widget(viewer)


def drained(run):
    try:
        while True:
            next(run)
    except StopIteration as stop:
        return stop.value


def test_a_look_at_layers(widget):
    found = drained(ask(widget.form)())
    assert found.data.images == 1
    assert found.plan.steps == 600
    # Nothing was written.
    assert not user_folder().exists()


def test_a_look_at_noisy_images(widget):
    widget.images = "noisy"
    found = drained(ask(widget.form)())
    assert found.data.images == 1
    text, _ = say(found)
    assert re.search("about [0-9,]+ patches", text)
    assert re.search("8 patches a step, about [0-9]+ MiB of memory, on cpu", text)


def test_a_look_at_files(widget, tmp_path, image):
    np.save(tmp_path / "a.npy", np.tile(image, (2, 2)))
    widget.source, widget.folder = "folder", tmp_path
    assert drained(ask(widget.form)()).data.planes == 1


def test_wrong_settings_are_not_looked_at(widget):
    widget.layers = []
    assert ask(widget.form) is None


@pytest.mark.parametrize("source", ["layers", "folder"])
def test_what_takes_long_is_left_to_the_training(
    widget, tmp_path, image, monkeypatch, source
):
    np.save(tmp_path / "a.npy", image)
    widget.source, widget.folder = source, tmp_path
    monkeypatch.setattr(_foresight, "_MOST", 1000)
    text, wrong = say(drained(ask(widget.form)()))
    assert "told when the training begins" in text
    assert not wrong


def test_it_is_said():
    text, wrong = say(Foreseen(data=SUMMARY, plan=PLAN))
    assert "about 120 patches" in text
    assert "Skipped a.png: is cut" in text
    assert "16 patches a step, about 512 MiB of memory" in text
    assert not wrong
    assert say(Failure("It is too small.", ValueError())) == ("It is too small.", True)
    assert say(None) == ("", False)


def test_too_little_memory_is_said(monkeypatch):
    class Free:
        available = 2**20

    monkeypatch.setattr(_foresight.psutil, "virtual_memory", Free)
    text, wrong = say(Foreseen(data=SUMMARY, plan=PLAN))
    assert wrong
    assert "Only 1 MiB of memory are free; take a smaller batch, or fewer" in text


# --- in the dock


@pytest.fixture
def shown(widget):
    # Torch is loaded, and so the form is there already.
    widget._foreseen._timer.setInterval(20)
    widget.show()
    return widget


@pytest.mark.viewer
def test_it_is_said_before_train(qtbot, shown):
    with qtbot.waitSignal(shown._foreseen.found, timeout=PATIENCE):
        shown.minutes = 7
    label = shown._bar.foreseen
    assert "1 plane, grey, float32" in label.text()
    assert not label.isHidden()
    shown.layers = []
    assert label.isHidden()


@pytest.mark.viewer
def test_nothing_is_looked_at_while_it_trains(qtbot, shown, training):
    training.steps = 100_000
    shown.train()
    qtbot.waitUntil(lambda: not shown._foreseen._timer.isActive(), timeout=PATIENCE)
    assert shown._foreseen._worker is None
    assert shown._bar.foreseen.isHidden()
    qtbot.waitUntil(lambda: not shown._bar.facts.isHidden(), timeout=PATIENCE)


@pytest.mark.viewer
def test_closed_while_it_looks(qtbot, shown):
    with qtbot.waitSignal(shown._foreseen.due, timeout=PATIENCE):
        shown.minutes = 7
    shown.close()
    assert shown._foreseen._worker is None
    qtbot.waitUntil(lambda: not JobWorker._worker_set, timeout=PATIENCE)
