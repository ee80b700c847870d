"""A prior that learns from the layer, with the job of trainings, and is chosen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from napari_flowprior import FlowPrior
from napari_flowprior._errors import RestoreError
from napari_flowprior._widgets import RestoreWidget, jobs
from napari_flowprior._widgets.fields import KNOWN, user_folder
from napari_flowprior.adaptation import AdaptResult
from napari_flowprior.training import TrainEvent, TrainResult

PATIENCE = 20_000  # milliseconds


class Training:
    """Takes the place of a training that takes minutes."""

    def __init__(self, prior):
        self.job, self.improved, self.endless = None, True, False
        self._prior = FlowPrior.load(prior)

    def go(self, job):
        self.job = job
        for step in range(3):
            yield TrainEvent(
                phase="training", done=step, total=3, message=f"Step {step + 1}"
            )
        while self.endless:
            yield TrainEvent(phase="training", done=1, total=3, message="Learning")
        if self.improved:
            self._prior.save(job.out)
        adapted = AdaptResult(
            prior=self._prior, improved=self.improved, gain=0.3, steps=3
        )
        files = {"prior": job.out, "checkpoint": job.out, "metrics": job.out}
        figures = {"step": 3, "steps": 3, "best": None, "seconds": 1.0}
        return TrainResult(**files, **figures, adapted=adapted)


@pytest.fixture
def training(monkeypatch, tiny_priors):
    training = Training(tiny_priors[1])
    monkeypatch.setattr(jobs, "train", training.go)
    return training


@pytest.fixture
def widget(qtbot, viewer, image):
    viewer.add_image(np.stack([image, image]), name="two: noisy/planes")
    widget = RestoreWidget(viewer)
    qtbot.addWidget(widget)
    widget.device = "cpu"
    return widget


def test_the_better_prior_is_chosen(widget, training):
    path = widget.adapt(minutes=0.5).wait(20)
    assert path == user_folder() / "two-noisy-planes-adapted.safetensors"
    assert widget.prior == str(path)
    assert KNOWN.own() == [path]
    assert "0.30 dB smaller. It is the prior two-noisy-planes-adapted." in widget.status
    job = training.job
    assert (job.images, job.minutes, job.start) == ("noisy", 0.5, "auto")
    assert (job.recipe, job.device, job.data[0].axes) == ("finetune", "cpu", "CYX")
    again = widget.adapt().wait(20)
    assert again.stem == "two-noisy-planes-adapted-2"
    assert training.job.start == str(path)


def test_it_says_when_it_changed_nothing(widget, training):
    training.improved = False
    assert widget.adapt().wait(20) is None
    assert "nothing was surely better" in widget.status
    assert widget.prior == "auto"
    assert KNOWN.own() == []


def test_the_button(qtbot, widget, training):
    with qtbot.waitSignal(widget.adapted, timeout=PATIENCE) as signal:
        widget.form.adapt.click()
        assert widget._bar.button.text() == "Cancel"
    assert isinstance(signal.args[0], Path)
    assert training.job.minutes == 2


def test_it_can_be_cancelled(qtbot, widget, training):
    training.endless = True
    with qtbot.waitSignal(widget.adapted, timeout=PATIENCE) as signal:
        widget.adapt()
        qtbot.waitUntil(lambda: widget._bar.progress.value() > 0, timeout=PATIENCE)
        widget.cancel()
    assert signal.args == [None]
    assert widget.status == "Cancelled."
    assert list(user_folder().iterdir()) == []


def test_another_layer_was_chosen_meanwhile(widget, training, viewer, image):
    other = viewer.add_image(image, name="other")
    widget.layer = viewer.layers[0]
    pending = widget.adapt()
    widget.layer = other
    path = pending.wait(20)
    assert KNOWN.own() == [path]
    assert widget.prior == "auto"


def test_what_cannot_be_adapted_is_said(widget, viewer):
    widget.axes = "Q"
    assert widget.adapt() is not None
    assert '"Q"' in widget.status
    assert not widget.running


def test_a_folder_that_cannot_be_made(widget, training, tmp_path):
    user_folder().parent.mkdir(parents=True)
    user_folder().write_text("a file")
    widget.adapt()
    assert "cannot be created" in widget.status


def test_a_prior_that_cannot_learn(widget, viewer, tiny_priors):
    noise = np.random.default_rng(0).normal(0, 25, (128, 128))
    layer = viewer.add_image((128 + noise).astype(np.float32), name="noise")
    widget.set(layer=layer, prior=tiny_priors[1])
    with pytest.raises(RestoreError, match="tiny1 has no score network"):
        widget.adapt(steps=1).wait(20)
    assert not widget.running
    assert widget.prior == str(tiny_priors[1])
