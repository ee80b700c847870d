"""Train widgets, and trainings without an engine."""

from __future__ import annotations

import pytest
from qtpy.compat import isalive
from trainings import PATIENCE, FakeTraining

# What is first imported while the engine is replaced would keep the replacement.
import napari_flowprior.cli._train

# So that no widget waits for it to be loaded, in a thread that outlives the test.
import napari_flowprior.restoration  # noqa: F401
from napari_flowprior._widgets import TrainWidget


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
